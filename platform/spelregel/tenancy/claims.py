"""What a file claims: the address of its portal and the word that its data are kept under. No two files may have one.

At the start only this much is read of a file, so that a start costs the same however much the files say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from spelregel.rules.message import msg
from spelregel.rules.problems import Problem, SecondPlace, Span
from spelregel.tenancy.yaml_source import Source

#: Each key once, at the start of a line, with a plain word behind it: then YAML reads it no other way.
_PLAIN: Final = re.compile(rb"^(tenant|subdomain):[ \t]+([\"']?)([a-z][a-z0-9-]*)\2[ \t]*(?:[ \t]#[^\n]*)?\r?$", re.M)
_ANY: Final = re.compile(rb"^[\"']?(?:tenant|subdomain)[\"']?[ \t]*:", re.M)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Claim:
    """Of the file `file`, as messages name it: the first part of its address, and its `tenant`."""

    file: str
    subdomain: str
    slug: str

    @property
    def both(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """As (key, value), so that an address is never taken for a name."""
        return ("subdomain", self.subdomain), ("tenant", self.slug)


@dataclass(frozen=True, slots=True)
class ClaimPlace:
    """Where a claim stands: the span and the line as written."""

    span: Span
    line: str


def claim_at_a_glance(raw: bytes, file: str) -> Claim | None:
    """Read without the rest of the file; None when only the whole reading can tell."""
    text = raw.removeprefix(_BYTE_ORDER_MARK)
    found = {match[1]: match[3].decode() for match in _PLAIN.finditer(text)}
    if len(found) != 2 or len(_ANY.findall(text)) != 2:
        return None
    return Claim(file, found[b"subdomain"], found[b"tenant"])


def claim_place(source: Source, key: str) -> ClaimPlace:
    span = source.place((key,))
    return ClaimPlace(span, source.line(span.line))


def taken(key: str, value: str, file: str, place: ClaimPlace, other: str, there: ClaimPlace) -> Problem:
    """The problem of `file`, whose address or name is `other`'s."""
    return Problem("error", "X314", file, place.span, msg("%(key)s “%(value)s” is taken by another file", key=key, value=value),
                   msg("choose another"), place.line, SecondPlace(other, there.span, msg("it is taken here"), there.line))  # fmt: skip


def shared_keys(first: Claim, second: Claim) -> Iterable[tuple[str, str]]:
    """The keys that both set to one value, with that value."""
    return (mine for mine, other in zip(first.both, second.both, strict=True) if mine == other)
