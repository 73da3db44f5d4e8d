"""Which version of each file is live, when no two may have one address or one name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spelregel.tenancy.claims import Claim, shared_keys
from spelregel.tenancy.tenant import Tenant


@dataclass(slots=True, eq=False)
class Version:
    """One text of one file. `checked`: it was found good, by this process or an earlier one; before that it is only known
    to claim its address. `tenant` is filled in when somebody first asks for it."""

    name: str
    claim: Claim
    digest: str
    checked: bool = False
    tenant: Tenant | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """`other` has this key with this value already."""

    key: str
    value: str
    mine: Version
    other: Version


class Claimants:
    """Per address and per name the files that want it or have it. Files that share none do not concern each other."""

    def __init__(self) -> None:
        self._only: dict[tuple[str, str], str] = {}  # nearly every claim is of one file: a set for each takes room
        self._shared: dict[tuple[str, str], set[str]] = {}
        self._claims: dict[str, tuple[tuple[str, str], ...]] = {}

    def put(self, name: str, versions: Iterable[Version | None]) -> set[str]:
        """Writes down what a file wants and has; the files that this may concern, itself included."""
        claims = tuple(dict.fromkeys(both for version in versions if version for both in version.claim.both))
        before = self._claims.pop(name, ())
        if not before and not any(claim in self._only or claim in self._shared for claim in claims):
            self._only.update(dict.fromkeys(claims, name))  # the usual case, ten thousand times at a start
            if claims:
                self._claims[name] = claims
            return {name}
        concerned = {name}.union(*(self._of(claim) for claim in (*before, *claims)))
        for claim in before:
            self._write(claim, self._of(claim) - {name})
        for claim in claims:
            self._write(claim, self._of(claim) | {name})
        if claims:
            self._claims[name] = claims
        return concerned

    def _of(self, claim: tuple[str, str]) -> set[str]:
        return self._shared.get(claim) or ({self._only[claim]} if claim in self._only else set())

    def _write(self, claim: tuple[str, str], names: set[str]) -> None:
        self._only.pop(claim, None)
        self._shared.pop(claim, None)
        if len(names) == 1:
            self._only[claim] = next(iter(names))
        elif names:
            self._shared[claim] = names

    def beside_others(self) -> set[str]:
        """The files that claim what another claims too."""
        return set().union(*self._shared.values())

    def group(self, name: str) -> set[str]:
        """All files that are tied to this one, directly or through others."""
        group, ahead = {name}, [name] if self._shared else []
        while ahead:
            for claim in self._claims.get(ahead.pop(), ()):
                others = self._shared.get(claim, set())
                ahead.extend(others - group)
                group |= others
        return group


def settle(
    newest: Mapping[str, Version | None], good: Mapping[str, Version | None]
) -> tuple[dict[str, Version], dict[str, list[Refused]]]:
    """For one group of files: who is live with what, and who is refused what.

    Who holds an address already, and still wants it, comes first; then by file name. Who is refused stays as they were.
    """
    wanted = {name: version or good.get(name) for name, version in newest.items()}
    if len(wanted) < 2:
        return {name: each for name, each in wanted.items() if each}, {}
    refused: dict[str, list[Refused]] = {}
    while True:
        order = sorted(
            (name for name, each in wanted.items() if each), key=lambda name: (not _holds(good, wanted, name), name)
        )
        taken: list[Version] = []
        clash: str | None = None
        for name in order:
            mine = wanted[name]
            assert mine is not None
            problems = [
                Refused(key, value, mine, other)
                for other in taken
                for key, value in shared_keys(other.claim, mine.claim)
            ]
            if problems:
                refused.setdefault(name, []).extend(problems)
                clash = name
                break
            taken.append(mine)
        if clash is None:
            return {name: each for name, each in wanted.items() if each}, refused
        before = good.get(clash)
        wanted[clash] = before if before is not wanted[clash] else None


def _holds(good: Mapping[str, Version | None], wanted: Mapping[str, Version | None], name: str) -> bool:
    """Does this file have, already, the address and the name that it wants?"""
    had, wants = good.get(name), wanted[name]
    return had is not None and wants is not None and had.claim.both == wants.claim.both
