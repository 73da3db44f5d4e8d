"""The database: engine, one session per tenant, column types, migrations. Knows no feature and no rule."""
