"""What in a statement would pass the tenant's filter by. The filter is put on mapped classes; so a statement may speak of
rows through them only, and hold no SQL of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ClauseElement, ColumnClause, TextClause
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.selectable import AliasedReturnsRows, Select, TableClause, TextualSelect

#: What SQLAlchemy itself writes inside exists() and count().
HARMLESS = {"*"}
#: How many shapes of statements are known; the program has some hundreds.
KNOWN: Final = 2048


class _Shape:
    """A statement, compared by what SQLAlchemy compares it by to compile it once: everything but the values in it."""

    __slots__ = ("key", "statement")

    def __init__(self, key: Any, statement: Any) -> None:
        self.key, self.statement = key, statement

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shape) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def unscoped_part(statement: Any) -> str | None:
    """Why the filter would not hold for all of this statement; None when it does. A shape that was looked at is not looked
    at again: half of a page's time in the database went into that."""
    key = statement._generate_cache_key()
    return _look_at(statement) if key is None else _known(_Shape(key.key, statement))


@lru_cache(maxsize=KNOWN)
def _known(shape: _Shape) -> str | None:
    found = _look_at(shape.statement)
    shape.statement = None  # the values in it belong to somebody
    return found


def _look_at(statement: Any) -> str | None:
    if isinstance(statement, UpdateBase) and not isinstance(statement.table, TableClause):
        return "a change through an alias has no filter"
    scopes: list[Any] = [statement]
    seen = {id(statement)}
    while scopes:
        scope = scopes.pop()
        # Through a mapped class: these get the filter. (What stands in FROM twice is yielded once, maybe as the bare one.)
        spoken = {each for each in getattr(scope, "_from_obj", ()) if "parententity" in each._annotations}
        bare: set[Any] = set()
        if wrong := _wrong(scope):
            return wrong
        for part in _parts(scope, scopes, seen):
            if wrong := _wrong(part):
                return wrong
            if isinstance(part, UpdateBase):
                return "a change inside another statement"
            source = part if _is_table(part) else getattr(part, "table", None)
            if source is not None and _is_table(source):
                (spoken if "parententity" in part._annotations else bare).add(source)
        if isinstance(scope, UpdateBase):
            if (spoken | bare) - {scope.table}:
                return "a change that looks at another table"
        elif bare - spoken:
            return f"the table {next(iter(bare - spoken))} is not asked through its class"
        elif spoken and isinstance(scope, Select) and scope._propagate_attrs.get("compile_state_plugin") != "orm":
            return "a part of this statement is not about mapped rows"
    return None


def _parts(scope: Any, scopes: list[Any], seen: set[int]) -> Iterator[Any]:
    """Everything of this select or change itself; what has a FROM of its own waits in `scopes`."""
    waiting = [scope]
    while waiting:
        for child in waiting.pop().get_children():
            if id(child) in seen:
                continue
            if isinstance(child, Select):
                seen.add(id(child))
                scopes.append(child)
                continue
            yield child
            if not _is_table(child):
                waiting.append(child)


def _is_table(part: Any) -> bool:
    while isinstance(part, AliasedReturnsRows):
        part = part.element
    return isinstance(part, TableClause)


def _wrong(part: ClauseElement) -> str | None:
    if isinstance(part, (TextClause, TextualSelect)):
        return "a piece of SQL"
    if isinstance(part, ColumnClause) and part.is_literal and str(part.name) not in HARMLESS:
        return "a piece of SQL"
    if isinstance(getattr(part, "operator", None), custom_op):
        return "an operator of its own"
    if isinstance(part, FunctionElement) and getattr(part, "name", "").lower() == "set_config":
        return "a setting of the database"
    if any(getattr(part, name, None) for name in ("_prefixes", "_suffixes", "_hints", "_statement_hints")):
        return "a piece of SQL"
    return None
