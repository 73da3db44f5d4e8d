"""A problem as people read it: code, place, source line, caret under the wrong part, and what was meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from spelregel.rules.message import Message, msg
from spelregel.rules.problems import Problem, Span

Translate = Callable[[Message], str]

_PLAIN = {"error": "", "warning": "", "place": "", "help": "", "end": ""}
_COLOURS = {
    "error": "\033[1;31m",
    "warning": "\033[1;33m",
    "place": "\033[2m",
    "help": "\033[36m",
    "end": "\033[0m",
}


_SEVERITY = {"error": msg("error"), "warning": msg("warning")}


def problem_as_text(problem: Problem, translate: Translate, *, colour: bool = False) -> str:
    paint = _COLOURS if colour else _PLAIN
    place = f"{problem.file}:{problem.span.line}:{problem.span.column}"
    second = problem.second
    numbers = [problem.span.line] + ([second.span.line] if second and second.file == problem.file else [])
    width = max(len(str(number)) for number in numbers)
    blank = " " * width
    lines = [
        f"{paint[problem.severity]}{translate(_SEVERITY[problem.severity])}[{problem.code}]{paint['end']}: {translate(problem.message)}",
        f"{paint['place']}{blank}--> {place}{paint['end']}",
        f"{paint['place']}{blank} |{paint['end']}",
        *_marked(problem.source, problem.span, "^", "", width, paint),
    ]
    if second and second.file == problem.file:
        lines += _marked(second.source, second.span, "-", " " + translate(second.message), width, paint)
    if problem.help:
        lines.append(f"{paint['help']}{blank} = {translate(problem.help)}{paint['end']}")
    if second and second.file != problem.file:
        lines.append(
            f"{paint['help']}{blank} = {second.file}:{second.span.line}: {translate(second.message)}{paint['end']}"
        )
    return "\n".join(lines)


#: A longer line is cut around the part that is meant: a picture in a file is tens of thousands of characters.
_WIDEST = 160


def _cut(source: str, span: Span) -> tuple[str, int, int]:
    """What is shown of a line, and from where to where it is marked (from 0)."""
    shown = source.rstrip()
    start, end = span.column - 1, max(min(span.end - 1, len(shown)), span.column)
    if len(shown) <= _WIDEST:
        return shown, start, end
    first = max(start - _WIDEST // 4, 0) if start > _WIDEST // 2 else 0
    head, tail = ("…" if first else ""), ("…" if first + _WIDEST < len(shown) else "")
    moved = len(head) - first
    return f"{head}{shown[first : first + _WIDEST]}{tail}", start + moved, min(end + moved, len(head) + _WIDEST)


def _marked(source: str, span: Span, sign: str, words: str, width: int, paint: dict[str, str]) -> list[str]:
    shown, start, stop = _cut(source, span)
    indent = "".join("\t" if each == "\t" else " " for each in shown[:start]).ljust(start)
    length = max(stop - start, 1)
    bar, end = paint["place"], paint["end"]
    return [
        f"{bar}{span.line:>{width}} |{end} {shown}".rstrip(),
        f"{bar}{' ' * width} |{end} {indent}{paint['error'] if sign == '^' else ''}{sign * length}{end if sign == '^' else ''}{words}",
    ]


def problems_as_data(problems: Sequence[Problem], translate: Translate) -> dict[str, Any]:
    return {
        "problems": [
            {
                "severity": each.severity,
                "code": each.code,
                "file": each.file,
                "line": each.span.line,
                "column": each.span.column,
                "message": translate(each.message),
                "help": translate(each.help) if each.help else None,
                "source": each.source,
                "second": {"file": each.second.file, "line": each.second.span.line} if each.second else None,
            }
            for each in problems
        ]
    }
