"""The command line: `spelregel check | show | decide | cutoff …`. Only this edge reads the clock."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from spelregel.rules.message import Message, msg
from spelregel.rules.problems import Problem, errors, in_order
from spelregel.tenancy.check import Checked, check_file, clashes, reading_of, unreadable
from spelregel.tenancy.facts_text import FactsError, Reading
from spelregel.tenancy.judging import judge, judgement_as_data
from spelregel.tenancy.layers import Layers, all_leaves
from spelregel.tenancy.tenant import Tenant
from spelregel.tenancy.yaml_source import read_yaml
from spelregel.words.locale import Register
from spelregel.words.problem_text import problem_as_text, problems_as_data


def register() -> Register:
    """The language of the terminal: Dutch when LC_ALL, LC_MESSAGES or LANG says so."""
    wanted = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return Register("nl" if wanted.lower().startswith("nl") else "en")


def t(message: Message) -> str:
    return register().text(message)


def stop(message: Message) -> NoReturn:
    """One sentence, never a traceback."""
    click.echo(t(message), err=True)
    sys.exit(2)


def today() -> date:
    return datetime.now(UTC).astimezone().date()


def _colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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
def check(paths: tuple[str, ...], as_json: bool) -> None:
    """Check files, or every *.yaml in a folder.

    Example:  spelregel check tenants/sunflower.yaml
    """
    problems: list[Problem] = []
    checked: list[Checked] = []
    for path in _files(paths):
        try:
            checked.append(check_file(path, today()))
        except OSError as wrong:
            problems.append(unreadable(str(path), wrong.strerror or type(wrong).__name__))
    problems += [problem for each in checked for problem in each.problems]
    problems = in_order([*problems, *clashes(checked)])
    if as_json:
        click.echo(json.dumps(problems_as_data(problems, t), ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(problem_as_text(problem, t, colour=_colour()) + "\n")
        found = len(errors(problems))
        good = sum(1 for each in checked if each.tenant)
        click.echo(t(msg("%(good)s of %(all)s files are good: %(errors)s errors, %(warnings)s warnings", good=good,
                         all=len(checked) or len(problems), errors=found, warnings=len(problems) - found)))  # fmt: skip
    sys.exit(1 if errors(problems) else 0)


def _good(path: str) -> tuple[Tenant, Layers]:
    try:
        checked = check_file(Path(path), today())
    except OSError as wrong:
        stop(
            msg(
                "%(path)s cannot be opened: %(reason)s",
                path=path,
                reason=wrong.strerror or type(wrong).__name__,
            )
        )
    if checked.tenant is None or checked.layers is None:
        for problem in errors(checked.problems):
            click.echo(problem_as_text(problem, t, colour=sys.stderr.isatty()) + "\n", err=True)
        stop(msg("%(path)s has errors: nothing can be said about its rules", path=path))
    return checked.tenant, checked.layers


def _date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        stop(msg("“%(value)s” is not a date that exists: write year-month-day, such as 2027-02-07", value=value))


@main.command()
@click.argument("file")
@click.option("--on", "on", help="The day on which a parent acts; today when left out.")
@click.option("--care-type", help="For one kind of care.")
@click.option("--location", help="For one location.")
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
    tree = layers.effective(_date(on) if on else today(), care_type, location)
    rows = [leaf.ref for leaf in all_leaves(tree)]
    if as_json:
        data = [{"path": r.path, "value": r.value, "file": r.file, "line": r.line, "column": r.column, "layer": r.layer,
                 "since": r.since.isoformat() if r.since else None} for r in rows]  # fmt: skip
        click.echo(json.dumps({"rules": data}, ensure_ascii=False, indent=2))
        return
    width = max(len(row.path) for row in rows)
    for row in rows:
        value = (
            ", ".join(map(str, row.value))
            if isinstance(row.value, list)
            else json.dumps(row.value, ensure_ascii=False).strip('"')
        )
        since = f" {t(msg('since %(day)s', day=row.since.isoformat()))}" if row.since else ""
        click.echo(f"{row.path:<{width}}  {value:<40}  {row.file}:{row.line}  {row.layer}{since}")


@main.command()
@click.argument("file")
@click.argument("facts")
def decide(file: str, facts: str) -> None:
    """One decision with its trace. FACTS as in an example; - reads one JSON object per line.

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
    data = judgement_as_data(judgement, reading, source.data)
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def _one_sentence(wrong: FactsError) -> Message:
    return msg("%(message)s: %(help)s", message=wrong.message, help=wrong.help) if wrong.help else wrong.message


def _decide_lines(reading: Reading) -> None:
    write: Callable[[str], Any] = sys.stdout.write
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for line in sys.stdin:
        try:
            when = json.loads(line)
            if not isinstance(when, dict):
                raise FactsError(None, msg("a line must be one JSON object"))
            answer = judgement_as_data(judge(reading, when), reading, when)
        except (json.JSONDecodeError, RecursionError):
            answer = {"error": t(msg("this line is not JSON"))}
        except FactsError as wrong:
            answer = {"error": t(_one_sentence(wrong))}
        write(encode(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
