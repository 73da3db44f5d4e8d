"""The one function that reads, checks and understands a tenant's file, for whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from spelregel.rules.memo import forget
from spelregel.rules.message import Message, msg
from spelregel.rules.problems import Problem, Span, errors, in_order
from spelregel.tenancy.build import build_rulebook, build_tenant, digest_of
from spelregel.tenancy.claims import claim_place, taken
from spelregel.tenancy.examples import run_examples
from spelregel.tenancy.facts_text import Reading, credit_words
from spelregel.tenancy.layers import Layers
from spelregel.tenancy.meaning_check import check_meaning
from spelregel.tenancy.schema_check import check_schema
from spelregel.tenancy.tenant import Tenant
from spelregel.tenancy.yaml_source import Source, read_yaml


@dataclass(frozen=True, slots=True)
class Checked:
    """`tenant` is None when there is an error among the problems."""

    source: Source
    problems: tuple[Problem, ...]
    tenant: Tenant | None
    layers: Layers | None = None


def check_text(raw: bytes, file: str, today: date | None = None) -> Checked:
    """All problems at once: reading, then shape, then meaning, then the file's own examples. Never raises for `raw`."""
    source = read_yaml(raw, file)
    if source.data is None:
        return Checked(source, tuple(in_order(source.problems)), None)
    found = [*source.problems, *check_schema(source)]
    if errors(found):
        return Checked(source, tuple(in_order(found)), None)
    layers = Layers(source)
    found.extend(check_meaning(source, layers, today))
    if errors(found):
        return Checked(source, tuple(in_order(found)), None)
    tenant = build_tenant(source, build_rulebook(source, layers, digest_of(raw)), raw)
    found.extend(run_examples(source, reading_of(tenant)))
    forget()  # what the examples asked, no parent will
    return Checked(source, tuple(in_order(found)), None if errors(found) else tenant, layers)


def tenant_of(source: Source, raw: bytes) -> Tenant:
    """`source` was read from `raw` and found good before: nothing is checked, all is built."""
    return build_tenant(source, build_rulebook(source, Layers(source), digest_of(raw)), raw)


def reading_of(tenant: Tenant) -> Reading:
    return Reading(tenant.rulebook, credit_words(tenant.credit_names))


def tenant_despite_examples(checked: Checked, raw: bytes) -> Tenant | None:
    """What a file means, also where its own examples fail; None when it cannot be read or understood."""
    if checked.tenant is not None or checked.layers is None:
        return checked.tenant
    return build_tenant(checked.source, build_rulebook(checked.source, checked.layers, digest_of(raw)), raw)


def check_file(path: Path, today: date | None = None) -> Checked:
    """Raises OSError when the file cannot be opened."""
    return check_text(path.read_bytes(), str(path), today)


def clashes(checked: Iterable[Checked]) -> list[Problem]:
    """Two files that claim one address or one name: the second of each pair."""
    found: list[Problem] = []
    good = [each.source for each in checked if each.tenant]
    for key in ("subdomain", "tenant"):
        first: dict[str, Source] = {}
        for source in good:
            value = source.data[key]
            other = first.setdefault(value, source)
            if other is not source:
                found.append(
                    taken(key, value, source.file, claim_place(source, key), other.file, claim_place(other, key))
                )
    if len(good) > 1:
        found.extend(_misnamed(good, {problem.file for problem in found}))
    return found


def _misnamed(sources: Iterable[Source], clashing: Collection[str]) -> Iterator[Problem]:
    """Of a whole folder: who looks for an organisation looks for the file with its name."""
    for source in sources:
        tenant = source.data["tenant"]
        if source.file not in clashing and Path(source.file).stem != tenant:
            yield source.problem("W429", source.place(("tenant",)), msg("this file has another name than the organisation in it"),
                                      msg("call it %(tenant)s.yaml", tenant=tenant), severity="warning")  # fmt: skip


def unreadable(file: str, reason: str | Message) -> Problem:
    return Problem(
        "error",
        "Y011",
        file,
        Span(1, 1, 2),
        msg("the file cannot be opened: %(reason)s", reason=reason),
        msg("check its name and its rights"),
    )
