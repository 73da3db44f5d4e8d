"""Text as it stands in a tenant's file: plain where YAML reads it back as it is, else in double quotes."""

from __future__ import annotations

import re
from typing import Final

#: Starts with a letter and holds no sign with a meaning in YAML, inside [ ] and { } neither.
_PLAIN: Final = re.compile(r"[^\W\d_](?:[\w .'’“”()/+&;?=-]*[\w.'’“”)?])?")
#: Plain words that some program reads as true, false or nothing.
_TAKEN: Final = frozenset(["y", "yes", "n", "no", "on", "off", "true", "false", "null", "nan", "inf"])


def as_yaml(text: str, *, alone: bool = False) -> str:
    """`alone`: it stands outside [ ] and { }, so a comma and a time of day need no quotes."""
    plain = _PLAIN.fullmatch(re.sub(r",(?= )|(?<=[0-9]):(?=[0-9])", "", text) if alone else text)
    if plain and text.lower() not in _TAKEN and "  " not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"".join(_escaped(sign) for sign in escaped)}"'


def _escaped(sign: str) -> str:
    """What a line cannot hold as it is."""
    return sign if sign.isprintable() or sign == " " else f"\\U{ord(sign):08x}"


def in_brackets(words: list[str]) -> str:
    return f"[{', '.join(map(as_yaml, words))}]"
