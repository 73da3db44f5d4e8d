"""What childcare organisations turn differently, and where it is turned: keys, organisations of the tests, or limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from reference_keys import NAME, Key, schema_path

from spelregel.tenancy.yaml_source import Source, read_yaml

ROOT: Final = Path(__file__).parents[1]
ORGANISATIONS: Final = ROOT / "tests" / "organisations"
LIMITS: Final = ROOT / "docs" / "limits.md"

KNOBS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "K1": "What kind of arrangement it is: earned, swapped, given, bought or none",
        "K2": "What a credit is counted in",
        "K3": "How much a day of care weighs",
        "K4": "Who may do it in the portal",
        "K5": "How a deadline is written",
        "K6": "What a deadline is counted from, and over which days",
        "K7": "For whom or when a rule is another",
        "K8": "How early an absence can be reported",
        "K9": "The smallest piece that counts",
        "K10": "What the reason changes, illness above all",
        "K11": "Taking back what was sent",
        "K12": "For which days of care a credit is good",
        "K13": "The most that one can have, earn or ask",
        "K14": "More for a larger contract, less for a part of a year",
        "K15": "What a credit is tied to: the child, its care, its contract",
        "K16": "What may be exchanged for what, and what is left over",
        "K17": "Public holidays",
        "K18": "The organisation's own closing days",
        "K19": "How early a day can be asked for",
        "K20": "How late a day can be asked for",
        "K21": "When parents hear",
        "K22": "Who decides, and in what order",
        "K23": "What no answer means",
        "K24": "When a place is certain",
        "K25": "Where a place is looked for",
        "K26": "What pays for it",
        "K27": "Cancelling a day that was asked for",
        "K28": "Care in school holidays as a product of its own",
        "K29": "Until when holiday care can be asked for",
        "K30": "What happens in a holiday when nobody asks",
        "K31": "Whole days or halves, and what is left of them",
        "K32": "Study days of the school",
        "K33": "Until when a flexible roster is handed in",
        "K34": "How much a flexible contract holds, and in what pieces",
        "K35": "How deep exceptions go, and which one wins",
        "K36": "Rules that change on a day, and what was earned before it",
        "K37": "Days between which nothing is possible",
        "K38": "Parts of the portal that are off",
        "K39": "Who can still help after the limit",
        "K40": "Logging in",
        "K41": "What parents consent to",
        "K42": "Languages",
        "K43": "Settling in",
        "K44": "What a late cancellation costs",
        "K45": "Absences that are not billed",
    }
)


#: The fact that shows a key at work, where there is one beside the day and the moment.
FACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reasons": "reason", "reason": "reason", "proof": "proof", "piece": "part_of_day", "reported_by": "by", "requested_by": "by",
        "by": "by", "at_most": "so_far", "maximum": "credit", "at_maximum": "credit", "pay_with": "credit", "combine": "credit",
        "choice": "pay", "not_on": "day", "only_on": "day", "usable_on": "day", "day": "day", "study_days": "day", "sign_ups": "sign_ups",
        "undo": "sent", "pending": "state", "within": "reported", "by_parent": "ended", "by_organisation": "ended",
        "changed": "ended", "moved": "ended", "other_care": "ended", "care_type": "care_type", "location": "location",
        "contract": "contract", "contracts": "contract", "product": "product", "age": "born", "exchange": "earned_day",
        "usable_for": "earned_care_type", "waiting": "contract_started", "swapped_again": "swapped_before",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Organisation:
    """A file of the tests, and the paths of all keys that it writes."""

    source: Source
    written: frozenset[str]


@dataclass(frozen=True, slots=True)
class Turned:
    """An organisation of the tests that turns a knob; `line`: of the first example that is about it."""

    name: str
    file: str  # from the top of the repository
    example: str | None
    line: int | None


def keys_of(knob: str, keys: Sequence[Key]) -> list[Key]:
    return [key for key in keys if knob in key.knobs]


def limits(text: str | None = None) -> dict[str, str]:
    """Per knob the heading of docs/limits.md that is about it."""
    text = LIMITS.read_text("utf-8") if text is None else text
    return {match[1]: match[0].lstrip("# ") for match in re.finditer(r"^###? (K[0-9]+) .+$", text, re.M)}


def organisations(folder: Path = ORGANISATIONS) -> list[Organisation]:
    """In the order of their names; none where there is no such folder. Raises ValueError for a file that is no YAML."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        source = read_yaml(path.read_bytes(), path.name)
        if source.problems or not isinstance(source.data, dict):
            raise ValueError(f"{path.name} cannot be read: run spelregel check")
        found.append(Organisation(source, frozenset(key for at in _paths(source.data) for key in schema_path(at))))
    return found


def turned_by(keys: Sequence[Key], known: Sequence[Organisation], folder: str = "tests/organisations") -> list[Turned]:
    """The organisations that write one of these keys, in the order of their names."""
    found = []
    for organisation in known:
        wanted = [key.path for key in keys if key.path in organisation.written]
        if not wanted:
            continue
        source = organisation.source
        about = [(index, case) for index, case in _examples(source.data) if _is_about(case, wanted, source.data)]
        telling = [index for index, case in about if _tells_its_fact(case, wanted)]
        example = next(iter([*telling, *(index for index, _ in about)]), None)
        name = None if example is None else str(source.data["examples"][example].get("name", ""))
        line = None if example is None else source.place(("examples", example)).line
        found.append(Turned(source.file.removesuffix(".yaml"), f"{folder}/{source.file}", name, line))
    return found


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, (dict, list)) and value:
        for part, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(each, (*path, part))
    else:
        yield path


def _examples(data: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for index, example in enumerate(data.get("examples", ())):
        if isinstance(example, dict) and isinstance(example.get("when"), dict):
            yield index, example


def _is_about(example: Mapping[str, Any], wanted: Sequence[str], data: Mapping[str, Any]) -> bool:
    """Whether the decision of this example reads one of these keys, as far as its own words say so."""
    when, then = example["when"], example.get("then") or {}
    return any(_reads(path.split("."), when, then, data) for path in wanted)


def _tells_its_fact(example: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    """Whether it names the fact that one of these keys is about: the better example, where there are several."""
    return any(FACTS.get(path.rpartition(".")[2]) in example["when"] for path in wanted)


def _reads(path: Sequence[str], when: Mapping[str, Any], then: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    section = path[0].removesuffix("[]")
    if section == "absence":
        return ("withdraw_absence" if path[1:2] == ["withdraw"] else "absence") in when
    if section == "credits":
        return _reads_credit(path[2] if len(path) > 2 else NAME, when, then)
    if section in ("changes", "exceptions"):
        return len(path) > 2 and path[2] in when
    if section not in data:
        return False
    action = "study_day" if section == "study_days" else section
    return when.get("of") == action if path[1:2] == ["cancel"] else action in when


def _reads_credit(part: str, when: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    if part == "grant":
        return "grant" in when
    if part in ("earned_by", "earned_if", "worth", "weights", NAME):
        return "earns" in then
    return "use_credit" in when or (part == "valid" and "valid_until" in then)
