"""What was checked before is not checked again: a folder with the data and the places of every file found good.

An entry is plain JSON and belongs to one text, one file name and one state of the program; whatever is torn, foreign or
of another program is ignored and made anew. Nothing here is needed: without the folder everything is only slower.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from spelregel.rules.problems import Path as DataPath
from spelregel.rules.problems import Span
from spelregel.tenancy.schema_files import schemas_folder
from spelregel.tenancy.yaml_source import Source, lines_of

_PROGRAM: Final = Path(__file__).parents[1]
_LIBRARIES: Final = ("jsonschema", "pyyaml", "tzdata")

log = logging.getLogger("spelregel")


@cache
def program() -> str:
    """Differs as soon as anything differs that a check depends on: the code, the schemas, the calendars, the libraries."""
    seen = hashlib.sha256(repr((sys.version_info[:2], [version(name) for name in _LIBRARIES])).encode())
    for folder in (_PROGRAM / "rules", _PROGRAM / "tenancy", schemas_folder()):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                seen.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return seen.hexdigest()


class KeptChecks:
    """`folder` None: nothing is kept. `tenants` is the folder of files that the entries are about."""

    def __init__(self, folder: Path | None, tenants: Path) -> None:
        about = hashlib.sha256(str(tenants.absolute()).encode()).hexdigest()[:16]
        self._folder = folder / about if folder else None
        self._complained = False

    def read(self, raw: bytes, file: str) -> Source | None:
        """The source as `read_yaml` gives it, without its examples, when this very text was found good before."""
        body = self._body(_name_of(file), _key(raw, file))
        if body is None:
            return None
        try:
            return _restored(body, raw, file)
        except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
            return None

    def keep(self, raw: bytes, source: Source) -> None:
        """`source` was read from `raw` and nothing is wrong with it."""
        data = {
            key: each for key, each in source.data.items() if key != "examples"
        }  # half the file, and they have been run
        self._write(_name_of(source.file), _key(raw, source.file), {"data": data, "places": _places(source, data)})

    def forget(self, file: str) -> None:
        if self._folder:
            try:
                (self._folder / _name_of(file)).unlink(missing_ok=True)
            except OSError as wrong:
                self._complain(wrong)

    def index(self) -> Mapping[str, Any]:
        """What was last kept with `keep_index`; empty when there is nothing to trust."""
        body = self._body("index", program())
        return body if isinstance(body, dict) else {}

    def keep_index(self, rows: Mapping[str, Any]) -> None:
        self._write("index", program(), rows)

    def _body(self, name: str, key: str) -> Any:
        if self._folder is None:
            return None
        try:
            head, _, body = (self._folder / name).read_bytes().partition(b"\n")
        except OSError:
            return None
        if head.decode("ascii", "replace").split(" ") != [key, hashlib.sha256(body).hexdigest()]:
            return None
        try:
            return json.loads(body)
        except ValueError:
            return None

    def _write(self, name: str, key: str, body: object) -> None:
        """Beside it first, then in its place in one step: who reads meanwhile finds the old one or the new one, whole."""
        if self._folder is None:
            return
        text = json.dumps(body, separators=(",", ":")).encode()
        beside = self._folder / f"{name}.{os.getpid()}.{threading.get_ident()}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside.write_bytes(f"{key} {hashlib.sha256(text).hexdigest()}\n".encode() + text)
            beside.replace(self._folder / name)
        except OSError as wrong:
            self._complain(wrong)

    def _complain(self, wrong: OSError) -> None:
        if not self._complained:
            log.warning("what was checked cannot be kept in %s: %s", self._folder, wrong.strerror or wrong)
        self._complained = True


def _name_of(file: str) -> str:
    """One entry per file: a newer version takes the place of the older, and names of any length and script will do."""
    return hashlib.sha256(file.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _key(raw: bytes, file: str) -> str:
    named = f"{program()}\0{file}\0".encode("utf-8", "surrogateescape")
    return hashlib.sha256(named + raw).hexdigest()


def _places(source: Source, whole: Any) -> list[int]:
    """The spans of all keys and values in `whole`, in its order, as bare numbers."""
    numbers: list[int] = []

    def walk(path: DataPath, data: Any) -> None:
        for spans in (source.keys, source.values):
            if path in spans:
                span = spans[path]
                numbers.extend((span.line, span.column, span.end))
        for part, each in _inside(data):
            walk((*path, part), each)

    walk((), whole)
    return numbers


def _restored(body: Any, raw: bytes, file: str) -> Source:
    """Raises one of the errors above for what `keep` did not write."""
    source = Source(file, lines_of(raw.decode("utf-8-sig")), body["data"])
    numbers = iter(body["places"])
    spans = map(Span, numbers, numbers, numbers)
    keys, values = source.keys, source.values

    def walk(path: DataPath, data: Any, has_key: bool) -> None:
        if has_key:
            keys[path] = next(spans)
        values[path] = next(spans)
        if isinstance(data, (dict, list)):
            below = isinstance(data, dict)
            for part, each in _inside(data):
                walk((*path, part), each, below)

    walk((), source.data, False)
    if next(numbers, None) is not None:
        raise ValueError("more places than data")
    return source


def _inside(data: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(data, dict):
        return data.items()
    return enumerate(data) if isinstance(data, list) else ()
