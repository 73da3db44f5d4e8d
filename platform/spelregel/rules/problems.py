"""What is wrong with a file: where, what, and what was probably meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spelregel.rules.message import Message

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Line and columns from 1; `end` is one past the last character, on the same line."""

    line: int
    column: int
    end: int


@dataclass(frozen=True, slots=True)
class SecondPlace:
    file: str
    span: Span
    message: Message
    source: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """`source` is the line of the file as written; `second` the other side of a contradiction."""

    severity: str  # "error" | "warning"
    code: str
    file: str
    span: Span
    message: Message
    help: Message | None = None
    source: str = ""
    second: SecondPlace | None = None


def errors(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda p: (p.file, p.span.line, p.span.column, p.code))
