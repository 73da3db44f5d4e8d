"""Host -> Tenant: looks at the folder of tenant files, keeps the last good version of each, replaces it whole.

The files are the truth. A file is read when it lies still: its size and times are the same in two looks, so that a
half-written one is never taken for a version. A request keeps the snapshot that it started with.
"""

from __future__ import annotations

import logging
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from spelregel.rules.message import msg
from spelregel.rules.problems import Problem, errors
from spelregel.tenancy.check import Checked, check_text, clashes, unreadable
from spelregel.tenancy.tenant import Tenant
from spelregel.tenancy.yaml_source import MAX_BYTES

Signature = tuple[int, int, int, int]  # size, time of the text, time of name and rights, inode

log = logging.getLogger("spelregel")


@dataclass(frozen=True, slots=True)
class FileState:
    """What became of one file. `tenant` is the version that is live; `problems` are those of the newest text."""

    name: str
    tenant: Tenant | None
    live_since: datetime | None
    problems: tuple[Problem, ...]

    @property
    def broken(self) -> bool:
        return bool(errors(self.problems))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All live organisations at one moment. Never changes: a reload makes a new one."""

    by_subdomain: Mapping[str, Tenant]
    files: tuple[FileState, ...]

    def tenant(self, slug: str) -> Tenant | None:
        return next((tenant for tenant in self.by_subdomain.values() if tenant.slug == slug), None)


NOTHING = Snapshot(MappingProxyType({}), ())


class Registry:
    """`changed` is called, after the snapshot is in place, with each file that came, changed, broke or went (None).

    `recall` gives the last good text of a file: for a process that starts while the file is broken, and to know which
    of two files had an address first.
    """

    def __init__(
        self,
        folder: Path,
        changed: Callable[[str, FileState | None], None],
        recall: Callable[[str], str | None] = lambda _name: None,
    ) -> None:
        self.folder = folder
        self.snapshot = NOTHING
        self._changed, self._recall = changed, recall
        self._one_at_a_time = threading.Lock()
        self._applied: dict[str, Signature] = {}
        self._pending: dict[str, Signature | None] = {}
        self._newest: dict[str, Checked] = {}
        self._unread: dict[str, Problem] = {}
        self._good: dict[str, Checked] = {}  # per file the version that is live, or was when it was last good
        self._states: dict[str, FileState] = {}

    def look(self, now: datetime, *, patient: bool = True) -> bool:
        """One look at the folder; True when something changed. Not `patient`: at the start, every file is read at once."""
        with self._one_at_a_time:
            found = self._signatures()
            due = {name for name in found.keys() | self._applied.keys() if found.get(name) != self._applied.get(name)}
            still = {name for name in due if not patient or self._pending.get(name, ()) == found.get(name)}
            self._pending = {name: found.get(name) for name in due - still}
            for name in still:
                if name in found:
                    self._read(name, found[name])
                else:
                    for kept in (self._applied, self._newest, self._unread, self._good):
                        kept.pop(name, None)
            if not still:
                return False
            heard = self._publish(now)
        for name, state in heard:
            try:
                self._changed(name, state)
            except Exception:  # who listens must not be able to stop what is live
                log.exception("telling that %s changed failed", name)
        return bool(heard)

    def _signatures(self) -> dict[str, Signature]:
        """Regular files only. What cannot be looked at now is as it was: that is no reason to go dark."""
        signatures: dict[str, Signature] = {}
        try:
            names = sorted(
                path.name for path in self.folder.iterdir() if path.suffix == ".yaml" and not path.name.startswith(".")
            )
        except OSError:
            return dict(self._applied)
        for name in names:
            try:
                seen = (self.folder / name).stat()
            except FileNotFoundError:
                continue
            except OSError:
                if name in self._applied:
                    signatures[name] = self._applied[name]
                continue
            if stat.S_ISREG(seen.st_mode):
                signatures[name] = (seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)
        return signatures

    def _read(self, name: str, signature: Signature) -> None:
        shown = self._shown(name)
        try:
            with (self.folder / name).open("rb") as handle:
                raw = handle.read(MAX_BYTES + 1)
        except OSError as wrong:  # not applied: it is tried again at the next look
            self._unread[name] = unreadable(shown, wrong.strerror or type(wrong).__name__)
            return
        self._unread.pop(name, None)
        self._applied[name] = signature
        if name not in self._newest and (text := self._recall(name)) is not None:
            before = check_text(text.encode(), shown)
            if before.tenant:
                self._good[name] = before
        self._newest[name] = self._same_organisation(name, check_text(raw, shown))

    def _same_organisation(self, name: str, checked: Checked) -> Checked:
        """A file that is live keeps its `tenant`: the data of its families are kept under that word."""
        good = self._good.get(name)
        if good is None or good.tenant is None or checked.tenant is None or good.tenant.slug == checked.tenant.slug:
            return checked
        source = checked.source
        help = msg("write “%(old)s” again; another organisation is another file", old=good.tenant.slug)
        problem = source.problem("X314", source.place(("tenant",)), msg("“tenant” changes from “%(old)s” to “%(new)s”, and the data are kept under the old name",
                                                                       old=good.tenant.slug, new=checked.tenant.slug), help)  # fmt: skip
        return Checked(source, (*checked.problems, problem), None)

    def _shown(self, name: str) -> str:
        return f"{self.folder.name}/{name}"

    def _publish(self, now: datetime) -> list[tuple[str, FileState | None]]:
        """One snapshot of all files, and what differs from the one before."""
        live, refused = self._settle()
        states: dict[str, FileState] = {}
        for name in sorted(self._newest.keys() | self._unread.keys()):
            newest, tenant, old = self._newest.get(name), live.get(name), self._states.get(name)
            found = [*(newest.problems if newest else ()), *refused.get(name, ())]
            if name in self._unread:
                found.append(self._unread[name])
            same = (
                old is not None
                and old.tenant is not None
                and tenant is not None
                and _version(old.tenant) == _version(tenant.tenant)
            )
            if same and old is not None and old.tenant is not None:
                states[name] = FileState(name, old.tenant, old.live_since, tuple(found))
            else:
                states[name] = FileState(name, tenant.tenant if tenant else None, now if tenant else None, tuple(found))
        for name, checked in live.items():
            self._good[name] = checked
        heard = [(name, state) for name, state in states.items() if _told(self._states.get(name)) != _told(state)]
        gone = [(name, None) for name in self._states if name not in states]
        self._states = states
        tenants = {state.tenant.subdomain: state.tenant for state in states.values() if state.tenant}
        self.snapshot = Snapshot(MappingProxyType(tenants), tuple(states.values()))
        return [*gone, *heard]

    def _settle(self) -> tuple[dict[str, Checked], dict[str, list[Problem]]]:
        """Which version of each file is live, when no two may have one address or one name.

        Who holds it already, and still wants it, comes first; then by file name. Who is refused stays as they were.
        """
        wanted = {name: checked if checked.tenant else self._good.get(name) for name, checked in self._newest.items()}
        refused: dict[str, list[Problem]] = {}
        while True:
            order = sorted(
                (name for name, each in wanted.items() if each),
                key=lambda name: (not self._holds(name, wanted[name]), name),
            )
            taken: list[Checked] = []
            clash: str | None = None
            for name in order:
                mine = wanted[name]
                assert mine is not None
                problems = [problem for other in taken for problem in clashes([other, mine])]
                if problems:
                    refused.setdefault(name, []).extend(problems)
                    clash = name
                    break
                taken.append(mine)
            if clash is None:
                return {name: each for name, each in wanted.items() if each}, refused
            before = self._good.get(clash)
            wanted[clash] = before if before is not wanted[clash] else None

    def _holds(self, name: str, wanted: Checked | None) -> bool:
        """Does this file have, already, the address and the name that it wants?"""
        good = self._good.get(name)
        if good is None or good.tenant is None or wanted is None or wanted.tenant is None:
            return False
        return (good.tenant.subdomain, good.tenant.slug) == (wanted.tenant.subdomain, wanted.tenant.slug)


def _version(tenant: Tenant | None) -> str | None:
    return tenant.rulebook.digest if tenant else None


def _told(state: FileState | None) -> object:
    return None if state is None else (_version(state.tenant), state.problems)
