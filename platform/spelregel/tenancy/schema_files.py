"""The JSON Schemas of a tenant's file, as they lie in the repository or in the installed package."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any


def schemas_folder() -> FilePath:
    """Inside the installed package, or at the top of the repository."""
    inside = FilePath(__file__).parents[1] / "schemas"
    return inside if inside.is_dir() else FilePath(__file__).parents[3] / "schemas"


@cache
def schemas() -> MappingProxyType[str, Any]:
    found = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(schemas_folder().glob("*.schema.json"))}
    return MappingProxyType(found)


def resolved(schema: Any) -> dict[str, Any]:
    """What a $ref points to."""
    found: dict[str, Any] = schema if isinstance(schema, dict) else {}
    while "$ref" in found:
        name, _, pointer = found["$ref"].partition("#")
        found = schemas()[name]
        for part in pointer.strip("/").split("/"):
            found = found[part] if part else found
    return found
