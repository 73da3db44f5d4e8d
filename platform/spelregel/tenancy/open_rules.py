"""Rules that an organisation leaves open: named in `to_confirm`, and without a value in the file.

An open rule holds for nobody and fails for nobody: its decisions go to a person. Which keys that makes unnecessary
is read from the schema, so that a whole block can be left open by its name: the keys that it needs, and those of
`x-open`, without which the block would promise something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from spelregel.tenancy.schema_files import resolved, schemas
from spelregel.tenancy.sections import RULES


def open_paths(data: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Every leaf that is left open, as a path from the top. Takes any data: paths that do not exist are left out."""
    found: list[tuple[str, ...]] = []
    questions = data.get("to_confirm")
    for dotted in questions if isinstance(questions, dict) else ():
        path = tuple(str(dotted).split("."))
        if path[0] not in RULES:
            continue
        found.extend(each for each in _leaves_below(path, _schema_at(path), data) if each not in found)
    return found


def _schema_at(path: tuple[str, ...]) -> Mapping[str, Any] | None:
    schema: Mapping[str, Any] = schemas()["tenant.schema.json"]
    for part in path:
        schema = resolved(schema)
        below = schema.get("properties", {}).get(part) or schema.get("additionalProperties")
        if not isinstance(below, dict):
            return None
        schema = below
    return resolved(schema)


def _leaves_below(
    path: tuple[str, ...], schema: Mapping[str, Any] | None, data: Mapping[str, Any]
) -> Iterator[tuple[str, ...]]:
    if schema is None:
        return
    value: Any = data
    for index, part in enumerate(path):
        if not isinstance(value, dict):
            return
        if part not in value:
            if index < len(path) - 1 and path[0] == "credits" and index == 1:
                return  # a credit that is not there at all cannot have an open rule
            value = None
            break
        value = value[part]
    if schema.get("type") == "object" and "properties" in schema:
        for name in (*schema.get("required", ()), *schema.get("x-open", ())):
            if not isinstance(value, dict) or name not in value:
                yield from _leaves_below((*path, name), resolved(schema["properties"][name]), data)
        return
    if value is None:
        yield path
