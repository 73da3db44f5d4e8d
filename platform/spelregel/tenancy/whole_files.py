"""A file on disk is written whole or not at all: a reader never sees half of it, and nor does a crash."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class ChangedMeanwhile(Exception):
    """Somebody saved the file after it was read: writing now would undo that."""


def replace_whole(path: Path, raw: bytes, read: bytes) -> None:
    """Puts `raw` in the place of `read`; the rights of the file stay. Raises ChangedMeanwhile, and OSError."""
    target = path.resolve()  # a link stays a link
    written = _beside(target, raw, target.stat().st_mode & 0o7777)
    try:
        if target.read_bytes() != read:
            raise ChangedMeanwhile
        written.replace(target)
    finally:
        written.unlink(missing_ok=True)


def write_new(path: Path, raw: bytes, *, force: bool) -> None:
    """Raises FileExistsError when there is one already and `force` is off, and OSError."""
    target = path.resolve() if force else path
    mask = os.umask(0)
    os.umask(mask)
    written = _beside(target, raw, 0o666 & ~mask)
    try:
        if force:
            written.replace(target)
        else:
            os.link(written, target)  # in one step, and never over another file
    finally:
        written.unlink(missing_ok=True)


def _beside(target: Path, raw: bytes, mode: int) -> Path:
    """Its name does not end in .yaml: whoever watches the folder passes it by."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        written.chmod(mode)
    except BaseException:
        written.unlink(missing_ok=True)
        raise
    return written
