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
LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what YAML counts as one
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
#: Characters that look like a space or like nothing, and are no indentation to YAML.
LOOKALIKES: Final = "\xa0\u2000-\u200d\u202f\u205f\u2060\u3000"
_ODD_INDENTATION = re.compile(rf"[ ]*(?:- +)*([{LOOKALIKES}]+)")


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
        line, column = _place_in(raw[: wrong.start].decode("utf-8-sig", "replace"))
        source = Source(file, _shown_lines(raw.decode("utf-8-sig", "replace")))
        source.add("Y008", Span(line, column, column + 1), msg("this is not a text file in UTF-8 (byte %(byte)s)", byte=wrong.start + 1),
                   msg("save the file as UTF-8 text"))  # fmt: skip
        return source
    odd = _NOT_TEXT.search(text)
    if odd:
        line, column = _place_in(text[: odd.start()])
        source = Source(file, _shown_lines(text))
        source.add("Y008", Span(line, column, column + 1), msg("this is not a text file: it holds a control character"),
                   msg("save the file as UTF-8 text"))  # fmt: skip
        return source
    source = Source(file, lines_of(text))
    for number, each in enumerate(source.lines, 1):
        if found := _ODD_INDENTATION.match(each):
            source.add("Y002", Span(number, found.start(1) + 1, found.end(1) + 1), msg("this looks like a space and is another character"),
                       msg("indent with spaces"))  # fmt: skip
    if source.problems:
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


def _place_in(before: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows `before`."""
    lines = LINE_END.split(before)
    return len(lines), len(lines[-1]) + 1


def lines_of(text: str) -> list[str]:
    return LINE_END.split(text)


def _shown_lines(text: str) -> list[str]:
    """What a terminal may be given: a control character would move its cursor."""
    return [_NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", line) for line in LINE_END.split(text)]


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
                msg(
                    "“%(tag)s” is a tag, and tags are not read", tag=str(event.tag).replace("tag:yaml.org,2002:", "!!")
                ),
                msg("put quotes around a text that starts with “!”")
                if str(event.tag).startswith("!")
                else msg("remove it: every value is text, a number, true or false"),
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
                self._ends(path, event)
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
            event = next(self.events)
            found[key] = self._node(event, where, depth + 1)
            if isinstance(event, yaml.ScalarEvent) and not event.style and not event.value:
                self.source.values[where] = key_span  # nothing stands there: the key is what people can see
        return found

    def _sequence(self, path: Path, span: Span, depth: int) -> list[Any]:
        self.source.values[path] = span
        found: list[Any] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                self._ends(path, event)
                break
            found.append(self._node(event, (*path, len(found)), depth + 1))
        return found

    def _ends(self, path: Path, event: Any) -> None:
        """A block in { } or [ ] on one line is pointed at as a whole."""
        first, end = self.source.values[path], event.end_mark
        if end.line + 1 == first.line and end.column > event.start_mark.column:
            self.source.values[path] = Span(first.line, first.column, end.column + 1)

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


_INDENTATION: Final = msg("check the indentation: keys of one block start in the same column")
_KEY_AND_VALUE: Final = msg("write “key: value”, with a space after the colon")
_EXPECTED_KEY: Final = (msg("a key is expected here"), _INDENTATION)
#: A sign in the parser's own words, what is wrong, what to do, and where it is: at the place where reading stopped, or
#: where the part began that was never finished ("began": only when that is on another line; "start": always).
_EXPLAINED: Final = (
    ("cannot start any token", msg("a tab or a sign stands here that YAML cannot read"), msg("indent with spaces, and put quotes around a text that starts with @, ` or %%"), "stopped"),
    ("while scanning a quoted scalar", msg("a quote is opened and not closed"), msg("close the quote on the same line"), "start"),
    ("unknown escape character", msg("a backslash in double quotes has a meaning of its own"), msg("put single quotes around the text"), "stopped"),
    ("expected ',' or ']'", msg("a list in [ ] is not closed, or a comma is missing"), msg("write [one, two]"), "began"),
    ("expected ',' or '}'", msg("a block in { } is not closed, or a comma is missing"), msg("write {key: value, key: value}"), "began"),
    ("node content", msg("a value is expected here"), msg("write a value, and close what is opened with { or ["), "stopped"),
    ("could not find expected ':'", msg("a key is not followed by “: ”"), _KEY_AND_VALUE, "began"),
    ("while scanning an alias", msg("a sign stands here that has a meaning of its own in YAML"), msg("put quotes around a text that starts with * or &"), "start"),
    ("while scanning an anchor", msg("a sign stands here that has a meaning of its own in YAML"), msg("put quotes around a text that starts with * or &"), "start"),
    ("expected key", *_EXPECTED_KEY, "stopped"),
    ("expected <block end>", *_EXPECTED_KEY, "stopped"),
    ("did not find expected '-' indicator", msg("an item of a list is expected here"), msg("check the indentation: the dashes of one list stand in the same column"), "stopped"),
    ("sequence entries are not allowed", msg("a “- ” cannot stand here"), msg("put the list on the line below its key"), "stopped"),
)  # fmt: skip
_UNEXPLAINED: Final = (
    msg("this cannot be read as YAML"),
    msg("look at the quotes, the colons and the indentation here"),
    "stopped",
)


def _explain(source: Source, wrong: yaml.YAMLError) -> None:
    """The parser's words say what it missed; people need what they wrote."""
    context = getattr(wrong, "context_mark", None)
    stopped = _from_mark(source, getattr(wrong, "problem_mark", None) or context)
    began = _from_mark(source, context) if context else stopped
    words = f"{getattr(wrong, 'context', None) or ''} {getattr(wrong, 'problem', None) or wrong}"
    line = source.line(stopped.line)
    if "\t" in line[: stopped.column + 1]:
        column = line.index("\t") + 1
        source.add("Y002", Span(stopped.line, column, column + 1), msg("a tab stands here"), msg("indent with spaces"))
    elif (sign := _comment_in_brackets(source, began)) and ("expected ',' or" in words):
        source.add(
            "Y002",
            sign,
            msg("“#” starts a comment here, and what follows is not read"),
            msg('put quotes around it, such as “"#1f6f5c"”'),
        )
    elif "mapping values are not allowed" in words:
        _explain_colon(source, stopped)
    elif re.search(r"""["'] *$""", line[: stopped.column - 1]) and ("expected key" in words or "<block end>" in words):
        source.add(
            "Y002",
            stopped,
            msg("the quote closes before this"),
            msg("put double quotes around a text with an apostrophe in it"),
        )
    else:
        message, help, where = next((each[1:] for each in _EXPLAINED if each[0] in words), _UNEXPLAINED)
        second = None
        last = max((number for number, each in enumerate(source.lines, 1) if each.strip()), default=1)
        if began.line != stopped.line and where != "stopped" and stopped.line < last:
            second = (stopped, msg("reading stopped here"))
        elif began.line != stopped.line and where == "stopped" and began.column > 1:
            second = (began, msg("it began here"))
        at = began if where == "start" or (where == "began" and began.line != stopped.line) else stopped
        source.add("Y002", at, message, help, second)


def _comment_in_brackets(source: Source, began: Span) -> Span | None:
    """A “#” after a space, outside quotes, on the line where { or [ was opened: a colour, most often."""
    outside = re.sub(r"\"[^\"]*\"|'[^']*'", lambda quoted: "x" * len(quoted[0]), source.line(began.line))
    found = re.search(r"(?<=[ :,])#[^\s,}\]]+", outside[began.column - 1 :])
    return Span(began.line, began.column + found.start(), began.column + found.end()) if found else None


def _explain_colon(source: Source, second_colon: Span) -> None:
    """A “: ” where the value of an earlier key is still being read, on this line or on the line before."""
    line = source.line(second_colon.line)
    if re.search(r":\s", line[: second_colon.column - 1]):
        source.add(
            "Y002", second_colon, msg("a second “: ” stands on this line"), msg("a text with “: ” in it needs quotes")
        )
        return
    above = second_colon.line - 1
    while above > 1 and not source.line(above).split("#")[0].strip():
        above -= 1
    text = source.line(above)
    start = len(text) - len(text.lstrip()) + 1
    if re.match(r" *-[^ -]", text):
        source.add(
            "Y002", Span(above, start, start + 1), msg("a space is missing after the dash"), msg("write “- key: value”")
        )
    elif re.search(r":(\s|$)", text):
        start = len(line) - len(line.lstrip()) + 1
        source.add("Y002", Span(second_colon.line, start, max(len(line), start) + 1), msg("this line is indented deeper than the one above it, which has a value already"),
                   _INDENTATION)  # fmt: skip
    else:
        source.add(
            "Y002",
            Span(above, start, max(len(text.rstrip()), start) + 1),
            msg("there is no “: ” on this line"),
            _KEY_AND_VALUE,
        )


def _from_mark(source: Source, mark: Any) -> Span:
    """From the mark to the end of its line; the end of the file is the end of the last line that holds something."""
    if mark is None:
        return Span(1, 1, max(len(source.line(1)), 1) + 1)
    line, column = mark.line + 1, mark.column + 1
    while line > 1 and not source.line(line).strip():
        line -= 1
        column = len(source.line(line).rstrip())
    return Span(line, max(column, 1), max(len(source.line(line)), column, 1) + 1)
