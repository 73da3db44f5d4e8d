"""YAML that remembers line and column of every key and value, and reads only what a planner means.

Scalars are true/false, whole numbers without a leading zero, decimals and null; all else is text. Anchors, tags,
doubled keys, several documents and oversized files are problems, never surprises. The document is walked event by
event, so nothing is built before the limits are checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import yaml

from spelregel.rules.message import Message, msg
from spelregel.rules.problems import Path, Problem, SecondPlace, Span

MAX_BYTES: Final = 256 * 1024
MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 12

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,8})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,8})\.[0-9]{1,9}")
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Source:
    """A file that was read: plain data, and the place of every key and every value by path."""

    file: str
    lines: list[str]
    data: Any = None
    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path) -> Span:
        """The value at `path`; where there is none, the nearest key or block around it."""
        while path:
            if path in self.values:
                span = self.values[path]
                return span if not isinstance(self.at(path), (dict, list)) else self.keys.get(path, span)
            if path in self.keys:
                return self.keys[path]
            path = path[:-1]
        return Span(1, 1, max(len(self.line(1)), 1) + 1)

    def at(self, path: Path) -> Any:
        found = self.data
        for part in path:
            found = found[part]
        return found

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def problem(self, code: str, span: Span, message: Message, help: Message | None = None,
                second: tuple[Span, Message] | None = None, severity: str = "error") -> Problem:  # fmt: skip
        other = SecondPlace(self.file, second[0], second[1], self.line(second[0].line)) if second else None
        return Problem(severity, code, self.file, span, message, help, self.line(span.line), other)

    def add(self, code: str, span: Span, message: Message, help: Message | None = None,
            second: tuple[Span, Message] | None = None) -> None:  # fmt: skip
        self.problems.append(self.problem(code, span, message, help, second))


def read_yaml(raw: bytes, file: str) -> Source:
    """Never raises for what is in `raw`: whatever is wrong stands in `.problems`, each with a line from 1."""
    start = Span(1, 1, 2)
    if len(raw) > MAX_BYTES:
        source = Source(file, [])
        source.add("Y007", start, msg("the file is %(size)s kB; at most %(most)s kB is read", size=len(raw) // 1024, most=MAX_BYTES // 1024),
                   msg("one organisation needs far less: is this the right file?"))  # fmt: skip
        return source
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        source = Source(file, [])
        source.add("Y008", Span(line, 1, 2), msg("this is not a text file in UTF-8 (byte %(byte)s)", byte=wrong.start + 1),
                   msg("save the file as UTF-8 text"))  # fmt: skip
        return source
    source = Source(file, text.splitlines())
    odd = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        column = odd.start() - (text.rfind("\n", 0, odd.start()) + 1) + 1
        source.lines = [
            re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "\N{REPLACEMENT CHARACTER}", each) for each in source.lines
        ]
        source.add("Y008", Span(line, column, column + 1), msg("this is not a text file: it holds a control character"),
                   msg("save the file as UTF-8 text"))  # fmt: skip
        return source
    try:
        _Walk(source, text).document()
    except _Stop:
        source.data = None
    except yaml.YAMLError as wrong:
        _explain(source, wrong)
        source.data = None
    if not source.problems and not isinstance(source.data, dict):
        empty = source.data is None
        source.add("Y009", Span(1, 1, max(len(source.line(1)), 1) + 1),
                   msg("the file is empty") if empty else msg("a tenant's file is a block of keys, this is something else"),
                   msg("start with “format: 1”"))  # fmt: skip
        source.data = None
    return source


class _Stop(Exception):
    """The rest of the document cannot be trusted any more."""


class _Walk:
    def __init__(self, source: Source, text: str) -> None:
        self.source = source
        self.events = yaml.parse(text, Loader=_LOADER)
        self.nodes = 0

    def document(self) -> None:
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(
                        "Y010",
                        self._span(event),
                        msg("a second document starts here"),
                        msg("one file is one organisation: remove “---”"),
                    )
            elif isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)):
                continue
            else:
                self.source.data = self._node(event, (), 1)

    def _node(self, event: Any, path: Path, depth: int) -> Any:
        span = self._span(event)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._refuse(
                "Y007",
                span,
                msg("the file holds more than %(most)s values", most=MAX_NODES),
                msg("one organisation needs far less: is this the right file?"),
            )
        if depth > MAX_DEPTH:
            self._refuse(
                "Y001",
                span,
                msg("this is nested more than %(most)s deep", most=MAX_DEPTH),
                msg("no key of the format lies that deep"),
            )
        if isinstance(event, yaml.AliasEvent):
            self._refuse(
                "Y005",
                span,
                msg("“*%(name)s” repeats another part of the file", name=event.anchor),
                msg("write the value itself: a file reads from top to bottom"),
            )
        if event.anchor:
            self._refuse(
                "Y005",
                span,
                msg("“&%(name)s” names a part of the file to repeat it", name=event.anchor),
                msg("write the value itself where it is needed"),
            )
        if event.tag is not None:
            self._refuse(
                "Y006",
                span,
                msg("“%(tag)s” is a tag, and tags are not read", tag=event.tag),
                msg("remove it: every value is text, a number, true or false"),
            )
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, span, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, span, depth)
        self.source.values[path] = span
        return _scalar(event)

    def _mapping(self, path: Path, span: Span, depth: int) -> dict[str, Any]:
        self.source.values[path] = span
        found: dict[str, Any] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key_span = self._span(event)
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag is not None:
                self._refuse("Y004", key_span, msg("a key must be a plain word"), msg("write “key: value”"))
            key = str(event.value)
            if key == "<<":
                self._refuse(
                    "Y005",
                    key_span,
                    msg("“<<” takes in another part of the file"),
                    msg("write the values themselves"),
                )
            where = (*path, key)
            first = self.source.keys.get(where)
            if first is not None:
                self.source.add("Y003", key_span, msg("“%(key)s” stands here twice", key=key),
                                msg("keep one of the two"), (first, msg("the first one is here")))  # fmt: skip
                self._node(next(self.events), (*path, f"{key}\0again"), depth + 1)
                continue
            self.source.keys[where] = key_span
            found[key] = self._node(next(self.events), where, depth + 1)
        return found

    def _sequence(self, path: Path, span: Span, depth: int) -> list[Any]:
        self.source.values[path] = span
        found: list[Any] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self._node(event, (*path, len(found)), depth + 1))
        return found

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        line = start.line + 1
        if end.line == start.line and end.column > start.column:
            return Span(line, start.column + 1, end.column + 1)
        return Span(line, start.column + 1, max(len(self.source.line(line)), start.column + 1) + 1)

    def _refuse(self, code: str, span: Span, message: Message, help: Message) -> NoReturn:
        self.source.add(code, span, message, help)
        raise _Stop


def _scalar(event: Any) -> Any:
    text = str(event.value)
    if event.style:  # quoted or a block: text, whatever it looks like
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


_EXPLAINED: Final = (
    ("mapping values are not allowed", msg("a second “: ” stands on this line"), msg("a text with “: ” in it needs quotes")),
    ("cannot start any token", msg("a tab or a sign stands here that YAML cannot read"), msg("indent with spaces, and put quotes around a text that starts with @, ` or %%")),
    ("while scanning a quoted scalar", msg("a quote is opened and not closed"), msg("close the quote on the same line")),
    ("expected ',' or ']'", msg("a list in [ ] is not closed, or a comma is missing"), msg("write [one, two]")),
    ("expected ',' or '}'", msg("a block in { } is not closed, or a comma is missing"), msg("write {key: value, key: value}")),
    ("could not find expected ':'", msg("a key is not followed by “: ”"), msg("write “key: value”, with a space after the colon")),
    ("did not find expected key", msg("a key is expected here"), msg("check the indentation: keys of one block start in the same column")),
    ("expected <block end>", msg("a key is expected here"), msg("check the indentation: keys of one block start in the same column")),
    ("did not find expected '-' indicator", msg("an item of a list is expected here"), msg("check the indentation: the dashes of one list stand in the same column")),
    ("block sequence entries are not allowed", msg("a “- ” cannot stand here"), msg("put the list on the line below its key")),
)  # fmt: skip


def _explain(source: Source, wrong: yaml.YAMLError) -> None:
    mark = getattr(wrong, "problem_mark", None) or getattr(wrong, "context_mark", None)
    line = min(mark.line + 1, max(len(source.lines), 1)) if mark else 1
    column = mark.column + 1 if mark and mark.line < len(source.lines) else 1
    words = f"{getattr(wrong, 'context', None) or ''} {getattr(wrong, 'problem', None) or wrong}"
    if "\t" in source.line(line)[: column + 1]:
        column = source.line(line).index("\t") + 1
        source.add("Y002", Span(line, column, column + 1), msg("a tab stands here"), msg("indent with spaces"))
        return
    unknown = (msg("this cannot be read as YAML"), msg("look at the quotes, the colons and the indentation here"))
    message, help = next(((said, meant) for sign, said, meant in _EXPLAINED if sign in words), unknown)
    context = getattr(wrong, "context_mark", None)
    second = None
    if context and context.line + 1 != line and context.line < len(source.lines):
        end = len(source.line(context.line + 1)) + 1
        second = (
            Span(context.line + 1, context.column + 1, max(end, context.column + 2)),
            msg("it began here"),
        )
    source.add("Y002", Span(line, column, max(len(source.line(line)) + 1, column + 1)), message, help, second)
