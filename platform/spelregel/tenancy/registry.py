"""Host -> Tenant: looks at the folder of tenant files, keeps the last good version of each, replaces it whole.

The files are the truth. A file is read when it lies still: its size and time are the same in two looks, so that a
half-written one is never taken for a version. A request keeps the snapshot that it started with.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from spelregel.rules.problems import Problem, errors
from spelregel.tenancy.check import Checked, check_text, clashes, unreadable
from spelregel.tenancy.tenant import Tenant

Signature = tuple[int, int, int]  # size, time of change, inode


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
    """`changed` is called with the new state of each file that came, changed, broke or went (state None).

    `recall` gives the last good text of a file: for a process that starts while the file is broken.
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
        self._states: dict[str, FileState] = {}
        self._clashing: set[str] = set()

    def look(self, now: datetime, *, patient: bool = True) -> bool:
        """One look at the folder; True when something changed. Not `patient`: at the start, every file is read at once."""
        with self._one_at_a_time:
            found = self._signatures()
            due = {name for name in found.keys() | self._applied.keys() if found.get(name) != self._applied.get(name)}
            still = {name for name in due if not patient or self._pending.get(name, ()) == found.get(name)}
            self._pending = {name: found.get(name) for name in due - still}
            for name in sorted(still):
                if name in found:
                    self._take(name, found[name], now)
                else:
                    self._drop(name)
            if still:
                self._publish()
            return bool(still)

    def _signatures(self) -> dict[str, Signature]:
        signatures: dict[str, Signature] = {}
        try:
            paths = sorted(self.folder.glob("*.yaml"))
        except OSError:
            return dict(self._applied)  # a folder that cannot be read now is no reason to go dark
        for path in paths:
            try:
                seen = path.stat()
            except OSError:
                continue
            signatures[path.name] = (seen.st_size, seen.st_mtime_ns, seen.st_ino)
        return signatures

    def _take(self, name: str, signature: Signature, now: datetime) -> None:
        self._applied[name] = signature
        shown, old = f"{self.folder.name}/{name}", self._states.get(name)
        self._clashing.discard(name)
        try:
            raw = (self.folder / name).read_bytes()
        except OSError as wrong:
            self._put(name, self._still_good(name, (unreadable(shown, wrong.strerror or type(wrong).__name__),)))
            return
        checked = check_text(raw, shown)
        taken = self._taken_address(name, checked) if checked.tenant else []
        if checked.tenant and not taken:
            if old and old.tenant and old.tenant.rulebook.digest == checked.tenant.rulebook.digest and not old.broken:
                return  # touched, and the text is the same
            self._put(name, FileState(name, checked.tenant, now, checked.problems))
            return
        if taken:
            self._clashing.add(name)
        self._put(name, self._still_good(name, (*checked.problems, *taken)))

    def _still_good(self, name: str, problems: tuple[Problem, ...]) -> FileState:
        """A broken file changes nothing: what was live stays, also what was live before this process began."""
        old = self._states.get(name)
        if old:
            return FileState(name, old.tenant, old.live_since, problems)
        text = self._recall(name)
        checked = check_text(text.encode(), f"{self.folder.name}/{name}") if text is not None else None
        if checked is None or checked.tenant is None or self._taken_address(name, checked):
            return FileState(name, None, None, problems)
        return FileState(name, checked.tenant, None, problems)

    def _taken_address(self, name: str, checked: Checked) -> list[Problem]:
        """The address and the name of an organisation belong to the file that had them first."""
        others = [
            check_text(state.tenant.text.encode(), f"{self.folder.name}/{other}")
            for other, state in self._states.items()
            if other != name and state.tenant and checked.tenant
            and (state.tenant.subdomain == checked.tenant.subdomain or state.tenant.slug == checked.tenant.slug)
        ]  # fmt: skip
        return [problem for other in others for problem in clashes([other, checked])]

    def _drop(self, name: str) -> None:
        self._applied.pop(name, None)
        self._clashing.discard(name)
        if self._states.pop(name, None):
            self._changed(name, None)
        for waiting in self._clashing:  # the address may be free now
            self._applied.pop(waiting, None)

    def _put(self, name: str, state: FileState) -> None:
        self._states[name] = state
        self._changed(name, state)

    def _publish(self) -> None:
        states = tuple(self._states[name] for name in sorted(self._states))
        live = {state.tenant.subdomain: state.tenant for state in states if state.tenant}
        self.snapshot = Snapshot(MappingProxyType(live), states)
