"""Host -> Tenant: looks at the folder of tenant files, keeps the last good version of each, replaces it whole.

The files are the truth. A file is read when it lies still: its size and times are the same in two looks, so that a
half-written one is never taken for a version. A request keeps the snapshot that it started with.

However many files there are, a start only learns which address each one claims. The first visit to a portal checks its
file and makes its tenant; the rest is checked one by one in the background, and what nobody visits is not kept.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from spelregel.rules.message import msg
from spelregel.rules.problems import Problem, Span, errors
from spelregel.tenancy.build import digest_of
from spelregel.tenancy.check import check_text, tenant_of, unreadable
from spelregel.tenancy.claims import Claim, ClaimPlace, claim_at_a_glance, claim_place, taken
from spelregel.tenancy.kept_checks import KeptChecks
from spelregel.tenancy.settlement import Claimants, Refused, Version, settle
from spelregel.tenancy.tenant import Tenant
from spelregel.tenancy.yaml_source import MAX_BYTES, Source, read_yaml

Signature = tuple[int, int, int, int]  # size, time of the text, time of name and rights, inode

#: So many files are checked in the look that finds them; a small folder has no background.
AT_ONCE: Final = 20

log = logging.getLogger("spelregel")


@dataclass(frozen=True, slots=True)
class FileState:
    """What became of one file. `claim` and `digest` are of the version that is live; `problems` are the errors of the newest
    text. Not `checked`: its address is known, and that is all so far."""

    name: str
    claim: Claim | None
    digest: str | None
    live_since: datetime | None
    problems: tuple[Problem, ...]
    checked: bool = True

    @property
    def broken(self) -> bool:
        return bool(self.problems)


class Portals(Mapping[str, Tenant]):
    """The live organisations by the first part of their address. Asking for one makes it ready, where it is not yet."""

    def __init__(self, versions: dict[str, Version], ready: Callable[[str, Version], Tenant | None]) -> None:
        self._versions, self._ready = versions, ready

    def __getitem__(self, subdomain: str) -> Tenant:
        version = self._versions[subdomain]
        tenant = version.tenant or self._ready(subdomain, version)
        if tenant is None:
            raise KeyError(subdomain)
        return tenant

    def __contains__(self, subdomain: object) -> bool:
        return subdomain in self._versions

    def __iter__(self) -> Iterator[str]:
        return iter(self._versions)

    def __len__(self) -> int:
        return len(self._versions)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All live organisations at one moment. Never changes: a reload makes a new one."""

    by_subdomain: Mapping[str, Tenant]
    states: Mapping[str, FileState]

    @property
    def files(self) -> tuple[FileState, ...]:
        return tuple(self.states[name] for name in sorted(self.states))

    def tenant(self, slug: str) -> Tenant | None:
        claims = (state.claim for state in self.states.values() if state.claim)
        return next((self.by_subdomain.get(claim.subdomain) for claim in claims if claim.slug == slug), None)

    def slugs(self) -> list[str]:
        """The words that the data of the live organisations are kept under; no file is read for it."""
        return sorted(state.claim.slug for state in self.states.values() if state.claim)

    def tenants(self) -> list[Tenant]:
        """All of them, made ready one by one: for the demo, which has a few."""
        found = [self.by_subdomain.get(subdomain) for subdomain in self.by_subdomain]
        return [each for each in found if each]


NOTHING = Snapshot(MappingProxyType({}), MappingProxyType({}))


@dataclass(slots=True)
class _File:
    """`newest`: the version that the newest text asks for; None when it has errors. `good`: the last checked one that was
    live, in this process or before. `to_keep`: a good text with its digest, until it is live and has been written down."""

    newest: Version | None = None
    good: Version | None = None
    live: Version | None = None
    problems: tuple[Problem, ...] = ()
    unopened: Problem | None = None
    recalled: bool = False
    to_keep: tuple[str, str] | None = None


@dataclass(slots=True)
class _Work:
    """What still has to be checked: a changed file before one that is new."""

    changed: dict[str, None] = field(default_factory=dict)
    new: dict[str, None] = field(default_factory=dict)

    def next(self) -> str | None:
        return next(iter(self.changed or self.new), None)

    def done(self, name: str) -> None:
        self.changed.pop(name, None)
        self.new.pop(name, None)


class Registry:
    """`changed` is called, after the snapshot is in place, with each file that was checked, changed, broke or went (None).

    `recall` gives the last good text of a file: for a process that starts while the file is broken, and to know which
    of two files had an address first. `kept`: what earlier processes checked.
    """

    def __init__(
        self,
        folder: Path,
        changed: Callable[[str, FileState | None], None],
        recall: Callable[[str], str | None] = lambda _name: None,
        kept: KeptChecks | None = None,
    ) -> None:
        self.folder = folder
        self.snapshot = NOTHING
        self._changed, self._recall = changed, recall
        self._kept = kept or KeptChecks(None, folder)
        self._one_at_a_time = threading.Lock()
        self._making = threading.Lock()
        self._applied: dict[str, Signature] = {}
        self._pending: dict[str, Signature | None] = {}
        self._files: dict[str, _File] = {}
        self._versions: dict[str, Version] = {}
        self._claimants = Claimants()
        self._work = _Work()
        self._unsettled: set[str] = set()
        self._index: Mapping[str, Any] | None = None
        self._index_is_old = False
        self._unkept: dict[str, str | None] = {}
        self._now = datetime.min.replace(tzinfo=UTC)

    # ---- looking

    def look(self, now: datetime, *, patient: bool = True) -> bool:
        """One look at the folder; True when something changed. Not `patient`: at the start, every file is taken at once."""
        found = self._signatures()
        with self._one_at_a_time:
            self._now = now
            due = {name for name in found.keys() | self._applied.keys() if found.get(name) != self._applied.get(name)}
            still = {name for name in due if not patient or self._pending.get(name, ()) == found.get(name)}
            self._pending = {name: found.get(name) for name in due - still}
            for name in sorted(still):
                if name in found:
                    self._take(name, found[name])
                else:
                    self._drop(name)
            self._index = {} if self._index is not None else None
            for _ in range(AT_ONCE if still else 0):
                if (waiting := self._work.next()) is not None:
                    self._check(waiting)
            heard = self._publish()
        self._tell(heard)
        return bool(heard)

    def check_next(self, now: datetime) -> bool:
        """Checks one file that waits for it; False when none is left."""
        with self._one_at_a_time:
            self._now = now
            name = self._work.next()
            if name is not None:
                self._check(name)
            heard = self._publish()
            more = self._work.next() is not None
        self._tell(heard)
        return more

    def unkept(self) -> dict[str, str | None]:
        """Per file the text that went live since it was last said to be `kept`; None for a file that is gone."""
        with self._one_at_a_time:
            return dict(self._unkept)

    def kept(self, texts: Mapping[str, str | None]) -> None:
        with self._one_at_a_time:
            for name, text in texts.items():
                if name in self._unkept and self._unkept[name] == text:
                    del self._unkept[name]

    def remember(self) -> None:
        """Writes down which file claims what, for a next start, when that is not what was written last."""
        with self._one_at_a_time:
            rows = self._rows() if self._index_is_old else None
            self._index_is_old = False
        if rows is not None:
            self._kept.keep_index(rows)

    def _tell(self, heard: Iterable[tuple[str, FileState | None]]) -> None:
        for name, state in heard:
            try:
                self._changed(name, state)
            except Exception:  # who listens must not be able to stop what is live
                log.exception("telling that %s changed failed", name)

    def _signatures(self) -> dict[str, Signature]:
        """Regular files only. What cannot be looked at now is as it was: that is no reason to go dark."""
        signatures: dict[str, Signature] = {}
        try:
            with os.scandir(self.folder) as entries:
                found = [each for each in entries if each.name.endswith(".yaml") and not each.name.startswith(".")]
        except OSError:
            return dict(self._applied)
        for entry in found:
            try:
                seen = entry.stat()
            except FileNotFoundError:
                continue
            except OSError:
                if entry.name in self._applied:
                    signatures[entry.name] = self._applied[entry.name]
                continue
            if stat.S_ISREG(seen.st_mode):
                signatures[entry.name] = _signature(seen)
        return signatures

    # ---- one file

    def _take(self, name: str, signature: Signature) -> None:
        """A file that is new or has changed, and lies still."""
        self._applied[name] = signature
        if name in self._files:
            self._index_is_old = True
            self._work.changed[name] = None
            return
        self._files[name] = _File()
        self._work.new[name] = None
        version = self._glance(name, signature)
        if version is None:  # also for a broken one, whose last good version may be live
            self._check(name)
        else:
            self._files[name].newest = version
            self._concerns(name)

    def _glance(self, name: str, signature: Signature) -> Version | None:
        """Only what it claims; of a text that an earlier process has seen without opening it."""
        if self._index is None:
            self._index = self._kept.index()
        known = _known(self._index.get(name), signature)
        if known is None:
            self._index_is_old = True
            try:
                raw, _ = self._read(name)
            except OSError:
                return None
            claim = claim_at_a_glance(raw, self._shown(name))
            return Version(name, claim, digest_of(raw)) if claim else None
        if not known:
            return None
        subdomain, slug, digest = known
        return Version(name, Claim(self._shown(name), subdomain, slug), digest)

    def _drop(self, name: str) -> None:
        self._applied.pop(name, None)
        self._work.done(name)
        self._index_is_old = True
        if self._files.pop(name, None):
            self._concerns(name)
            self._unkept[name] = None
            self._kept.forget(self._shown(name))

    def _check(self, name: str) -> Tenant | None:
        """Reads a file and judges it; the tenant of its newest text, when that is good and was made in passing."""
        file, shown = self._files[name], self._shown(name)
        before = None if file.recalled else self._recall(name)
        self._work.done(name)
        try:
            raw, signature = self._read(name)
        except OSError as wrong:
            file.unopened = unreadable(shown, wrong.strerror or type(wrong).__name__)
            raw, signature = b"", None
        else:
            file.unopened = None
        as_looked_at = signature is not None and signature == self._applied.get(name)
        text = raw.decode("utf-8-sig", "replace")
        if not file.recalled:
            file.recalled = True
            if before is not None and not (as_looked_at and before == text):
                file.good = self._last_good(name, before)
        tenant = None
        if as_looked_at:
            tenant = self._judge(name, raw)
            if file.newest and text == before:
                file.good = file.newest
            elif file.newest:
                file.to_keep = (file.newest.digest, text)
        else:  # it cannot be read, or is being written: the next looks take it when it lies still
            self._applied.pop(name, None)
            if file.newest and not file.newest.checked:
                file.newest = None
        self._concerns(name)
        return tenant

    def _judge(self, name: str, raw: bytes) -> Tenant | None:
        file, shown, digest = self._files[name], self._shown(name), digest_of(raw)
        known = next((v for v in (file.newest, file.live, file.good) if v and v.digest == digest), None)
        if known and known.checked:
            file.newest, file.problems = known, ()
            return known.tenant
        source, tenant, file.problems = self._kept.read(raw, shown), None, ()
        if source is None:
            checked = check_text(raw, shown)
            source, tenant, file.problems = checked.source, checked.tenant, tuple(errors(checked.problems))
            if tenant:
                self._kept.keep(raw, source)
        if not file.problems:
            claim = Claim(shown, source.data["subdomain"], source.data["tenant"])
            file.problems = tuple(_another_organisation(file.good, claim, source))
        self._index_is_old = self._index_is_old or file.newest is None or bool(file.problems)
        if file.problems:
            file.newest = None
            return None
        file.newest = known if known and known.claim == claim else Version(name, claim, digest)
        file.newest.checked = True
        if file.live and file.live.tenant:  # a portal with visitors: the next one need not wait
            file.newest.tenant = tenant or tenant_of(source, raw)
        return tenant

    def _last_good(self, name: str, text: str) -> Version | None:
        raw = text.encode()
        tenant = check_text(raw, self._shown(name)).tenant
        claim = Claim(self._shown(name), tenant.subdomain, tenant.slug) if tenant else None
        return Version(name, claim, digest_of(raw), checked=True) if claim else None

    def _read(self, name: str) -> tuple[bytes, Signature]:
        """Raises OSError. The text with the signature that the file has after it was read."""
        with (self.folder / name).open("rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
            return raw, _signature(os.fstat(handle.fileno()))

    def _shown(self, name: str) -> str:
        return f"{self.folder.name}/{name}"

    def _rows(self) -> dict[str, Any]:
        """Per file its signature and what it claims; nulls for one that has to be checked before anything is known."""
        rows: dict[str, Any] = {}
        for name, signature in self._applied.items():
            newest = self._files[name].newest if name in self._files else None
            claims = (newest.claim.subdomain, newest.claim.slug, newest.digest) if newest else (None, None, None)
            rows[name] = [list(signature), *claims]
        return rows

    # ---- who is live

    def _concerns(self, name: str) -> None:
        file = self._files.get(name, _File())
        self._unsettled |= self._claimants.put(name, (file.newest, file.good))

    def _publish(self) -> list[tuple[str, FileState | None]]:
        """One snapshot of all files, and what is new to who listens."""
        while unchecked := self._unchecked_beside_others():
            for name in unchecked:
                self._check(name)
        if not self._unsettled:
            return []
        old, refused = self.snapshot.states, self._settle()
        states, versions = dict(old), dict(self._versions)
        for name in self._unsettled:
            claim = states.pop(name).claim if name in states else None
            if claim and versions[claim.subdomain].name == name:
                del versions[claim.subdomain]
            if name in self._files:
                states[name] = self._state(name, old.get(name), refused.get(name, []))
        for name in self._unsettled & self._files.keys():
            if live := self._files[name].live:
                versions[live.claim.subdomain] = live
        heard = [(name, states.get(name)) for name in sorted(self._unsettled)]
        self._unsettled, self._versions = set(), versions
        self.snapshot = Snapshot(Portals(versions, self._ready), MappingProxyType(states))
        return [(name, state) for name, state in heard if _told(old.get(name)) != _told(state)]

    def _unchecked_beside_others(self) -> list[str]:
        """Of two files that claim one address, what is good about each has to be known first."""
        beside = self._claimants.beside_others() & self._files.keys()
        newest = ((name, self._files[name].newest) for name in sorted(beside))
        return [name for name, version in newest if version and not version.checked]

    def _settle(self) -> dict[str, list[Refused]]:
        """Decides who is live in every group with a file that something happened to; all of these are unsettled then."""
        refused: dict[str, list[Refused]] = {}
        waiting = set(self._unsettled)
        while waiting:
            group = self._claimants.group(waiting.pop())
            waiting -= group
            self._unsettled |= group
            files = {name: self._files[name] for name in group if name in self._files}
            live, no = settle(
                {n: each.newest for n, each in files.items()}, {n: each.good for n, each in files.items()}
            )
            refused.update(no)
            for name, file in files.items():
                self._goes_live(name, file, live.get(name))
        return refused

    def _goes_live(self, name: str, file: _File, version: Version | None) -> None:
        file.live = version
        if version is None or not version.checked:
            return
        file.good = version
        self._claimants.put(name, (file.newest, file.good))
        if file.to_keep and file.to_keep[0] == version.digest:
            self._unkept[name], file.to_keep = file.to_keep[1], None

    def _state(self, name: str, old: FileState | None, refused: list[Refused]) -> FileState:
        file = self._files[name]
        problems = [
            *file.problems,
            *(self._taken(each) for each in refused),
            *([file.unopened] if file.unopened else []),
        ]
        live = file.live
        if live is None:
            return FileState(name, None, None, None, tuple(problems))
        same = old is not None and (old.claim, old.digest) == (live.claim, live.digest)
        since = old.live_since if same and old else self._now
        return FileState(name, live.claim, live.digest, since, tuple(problems), live.checked)

    def _taken(self, refused: Refused) -> Problem:
        mine, other = refused.mine, refused.other
        return taken(
            refused.key,
            refused.value,
            mine.claim.file,
            self._place(mine, refused.key),
            other.claim.file,
            self._place(other, refused.key),
        )

    def _place(self, version: Version, key: str) -> ClaimPlace:
        """Looked up when it is needed: two files that want one address are rare, and places take memory."""
        raw = self._text_on_disk(version)
        return (
            claim_place(read_yaml(raw, version.claim.file), key) if raw is not None else ClaimPlace(Span(1, 1, 2), "")
        )

    # ---- a visit

    def _ready(self, subdomain: str, version: Version) -> Tenant | None:
        """The tenant of this version; where it turns out not to be good, of what is live there instead."""
        tenant = self._tenant(version)
        if tenant is None:
            newest = self._versions.get(subdomain)
            tenant = self._tenant(newest) if newest and newest is not version else None
        return tenant

    def _tenant(self, version: Version) -> Tenant | None:
        if not version.checked:
            self._visit(version)
        if version.checked and version.tenant is None:
            with self._making:
                version.tenant = version.tenant or self._made(version)
        return version.tenant

    def _visit(self, version: Version) -> None:
        with self._one_at_a_time:
            file = self._files.get(version.name)
            if version.checked or file is None or file.newest is not version:
                return
            tenant = self._check(version.name)
            if file.newest:
                file.newest.tenant = tenant
            heard = self._publish()
        self._tell(heard)

    def _made(self, version: Version) -> Tenant | None:
        """From the text that was found good: the file's, or when that is another by now, the one that was written down. Of the
        same organisation, that may be a newer one that another process found good first."""
        shown, raw = version.claim.file, self._text_on_disk(version)
        if raw is None:
            text = self._unkept.get(version.name) or self._recall(version.name) or ""
            tenant = check_text(text.encode(), shown).tenant
            return tenant if tenant and Claim(shown, tenant.subdomain, tenant.slug) == version.claim else None
        source = self._kept.read(raw, shown)
        return tenant_of(source, raw) if source else check_text(raw, shown).tenant

    def _text_on_disk(self, version: Version) -> bytes | None:
        try:
            raw, _ = self._read(version.name)
        except OSError:
            return None
        return raw if digest_of(raw) == version.digest else None


def _signature(seen: os.stat_result) -> Signature:
    return seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino


def _known(row: Any, signature: Signature) -> tuple[str, str, str] | tuple[()] | None:
    """What the index says of a file with this signature: its claims and digest; () when it must be checked first."""
    if not isinstance(row, list) or row[0] != list(signature):
        return None
    _, subdomain, slug, digest = row
    return (subdomain, slug, digest) if digest else ()


def _another_organisation(good: Version | None, claim: Claim, source: Source) -> Iterator[Problem]:
    """A file that is live keeps its `tenant`: the data of its families are kept under that word."""
    if good and good.claim.slug != claim.slug:
        yield source.problem("X314", source.place(("tenant",)), msg("“tenant” changes from “%(old)s” to “%(new)s”, and the data are kept under the old name",
                                                                    old=good.claim.slug, new=claim.slug),
                             msg("write “%(old)s” again; another organisation is another file", old=good.claim.slug))  # fmt: skip


def _told(state: FileState | None) -> object:
    """What a listener has heard of a file; of one that is not checked yet, nothing."""
    return None if state is None or not state.checked else (state.digest, state.problems)
