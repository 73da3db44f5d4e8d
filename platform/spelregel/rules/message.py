"""A sentence that has not been translated yet: an English template and the values that go into it.

Rules, checks and the command line say what is wrong in one place, long before anybody knows the reader's
language; `words` turns a Message into text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """`template` uses %(name)s places; `values` fills them (text, whole numbers, or other Messages)."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template % {name: str(value) for name, value in self.values.items()}


def msg(template: str, **values: object) -> Message:
    """The translation tools collect the first argument of every call of this name."""
    return Message(template, values)
