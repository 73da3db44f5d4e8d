"""The command line: `spelregel check | show | decide | cutoff …`. Only this edge reads the clock."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import click

from spelregel import server_commands
from spelregel.new_command import new_command
from spelregel.records.conditions_page import conditions_page
from spelregel.records.plan_text import DECISIONS, Voice, as_flow, flip_as_data, plan_as_text
from spelregel.records.rules_side_by_side import Party, Row, row_as_data, side_by_side
from spelregel.rules.care_calendar import PLAIN, cutoff
from spelregel.rules.facts import GrantFacts, WithdrawalFacts
from spelregel.rules.message import Message, msg
from spelregel.rules.phrases import PhraseError, parse_notice, parse_time
from spelregel.rules.problems import Problem, errors, in_order
from spelregel.rules.rulebook import Situation
from spelregel.tenancy.calendars import national
from spelregel.tenancy.cases import Side
from spelregel.tenancy.check import (
    Checked,
    check_file,
    check_text,
    clashes,
    reading_of,
    tenant_despite_examples,
    unreadable,
)
from spelregel.tenancy.example_writer import CannotBeWritten, Example, in_braces, with_examples
from spelregel.tenancy.facts_text import FactsError, Reading
from spelregel.tenancy.flips import plan
from spelregel.tenancy.judging import Judgement, judge, judgement_as_data
from spelregel.tenancy.layers import Layers, all_leaves
from spelregel.tenancy.replay import Kind, replay
from spelregel.tenancy.tenant import CreditName, Tenant
from spelregel.tenancy.whole_files import ChangedMeanwhile, replace_whole
from spelregel.tenancy.yaml_source import read_yaml
from spelregel.words import formats, terms
from spelregel.words.command_line import Group, register, t
from spelregel.words.locale import LANGUAGES, Register
from spelregel.words.phrase_words import notice_words
from spelregel.words.problem_text import problem_as_text, problems_as_data
from spelregel.words.sentences import Speaker, in_words, value_as_text

T = TypeVar("T")


def stop(message: Message) -> NoReturn:
    """One sentence, never a traceback."""
    click.echo(t(message), err=True)
    sys.exit(2)


def today() -> date:
    return datetime.now(UTC).astimezone().date()


def _colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


@click.group("spelregel", cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Rules of childcare organisations as data.

    Example:  spelregel check tenants
    """


def _files(paths: Iterable[str]) -> list[Path]:
    found: list[Path] = []
    for name in paths:
        path = Path(name)
        if path.is_dir():
            inside = sorted(path.glob("*.yaml"))
            if not inside:
                stop(msg("there is no *.yaml in %(path)s", path=name))
            found.extend(inside)
        else:
            found.append(path)
    return found


@main.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="The problems as data.")
@click.option("--write-examples", is_flag=True, help="Add the examples that a limit lacks (W407) to the file.")
def check(paths: tuple[str, ...], as_json: bool, write_examples: bool) -> None:
    """Check files, or every *.yaml in a folder.

    With --write-examples a limit without an example at its boundary gets one on both sides. What comes out is asked
    of the engine: read it as the organisation would. Nothing else in the file changes.

    Example:  spelregel check tenants/sunflower.yaml
    """
    problems: list[Problem] = []
    checked: list[Checked] = []
    added: dict[str, tuple[Example, ...]] = {}
    for path in _files(paths):
        try:
            each = check_file(path, today())
            if write_examples:
                each, added[str(path)] = _write_examples(path, each)
            checked.append(each)
        except OSError as wrong:
            problems.append(unreadable(str(path), _why(wrong)))
    problems += [problem for each in checked for problem in each.problems]
    problems = in_order([*problems, *clashes(checked)])
    if as_json:
        data = problems_as_data(problems, t)
        if write_examples:
            data["added"] = [{"file": file, **asdict(each)} for file, examples in added.items() for each in examples]
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for file, examples in added.items():
            _say_added(file, examples)
        for problem in problems:
            click.echo(problem_as_text(problem, t, colour=_colour()) + "\n")
        found = len(errors(problems))
        broken = {problem.file for problem in errors(problems)}
        good = sum(1 for each in checked if each.tenant and each.source.file not in broken)
        click.echo(t(msg("%(good)s of %(all)s files are good: %(errors)s errors, %(warnings)s warnings", good=good,
                         all=len(checked) or len(problems), errors=found, warnings=len(problems) - found)))  # fmt: skip
    sys.exit(1 if errors(problems) else 0)


def _write_examples(path: Path, checked: Checked) -> tuple[Checked, tuple[Example, ...]]:
    """What `check` says of the file afterwards, and what was added to it. A file with errors is not touched."""
    raw = path.read_bytes()
    try:
        written, added = with_examples(raw, check_text(raw, str(path), today()))
        if added:
            replace_whole(path, written, raw)
    except CannotBeWritten as wrong:
        stop(msg("%(path)s is not changed: %(reason)s", path=path, reason=wrong.message))
    except ChangedMeanwhile:
        stop(msg("%(path)s was saved by somebody else meanwhile: try again", path=path))
    except OSError as wrong:
        stop(msg("%(path)s cannot be written: %(reason)s", path=path, reason=_why(wrong)))
    return (check_file(path, today()) if added else checked), added


def _say_added(file: str, examples: tuple[Example, ...]) -> None:
    if not examples:
        click.echo(t(msg("%(file)s: no examples are added", file=file)) + "\n")
        return
    click.echo(t(msg("%(file)s: one example is added", file=file)) if len(examples) == 1
               else t(msg("%(file)s: %(count)s examples are added", file=file, count=len(examples))))  # fmt: skip
    for each in examples:
        click.echo(f"  + {each.name}\n    {in_braces(each.when)}\n    {in_braces(each.then)}")
    click.echo()


def _why(wrong: OSError) -> Message | str:
    """The three that happen, in the reader's language; the others as the operating system says them."""
    if isinstance(wrong, FileNotFoundError):
        return msg("there is no such file")
    if isinstance(wrong, IsADirectoryError):
        return msg("it is a folder")
    if isinstance(wrong, PermissionError):
        return msg("it may not be read")
    return wrong.strerror or type(wrong).__name__


def _good(path: str) -> tuple[Tenant, Layers]:
    """A file that can be understood. That its own examples fail is said, and keeps nobody from looking at it."""
    raw = _read(path)
    checked = check_text(raw, path, today())
    tenant = tenant_despite_examples(checked, raw)
    if tenant is None or checked.layers is None:
        _refuse(path, checked)
    if failing := len(errors(checked.problems)):
        line = register().ngettext("%(n)s example of this file fails: “spelregel check %(path)s” says which.",
                                   "%(n)s examples of this file fail: “spelregel check %(path)s” says which.", failing)  # fmt: skip
        click.echo(line % {"n": failing, "path": path}, err=True)
    return tenant, checked.layers


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as wrong:
        stop(msg("%(path)s cannot be opened: %(reason)s", path=path, reason=_why(wrong)))


def _refuse(path: str, checked: Checked) -> NoReturn:
    for problem in errors(checked.problems):
        click.echo(problem_as_text(problem, t, colour=sys.stderr.isatty()) + "\n", err=True)
    stop(msg("%(path)s has errors: nothing can be said about its rules", path=path))


def _understood(path: str) -> Voice:
    """A file to compare with another: its own examples may fail, since that is what a change can do."""
    raw = _read(path)
    checked = check_text(raw, path, today())
    tenant = tenant_despite_examples(checked, raw)
    if tenant is None:
        _refuse(path, checked)
    speaker = _speaker(tenant, Register(register().language, tenant.formal))
    side = Side(reading_of(tenant), checked.source.data)
    return Voice(side, speaker, lambda judgement: _answer_in_words(judgement, tenant, speaker))


def _date(value: str) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        stop(msg("“%(value)s” is not a date that exists: write year-month-day, such as 2027-02-07", value=value))
    if not 1900 <= day.year < 2200:  # counting months back and forward from here stays inside what a date can hold
        stop(msg("“%(value)s” lies too far away: write a date from 1900 to 2199", value=value))
    return day


@main.command()
@click.argument("file")
@click.option("--on", "on", metavar="DAY", help="The day on which a parent acts; today when left out.")
@click.option("--care-type", metavar="KIND", help="For one kind of care.")
@click.option("--location", metavar="NAME", help="For one location.")
@click.option("--json", "as_json", is_flag=True, help="As data.")
def show(file: str, on: str | None, care_type: str | None, location: str | None, as_json: bool) -> None:
    """The rules that hold, each with file, line, layer and since when.

    Example:  spelregel show tenants/sunflower.yaml --on 2027-02-07 --care-type bso
    """
    tenant, layers = _good(file)
    rulebook = tenant.rulebook
    for value, known, option in (
        (care_type, rulebook.care_types, "--care-type"),
        (location, rulebook.locations, "--location"),
    ):
        if value is not None and value not in known:
            stop(
                msg(
                    "%(option)s %(value)s is not in this file: it has %(known)s",
                    option=option,
                    value=value,
                    known=", ".join(known) or "–",
                )
            )
    tree = layers.effective(_date(on) if on else today(), Situation(care_type, location))
    rows = [leaf.ref for leaf in all_leaves(tree)]
    if as_json:
        data = [{"path": r.path, "value": r.value, "file": r.file, "line": r.line, "column": r.column, "layer": r.layer,
                 "since": r.since.isoformat() if r.since else None} for r in rows]  # fmt: skip
        click.echo(json.dumps({"rules": data}, ensure_ascii=False, indent=2))
        return
    width = max(len(row.path) for row in rows)
    for row in rows:
        value = value_as_text(row.value)
        since = f" {t(msg('since %(day)s', day=row.since.isoformat()))}" if row.since else ""
        click.echo(f"{row.path:<{width}}  {value:<40}  {row.file}:{row.line}  {row.layer}{since}")


@main.command()
@click.argument("file")
@click.argument("facts")
@click.option("--json", "as_json", is_flag=True, help="As data.")
def decide(file: str, facts: str, as_json: bool) -> None:
    """One decision with its trace. FACTS as in an example; - reads one JSON object per line.

    The actions are absence (with reported); withdraw_absence, use_credit, extra_care, holiday_care, holiday_contract,
    study_day, flexible_care, swap and cancel (with asked); grant and closed_day. The reference lists the facts of
    each.

    Example:  spelregel decide tenants/sunflower.yaml "{absence: 2026-12-10 08:00-13:00, reported: 2026-12-08 09:29}"
    """
    tenant, _ = _good(file)
    reading = reading_of(tenant)
    if facts == "-":
        _decide_lines(reading)
        return
    source = read_yaml(facts.encode(), "FACTS")
    if source.problems or not isinstance(source.data, dict):
        stop(
            msg("FACTS cannot be read: write them like “{absence: 2026-12-10 08:00-13:00, reported: 2026-12-08 09:29}”")
        )
    try:
        judgement = judge(reading, source.data)
    except FactsError as wrong:
        stop(_one_sentence(wrong))
    if as_json:
        click.echo(json.dumps(judgement_as_data(judgement, reading, source.data), ensure_ascii=False, indent=2))
        return
    speaker = _speaker(tenant, Register(register().language, tenant.formal))
    click.echo(_answer_in_words(judgement, tenant, speaker))
    for line in in_words(judgement.decision, speaker):
        click.echo(line)


def _speaker(tenant: Tenant, reader: Register) -> Speaker:
    return Speaker(reader, lambda kind: tenant.credit_name(kind, reader.language))


def _answer_in_words(judgement: Judgement, tenant: Tenant, speaker: Speaker) -> str:
    if judgement.verdict is not None:
        taken = [t(msg("Reporting absent is possible."))] if judgement.verdict.accepted else []
        return " ".join([*taken, *speaker.absence(judgement.verdict)])
    if judgement.request is not None:
        return " ".join(speaker.request(judgement.request))
    if judgement.cancel is not None:
        return " ".join(speaker.cancelling(judgement.cancel))
    if isinstance(judgement.facts, GrantFacts):
        return speaker.gift(judgement.decision)
    if isinstance(judgement.facts, WithdrawalFacts):
        return speaker.withdrawal(judgement.decision, _taken_back(judgement, tenant, speaker))
    return speaker.credit_use(judgement.decision, speaker.amount(judgement.pays, judgement.decision.credit or ""))


def _taken_back(judgement: Judgement, tenant: Tenant, speaker: Speaker) -> str | None:
    """The facts do not say which credit the absence earned: the first one that an absence can earn here."""
    credits = tenant.rulebook.versions[-1].of(Situation(tenant.rulebook.care_types[0])).credits
    kinds = sorted(credits, key=lambda kind: credits[kind].earned_if is None)
    return speaker.amount(judgement.taken_back, kinds[0]) if judgement.taken_back and kinds else None


def _one_sentence(wrong: FactsError) -> Message:
    return msg("%(message)s: %(help)s", message=wrong.message, help=wrong.help) if wrong.help else wrong.message


def _decide_lines(reading: Reading) -> None:
    """One answer per line, also for a line that cannot be read: line n of the output belongs to line n of the input."""
    write: Callable[[str], Any] = sys.stdout.write
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for line in sys.stdin.buffer:
        answer = _answer_as_data(line, reading)
        text = encode(answer)
        try:
            write(text + "\n")
        except UnicodeEncodeError:  # half a surrogate pair in the line, or a terminal that lacks the sign
            write(json.dumps(answer, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _answer_as_data(line: bytes, reading: Reading) -> dict[str, Any]:
    try:
        when = json.loads(line.decode())
        if not isinstance(when, dict):
            raise FactsError(None, msg("a line must be one JSON object"))
        return judgement_as_data(judge(reading, when), reading, when)
    except FactsError as wrong:
        return {"error": t(_one_sentence(wrong))}
    except (ValueError, RecursionError):  # not UTF-8, not JSON, a number of thousands of digits
        return {"error": t(msg("this line is not JSON"))}


def _phrase(parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except PhraseError as wrong:
        click.echo(f"  {text}\n  {' ' * wrong.start}{'^' * (wrong.end - wrong.start)}", err=True)
        stop(msg("%(message)s: %(help)s", message=wrong.message, help=wrong.help) if wrong.help else wrong.message)


@main.command("cutoff")
@click.argument("phrase")
@click.option("--file", "file", metavar="FILE", help="Count with this organisation's calendar.")
@click.option("--start", default="08:00", show_default=True, metavar="TIME", help="When care starts.")
@click.option("--on", "on", metavar="DAY", help="Compute from this day on; today when left out.")
def cutoff_command(phrase: str, file: str | None, start: str, on: str | None) -> None:
    """Says a deadline in words and computes it for the next days of care.

    Example:  spelregel cutoff "2 days, before 09:30" --file tenants/sunflower.yaml
    """
    reader = register()
    notice, starts = _phrase(parse_notice, phrase), _phrase(parse_time, start)
    zone: tzinfo = ZoneInfo(national("nl").timezone)
    day = _date(on) if on else today()
    special = PLAIN
    if notice.anchor == "holiday" and not file:
        click.echo(t(msg("Whose school holidays count is not known here: --file names an organisation.")), err=True)
    if file:
        tenant, _ = _good(file)
        terms = tenant.rulebook.terms(day, tenant.rulebook.care_types[0])
        zone, special = tenant.rulebook.zone, terms.calendar
    speaker = Speaker(reader, lambda kind: CreditName(kind, kind, kind))
    click.echo(t(msg("%(phrase)s: %(words)s", phrase=phrase, words=notice_words(notice, speaker))))
    shown = 0
    while shown < 5:
        day += timedelta(days=1)
        if not special.is_workday(day):
            continue
        shown += 1
        limit = cutoff(notice, day, starts, zone, special)
        words = t(msg("until %(until)s", until=formats.until(limit, reader)) if limit else msg("at any time"))
        stamp = limit.at.astimezone(zone).isoformat(timespec="minutes") if limit else ""
        click.echo(f"  {formats.full_day(day, reader):<32} {words:<48} {stamp}".rstrip())


@main.command("conditions")
@click.argument("file")
@click.option("--lang", type=click.Choice(LANGUAGES), help="The language; the terminal's when left out.")
@click.option("--on", "on", metavar="DAY", help="What holds on this day; today when left out.")
def conditions_command(file: str, lang: str | None, on: str | None) -> None:
    """The page of conditions for parents, written from the same data.

    Example:  spelregel conditions tenants/sunflower.yaml --lang en
    """
    tenant, _ = _good(file)
    reader = Register(lang or register().language, tenant.formal)
    for section in conditions_page(tenant, _speaker(tenant, reader), _date(on) if on else today()):
        click.echo(f"\n{section.title}\n{'-' * len(section.title)}")
        for line in section.lines:
            asked = f" ({reader.text(msg('not confirmed yet'))})" if line.unconfirmed else ""
            source = f"  [{line.source}]" if line.source else ""
            click.echo(f"- {line.text}{asked}{source}")
            for instance in line.instances:
                click.echo(f"    {instance}")


@main.command("plan")
@click.argument("old")
@click.argument("new")
@click.option("--on", "on", metavar="DAY", help="With days of care from this day on; today when left out.")
@click.option("--json", "as_json", is_flag=True, help="As data.")
def plan_command(old: str, new: str, on: str | None, as_json: bool) -> None:
    """Which decisions come out differently under a new version of a file.

    Asked are situations around every limit of either version, where the two say something else: one of each that they
    tell apart. Examples of the new version that fail do not matter here.

    Example:  spelregel plan tenants/sunflower.yaml sunflower-2027.yaml
    """
    before, after = _understood(old), _understood(new)
    with _Meanwhile() as meanwhile:
        found = plan(before.side, after.side, _date(on) if on else today(), meanwhile=meanwhile.asked)
    if as_json:
        data = [flip_as_data(flip, before, after) for flip in found.flips]
        click.echo(json.dumps({"flips": data}, ensure_ascii=False, indent=2))
        return
    for block in plan_as_text(found, before, after):
        click.echo(block + "\n")
    cases = formats.whole(found.cases, register())
    if not found.cases:
        click.echo(t(msg("The two say the same everywhere: nothing comes out differently.")))
        return
    if not found.flips:
        click.echo(t(msg("Nothing comes out differently in %(cases)s situations.", cases=cases)))
        return
    line = register().ngettext("%(n)s difference, found in %(cases)s situations.",
                               "%(n)s differences, found in %(cases)s situations.", len(found.flips))  # fmt: skip
    click.echo(line % {"n": len(found.flips), "cases": cases})


class _Meanwhile:
    """How far it is, on a terminal that waits longer than two seconds; whoever stops it hears how far it came."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty()
        self._next = time.monotonic() + 2
        self._told = self._cases = 0

    def __enter__(self) -> _Meanwhile:
        return self

    def asked(self, cases: int) -> None:
        self._cases = cases
        if self._shows and time.monotonic() > self._next:
            self._next += 0.5
            line = t(msg("Situations asked so far: %(cases)s", cases=formats.whole(cases, register())))
            click.echo(f"\r{line}", nl=False, err=True)
            self._told = len(line)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._told:
            click.echo("\r" + " " * self._told + "\r", nl=False, err=True)
        if kind is KeyboardInterrupt:
            cases = formats.whole(self._cases, register())
            click.echo(t(msg("Stopped. Situations asked so far: %(cases)s", cases=cases)), err=True)
            sys.exit(130)


@main.command("diff")
@click.argument("first")
@click.argument("second")
@click.option("--on", "on", metavar="DAY", help="What holds on this day; today when left out.")
@click.option("--json", "as_json", is_flag=True, help="As data.")
def diff_command(first: str, second: str, on: str | None, as_json: bool) -> None:
    """The rules of two organisations, or of two versions, beside each other.

    Credits with other names are compared when they are earned in the same way.

    Example:  spelregel diff tenants/sunflower.yaml tenants/daisy.yaml
    """
    one, other = _party(first), _party(second)
    parties = (("A", first, one), ("B", second, other))
    day = _date(on) if on else today()
    found = side_by_side(one, other, day)
    if as_json:
        head = {sign.lower(): {"file": path, "name": party.tenant.name} for sign, path, party in parties}
        data = {
            **head,
            "on": day.isoformat(),
            "same": found.same,
            "differences": [row_as_data(row) for row in found.rows],
        }
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
        return
    for sign, path, party in parties:
        click.echo(f"{sign}  {party.tenant.name}  [{path}]")
    for row in found.rows:
        click.echo("\n" + "\n".join(_row_as_text(row)))
    line = register().ngettext("%(n)s rule is the same.", "%(n)s rules are the same.", found.same)
    click.echo("\n" + line % {"n": found.same})


def _party(path: str) -> Party:
    tenant, layers = _good(path)
    return Party(tenant, layers, _speaker(tenant, Register(register().language, tenant.formal)))


def _word(found: Message | str) -> str:
    return t(found) if isinstance(found, Message) else found


def _row_as_text(row: Row) -> Iterable[str]:
    names = dict.fromkeys(said.path for said in (row.a, row.b) if said)
    where = [
        " · ".join([_word(terms.word(terms.CARE_TYPES, kind)), *([place] if place else [])])
        for kind, place in row.scopes
    ]
    yield " / ".join(names) + (f"  ({formats.and_list(where, register())})" if where else "")
    for sign, said in (("A", row.a), ("B", row.b)):
        if said is None:
            yield f"  {sign}  {t(msg('not in this file'))}"
        else:
            yield f"  {sign}  {said.value}  [{said.place}]"
            if said.sentence:
                yield f"     {said.sentence}"


@main.command("replay")
@click.argument("file")
@click.argument("log")
@click.option("--json", "as_json", is_flag=True, help="As data.")
def replay_command(file: str, log: str, as_json: bool) -> None:
    """Judges a log of recorded facts, and says what comes out differently from what was recorded.

    LOG has one JSON object per line: facts and outcome as in an example, or a decision as “decide” prints it; - reads
    from the input. The answer is 0 when nothing differs, 1 when something does, and 2 when something cannot be read.

    Example:  spelregel replay tenants/sunflower.yaml decisions.jsonl
    """
    tenant, _ = _good(file)
    try:
        with click.open_file(log, "rb") as recorded:
            found = replay(recorded, reading_of(tenant))
    except OSError as wrong:
        stop(msg("%(path)s cannot be opened: %(reason)s", path=log, reason=_why(wrong)))
    status = 1 if found.differ else 2 if found.unreadable else 0
    if as_json:
        data = {"lines": found.lines, "differ": found.differ, "kinds": [_kind_as_data(kind) for kind in found.kinds],
                "unreadable": [{"line": number, "why": t(why)} for number, why in found.unreadable]}  # fmt: skip
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
        sys.exit(status)
    reader = register()
    for number, why in found.unreadable[:MOST_LINES]:
        click.echo(t(msg("line %(number)s: %(why)s", number=str(number), why=why)), err=True)
    if len(found.unreadable) > MOST_LINES:
        rest = len(found.unreadable) - MOST_LINES
        line = reader.ngettext("%(n)s more line cannot be read", "%(n)s more lines cannot be read", rest)
        click.echo(line % {"n": rest}, err=True)
    for kind in found.kinds:
        click.echo(_kind_as_text(kind))
    lines, differ = formats.whole(found.lines, reader), formats.whole(found.differ, reader)
    click.echo(
        t(msg("Lines judged: %(lines)s. Different from what was recorded: %(differ)s.", lines=lines, differ=differ))
    )
    sys.exit(status)


#: So many lines that cannot be read are named one by one.
MOST_LINES = 20


def _kind_as_text(kind: Kind) -> str:
    differences = "; ".join(
        t(
            msg(
                "“%(answer)s” was %(recorded)s and is now %(now)s",
                answer=each.answer,
                recorded=each.recorded,
                now=each.now,
            )
        )
        for each in kind.differences
    )
    decision = _word(DECISIONS.get(kind.decision, kind.decision))
    return f"{kind.count} × {decision}: {differences}\n    {t(msg('line %(number)s', number=str(kind.line)))}: {as_flow(kind.when)}"


def _kind_as_data(kind: Kind) -> dict[str, Any]:
    differences = [{"answer": e.answer, "recorded": e.recorded, "now": e.now} for e in kind.differences]
    return {"decision": kind.decision, "differences": differences, "count": kind.count, "line": kind.line, "when": dict(kind.when)}  # fmt: skip


for command in (new_command, *server_commands.COMMANDS):
    main.add_command(command)

if __name__ == "__main__":
    main()
