"""Writes patch.schema.json: the sections of a tenant as `changes` and `exceptions` may hold them.

The same keys, with every `required` dropped: a patch names only what differs. Not inside a list: a list is replaced
whole, so each of its items must be whole. `--check` exits 1 when the committed
file is not what this program would write.
"""

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SECTIONS = (
    "absence", "credits", "calendar", "modules", "extra_care", "swap", "holiday_care", "holiday_contract", "study_days", "flexible_care",
)  # fmt: skip


def without_required(node: Any) -> Any:
    if isinstance(node, dict):
        dropped = ("required", "dependentRequired", "$schema", "$id")
        return {
            key: value if key == "items" else without_required(value)
            for key, value in node.items()
            if key not in dropped
        }
    return [without_required(item) for item in node] if isinstance(node, list) else node


def patch_schema() -> str:
    parts = {name: json.loads((HERE / f"{name}.schema.json").read_text("utf-8")) for name in SECTIONS}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://spelregel.example/schemas/patch.schema.json",
        "title": "A patch",
        "description": "The sections of a tenant as a change or an exception may hold them. Derived: do not edit.",
        "$defs": {name: without_required(part) for name, part in parts.items()},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    target = HERE / "patch.schema.json"
    if "--check" in sys.argv:
        sys.exit(
            0
            if target.read_text("utf-8") == patch_schema()
            else "schemas/patch.schema.json is stale: run python schemas/derive_patch.py"
        )
    target.write_text(patch_schema(), "utf-8")
