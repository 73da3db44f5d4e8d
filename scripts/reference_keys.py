"""Every key of a tenant's file, as the schemas describe it: the part of the reference that reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from spelregel.tenancy.schema_files import resolved, schemas

#: What the schemas call a free key: the organisation chooses the name.
NAME: Final = "NAME"
#: These say nothing about how a key is written, so keys that differ in them only are written alike.
_WORDS: Final = frozenset({"title", "description", "x-knobs"})


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `path`: “credits.NAME.valid”, with “[]” behind a list of blocks. `alike`: the key it is written as."""

    path: str
    schema: Mapping[str, Any]
    required: str
    alike: str | None = None

    @property
    def section(self) -> str:
        return self.path.split(".")[0].removesuffix("[]")

    @property
    def knobs(self) -> tuple[str, ...]:
        """None for a section inside a change: what it changes turns the knob."""
        return () if self.schema.get("patch") else tuple(self.schema.get("x-knobs", ()))


def every_key() -> list[Key]:
    """In the order of the schemas, a block before what is in it."""
    return _with_alikes(list(_below("", schemas()["tenant.schema.json"])))


def schema_path(path: tuple[str | int, ...]) -> list[str]:
    """A place in a file, and every block around it, as paths of keys: (credits, tegoed, valid) -> credits.NAME.valid.

    What stands in a change or an exception is also the key that it changes.
    """
    found, here = [], ""
    schema: Mapping[str, Any] = schemas()["tenant.schema.json"]
    for part in path:
        if isinstance(part, int):
            schema, here = _resolved(schema.get("items", {})), f"{here}[]"
            continue
        named = part in schema.get("properties", {})
        schema = _resolved(schema["properties"][part] if named else schema.get("additionalProperties") or {})
        here = f"{here}.{part if named else NAME}".lstrip(".")
        found.append(here)
        if section := schema.get("patch"):
            schema, here = _resolved(schemas()["tenant.schema.json"]["properties"][section]), section
            found.append(here)
    return found


def _resolved(schema: Any) -> dict[str, Any]:
    """With what stands beside a $ref; a part of a patch knows its section, a text in languages that it is one."""
    if not isinstance(schema, dict):
        return {}
    pointer = str(schema.get("$ref", ""))
    found = {**resolved(schema), **{key: value for key, value in schema.items() if key != "$ref"}}
    if pointer.startswith("patch."):
        found["patch"] = pointer.rpartition("/")[2]
    if pointer.endswith("/localized"):
        found["localized"] = True
    return found


def _below(path: str, schema: Mapping[str, Any], certain: bool = True) -> Iterator[Key]:
    """`certain`: the block itself is required, in every block around it too."""
    if schema.get("patch") or schema.get("localized"):
        return
    if schema.get("type") == "array":
        items = _resolved(schema.get("items"))
        if items.get("properties"):
            yield from _below(f"{path}[]", items, certain=False)
        return
    for name, part in schema.get("properties", {}).items():
        inner = _resolved(part)
        below = f"{path}.{name}".lstrip(".")
        yield Key(below, inner, _required(name, path, schema, certain))
        yield from _below(below, inner, certain and name in schema.get("required", ()))
    free = _resolved(schema.get("additionalProperties"))
    if free.get("properties"):
        yield Key(f"{path}.{NAME}", free, "no")
        yield from _below(f"{path}.{NAME}", free, certain=False)


def _required(name: str, path: str, schema: Mapping[str, Any], certain: bool) -> str:
    others = " and ".join(f"`{each}`" for each in schema.get("dependentRequired", {}).get(name, ()))
    if name not in schema.get("required", ()):
        return f"no; where it is written, so is {others}" if others else "no"
    if certain:
        return "yes"
    if path.endswith("[]"):
        return "yes, in each row"
    return f"yes, under each `{NAME}`" if path.endswith(NAME) else f"yes, where `{path}` is written"


def _with_alikes(keys: list[Key]) -> list[Key]:
    """A key that another section has too, written in the same way, is told once."""
    first: dict[tuple[str, str], str] = {}
    found: list[Key] = []
    inside: dict[str, str] = {}  # a block that is told elsewhere -> where
    for key in keys:
        above = next((block for block in inside if key.path.startswith((f"{block}.", f"{block}[]"))), None)
        if above:
            alike: str | None = inside[above] + key.path.removeprefix(above)
        else:
            _, _, rest = key.path.partition(".")
            same = first.setdefault((rest, _as_written(key.schema)), key.path) if rest else key.path
            alike = same if same != key.path else None
            if alike:
                inside[key.path] = alike
        found.append(Key(key.path, key.schema, key.required, alike))
    return found


def _as_written(schema: Mapping[str, Any]) -> str:
    """How it is written, as one text: without the words that explain it."""

    def bare(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: bare(value) for key, value in node.items() if key not in _WORDS or isinstance(value, dict)}
        return [bare(each) for each in node] if isinstance(node, list) else node

    return json.dumps(bare(dict(schema)), sort_keys=True)
