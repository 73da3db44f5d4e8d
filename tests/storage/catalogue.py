"""What PostgreSQL's own catalogue says that is not as docs/security.md promises: each fault by kind and by name."""

from __future__ import annotations

import re

from sqlalchemy import Connection, text

from tests.conftest import ROOT

POLICY = "(tenant_id = NULLIF(current_setting('app.tenant_id'::text, true), ''::text))"
TABLES = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
OF_TENANTS = f"SELECT c.* FROM {TABLES} WHERE c.relkind IN ('r', 'p') AND c.relname <> ALL (:global_tables)"
TENANT_COLUMN = "a.attname = 'tenant_id' AND NOT a.attisdropped"
APPEND_ONLY = "EXISTS (SELECT FROM pg_trigger g JOIN pg_proc f ON f.oid = g.tgfoid WHERE g.tgrelid = c.oid AND f.proname = 'refuse_change')"

#: Per kind of fault a question whose answer is the names of what is wrong.
FAULTS = {
    "no tenant_id": f"SELECT t.relname FROM ({OF_TENANTS}) t WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND {TENANT_COLUMN})",
    "tenant_id is not text NOT NULL": f"SELECT t.relname FROM ({OF_TENANTS}) t JOIN pg_attribute a ON a.attrelid = t.oid AND {TENANT_COLUMN} "
    "WHERE NOT a.attnotnull OR a.atttypid <> 'text'::regtype",
    "no row-level security": f"SELECT relname FROM ({OF_TENANTS}) t WHERE NOT relrowsecurity",
    "not forced on the owner": f"SELECT relname FROM ({OF_TENANTS}) t WHERE NOT relforcerowsecurity",
    "not exactly one policy": f"SELECT relname FROM ({OF_TENANTS}) t WHERE (SELECT count(*) FROM pg_policy p WHERE p.polrelid = t.oid) <> 1",
    "policy without the right USING": f"SELECT relname FROM ({OF_TENANTS}) t JOIN pg_policy p ON p.polrelid = t.oid "
    "WHERE pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM :policy",
    "policy without the right WITH CHECK": f"SELECT relname FROM ({OF_TENANTS}) t JOIN pg_policy p ON p.polrelid = t.oid "
    "WHERE pg_get_expr(p.polwithcheck, p.polrelid) IS DISTINCT FROM :policy",
    "policy not for all commands and roles": f"SELECT relname FROM ({OF_TENANTS}) t JOIN pg_policy p ON p.polrelid = t.oid "
    "WHERE p.polcmd <> '*' OR NOT p.polpermissive OR p.polroles <> '{0}'",
    "key, unique or exclusion without tenant_id": f"SELECT i.indexrelid::regclass::text FROM pg_index i JOIN ({OF_TENANTS}) t ON t.oid = i.indrelid "
    f"WHERE (i.indisunique OR i.indisexclusion) AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND {TENANT_COLUMN} "
    "AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))",
    "no primary key": f"SELECT relname FROM ({OF_TENANTS}) t WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary)",
    "reference without tenant_id": "SELECT con.conname FROM pg_constraint con WHERE con.contype = 'f' "
    f"AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = con.confrelid AND {TENANT_COLUMN}) "
    "AND NOT EXISTS (SELECT FROM unnest(con.conkey, con.confkey) k(c, f) "
    "JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.c AND a.attname = 'tenant_id' "
    "JOIN pg_attribute b ON b.attrelid = con.confrelid AND b.attnum = k.f AND b.attname = 'tenant_id')",
    "constraint not validated": f"SELECT con.conname FROM pg_constraint con JOIN ({OF_TENANTS}) t ON t.oid = con.conrelid WHERE NOT con.convalidated",
    "view without security_invoker": f"SELECT c.relname FROM {TABLES} WHERE c.relkind = 'v' "
    "AND NOT coalesce(c.reloptions, '{}') && ARRAY['security_invoker=true', 'security_invoker=on']",
    "materialised view or foreign table": f"SELECT c.relname FROM {TABLES} WHERE c.relkind IN ('m', 'f')",
    "rewrite rule": f"SELECT r.rulename FROM pg_rewrite r JOIN ({OF_TENANTS}) t ON t.oid = r.ev_class",
    "SECURITY DEFINER function": "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
    "WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
    "trigger switched off": f"SELECT g.tgname FROM pg_trigger g JOIN ({OF_TENANTS}) t ON t.oid = g.tgrelid WHERE g.tgenabled = 'D'",
    "web role too strong": "SELECT rolname FROM pg_roles WHERE rolname = :role "
    "AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolinherit)",
    "web role can turn into another": "SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles w ON w.oid = m.member "
    "WHERE w.rolname = :role",
    "web role owns": f"SELECT c.relname FROM {TABLES} WHERE pg_get_userbyid(c.relowner) = :role "
    "UNION ALL SELECT proname FROM pg_proc WHERE pg_get_userbyid(proowner) = :role "
    "UNION ALL SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = :role "
    "UNION ALL SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = :role",
    "web role may make things": "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND has_schema_privilege(:role, oid, 'CREATE')",
    "web role has a right too many": f"SELECT c.relname || ' ' || r FROM {TABLES} CROSS JOIN unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER', "
    "'SELECT WITH GRANT OPTION', 'INSERT WITH GRANT OPTION', 'UPDATE WITH GRANT OPTION', 'DELETE WITH GRANT OPTION']) r "
    "WHERE c.relkind IN ('r', 'p', 'v') AND has_table_privilege(:role, c.oid, r)",
    "web role may change what is append-only": f"SELECT c.relname || ' ' || r FROM {TABLES} CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE']) r "
    f"WHERE c.relkind IN ('r', 'p') AND ({APPEND_ONLY} OR c.relname = 'alembic_version') "
    "AND (has_table_privilege(:role, c.oid, r) OR r = 'UPDATE' AND has_any_column_privilege(:role, c.oid, r))",
    "web role lacks a right": f"SELECT c.relname || ' ' || r FROM {TABLES} CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) r "
    f"WHERE c.relkind IN ('r', 'p') AND NOT has_table_privilege(:role, c.oid, r) AND NOT (c.relname = 'alembic_version' AND r <> 'SELECT') "
    f"AND NOT ({APPEND_ONLY} AND r IN ('UPDATE', 'DELETE'))",
    "everybody has a right": f"SELECT c.relname FROM {TABLES} CROSS JOIN LATERAL aclexplode(c.relacl) x WHERE x.grantee = 0",
}


def global_tables() -> dict[str, str]:
    """Those of docs/security.md, each with its reason."""
    section = (
        (ROOT / "docs" / "security.md").read_text("utf-8").split("## Tables that are nobody's")[1].split("\n## ")[0]
    )
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.M))


def faults(connection: Connection, web_role: str) -> list[str]:
    given = {"role": web_role, "policy": POLICY, "global_tables": list(global_tables())}
    found = []
    for kind, question in FAULTS.items():
        needed = {name: value for name, value in given.items() if f":{name}" in question}
        found += [f"{kind}: {name}" for name in connection.scalars(text(question), needed)]
    return sorted(found)
