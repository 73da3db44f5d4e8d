"""The same four organisations for two rule engines from the package index, each by its fastest way.

zen-engine: a decision table behind a static loader, asked by key; also the same as one compiled expression, which leaves
its tables aside. datalogic-py: one compiled rule. Both get whole minutes, since neither knows time zones, and answer with
minutes. The rows are written once, below, and put into each engine's own language.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

import datalogic_py
import zen

from bench.cases import ORGANISATIONS, Plain, Prepared

#: Per organisation the limit, and the rows: (left, sign, right) that refuses, with the reason; then what is granted.
#: Names are facts, numbers are numbers, quoted words are text; “a - 1440” is a fact with minutes added or taken off.
_CREDIT_ROWS: Final = (
    (("by", "!=", "'parent'"), "not_by_staff"),
    (("now", ">=", "LIMIT"), "too_late"),
    (("planned", "!=", "'contract day'"), "planned_day_does_not_count"),
    (("closed", "==", "true"), "on_excluded_day"),
)
_NOT_ACCEPTED: Final = (("now", ">=", "start"), "absence_not_accepted")
PROGRAMS: Final[dict[str, tuple[str, tuple[tuple[tuple[str, str, str], str], ...], str]]] = {
    "deroef": ("start", ((("now", ">=", "start"), "too_late"),), "0"),
    "fantaziehuis": ("day - 2310", (_NOT_ACCEPTED, *_CREDIT_ROWS), "worth"),
    "langekeizer": ("min day + 450, start", (_NOT_ACCEPTED, *_CREDIT_ROWS), "worth"),
    "quadrant": (
        "start - 1440",
        (
            _NOT_ACCEPTED,
            *((((a, ">", c), reason) if c == "LIMIT" else ((a, b, c), reason)) for (a, b, c), reason in _CREDIT_ROWS),
            (("balance", ">=", "6000"), "at_maximum"),
        ),
        "min worth, 6000 - balance",
    ),
}


def _for_zen(value: str, limit: str) -> str:
    if value == "LIMIT":
        return _for_zen(limit, limit)
    return f"min([{value.removeprefix('min ')}])" if value.startswith("min ") else value


def _table(organisation: str) -> dict[str, Any]:
    limit, rows, amount = PROGRAMS[organisation]
    cutoff = _for_zen(limit, limit)
    rules = [
        {"_id": str(n), "when": f"{a} {sign} {_for_zen(b, limit)}", "earns": "false", "reason": f"'{reason}'", "cutoff": cutoff, "amount": "0"}
        for n, ((a, sign, b), reason) in enumerate(rows)
    ]  # fmt: skip
    granted = {"_id": "granted", "when": "", "earns": "true", "reason": "null", "cutoff": cutoff, "amount": _for_zen(amount, limit)}  # fmt: skip
    outputs = [{"id": each, "name": each, "field": each} for each in ("earns", "reason", "cutoff", "amount")]
    content = {"hitPolicy": "first", "inputs": [{"id": "when", "name": "when"}], "outputs": outputs, "rules": [*rules, granted]}  # fmt: skip
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "content": {"schema": ""}},
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": content},
        {"id": "out", "type": "outputNode", "name": "out", "content": {"schema": ""}},
    ]
    edges = [{"id": f"{a}-{b}", "type": "edge", "sourceId": a, "targetId": b} for a, b in (("in", "table"), ("table", "out"))]  # fmt: skip
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def _expression(organisation: str) -> str:
    limit, rows, amount = PROGRAMS[organisation]
    cutoff = _for_zen(limit, limit)
    found = f"[true, null, {cutoff}, {_for_zen(amount, limit)}]"
    for (a, sign, b), reason in reversed(rows):
        found = f"{a} {sign} {_for_zen(b, limit)} ? [false, '{reason}', {cutoff}, 0] : ({found})"
    return found


def _for_datalogic(value: str, limit: str) -> Any:
    if value == "LIMIT":
        return _for_datalogic(limit, limit)
    if value.startswith("min "):
        return {"min": [_for_datalogic(each.strip(), limit) for each in value.removeprefix("min ").split(",")]}
    if value.startswith("'"):
        return value.strip("'")
    if value in ("true", "false") or value.isdigit():
        return json.loads(value)
    left, _, rest = value.partition(" ")
    if not rest:
        return {"var": value}
    sign, _, right = rest.partition(" ")
    return {sign: [_for_datalogic(left, limit), _for_datalogic(right, limit)]}


def _rule(organisation: str) -> Any:
    limit, rows, amount = PROGRAMS[organisation]
    cutoff, branches = _for_datalogic(limit, limit), []
    for (a, sign, b), reason in rows:
        test = {sign: [_for_datalogic(a, limit), _for_datalogic(b, limit)]}
        branches += [test, [False, reason, cutoff, 0]]
    return {"if": [*branches, [True, None, cutoff, _for_datalogic(amount, limit)]]}


class Zen:
    """Its fastest way to a decision: the engine holds the tables, each is asked by key."""

    def __init__(self) -> None:
        tables = {each: _table(each) for each in ORGANISATIONS}
        self._ask = zen.ZenEngine({"loader": {"type": "static", "content": tables}}).evaluate

    def __call__(self, organisation: str, facts: dict[str, Any]) -> Plain:
        found = self._ask(organisation, facts)["result"]
        return found["earns"], found.get("reason"), found["cutoff"], found["amount"]


class ZenExpression:
    def __init__(self) -> None:
        self._asked = {each: zen.compile_expression(_expression(each)).evaluate for each in ORGANISATIONS}

    def __call__(self, organisation: str, facts: dict[str, Any]) -> Plain:
        return self._asked[organisation](facts)  # type: ignore[no-any-return]  # the engine has no types


class DataLogic:
    def __init__(self) -> None:
        engine = datalogic_py.Engine()
        self._asked = {each: engine.compile(_rule(each)).evaluate for each in ORGANISATIONS}

    def __call__(self, organisation: str, facts: dict[str, Any]) -> Plain:
        return self._asked[organisation](facts)  # type: ignore[no-any-return]  # the engine has no types


def as_facts(facts: Prepared) -> dict[str, Any]:
    return asdict(facts)
