"""`spelregel new`: an interview in the terminal, or a file of answers, becomes an organisation's file."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from spelregel.rules.message import Message, msg
from spelregel.rules.phrases import parse_amount, parse_notice
from spelregel.tenancy.interview import (
    BY_ID,
    NONE,
    QUESTIONS,
    Answers,
    NoAnswer,
    Question,
    Value,
    answers_from,
    is_unknown,
    read_answer,
)
from spelregel.tenancy.new_file import SCHEMA, NewFile, name_of, new_file, slug_fault
from spelregel.tenancy.schema_files import schemas_folder
from spelregel.tenancy.tenant import CreditName
from spelregel.tenancy.whole_files import write_new
from spelregel.tenancy.yaml_source import read_yaml
from spelregel.words.command_line import Command, register, t
from spelregel.words.phrase_words import amount_words, notice_words
from spelregel.words.problem_text import problem_as_text
from spelregel.words.sentences import Speaker

ON_SCREEN = "-"


def _stop(message: Message, code: int = 2) -> NoReturn:
    click.echo(t(message), err=True)
    sys.exit(code)


@click.command("new", cls=Command)
@click.argument("name", required=False)
@click.option("--answers", metavar="FILE", help="Answers to the questions, as YAML or JSON; nothing is asked then.")
@click.option("--out", metavar="FILE", help="The file to write; NAME.yaml here when left out, - for the screen.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option("--questions", is_flag=True, help="Only list the questions, with the ids that answers go by.")
@click.option("--json", "as_json", is_flag=True, help="The questions as data.")
@click.pass_context
def new_command(
    context: click.Context,
    name: str | None,
    answers: str | None,
    out: str | None,
    force: bool,
    questions: bool,
    as_json: bool,
) -> None:
    """Begin an organisation's file with an interview. NAME is its short name, such as sunflower.

    The file is good and has comments, and examples at every limit. What nobody knows yet gets a cautious value, and
    its question stands in to_confirm.

    Example:  spelregel new sunflower --out tenants/sunflower.yaml
    """
    if questions:
        _list_questions(as_json)
        return
    if as_json:
        _stop(msg("--json goes with --questions: the file itself is YAML"))
    if name is None:
        raise click.MissingParameter(ctx=context, param=context.command.params[0])
    _must_be_a_slug(name)
    target = None if out == ON_SCREEN else Path(out or f"{name}.yaml")
    if target is not None:
        _must_be_free(target, force)
    schema = _schema_from(target)
    made = _from_file(name, answers, schema) if answers else _from_interview(name, schema, target)
    _write(made, target, force)


def _must_be_a_slug(name: str) -> None:
    fault = slug_fault(name)
    if fault is not None:
        help = fault.help or fault.message
        _stop(msg("“%(name)s” cannot be the short name: %(reason)s", name=name, reason=help if fault.code[0] == "S" else
                  msg("%(message)s: %(help)s", message=fault.message, help=help)))  # fmt: skip


def _must_be_free(target: Path, force: bool) -> None:
    """Asked before the interview, so that nobody answers all of it for nothing."""
    if target.is_dir():
        _stop(msg("%(path)s is a folder: name a file in it", path=target))
    if not target.parent.is_dir():
        _stop(msg("there is no folder %(path)s", path=target.parent))
    if target.exists() and not force:
        _already_there(target)


def _already_there(target: Path) -> NoReturn:
    _stop(msg("%(path)s is there already: --force replaces it, --out names another file", path=target))


def _schema_from(target: Path | None) -> str:
    """Where an editor finds the schema: from the file, where both lie in one repository."""
    schema = schemas_folder() / "tenant.schema.json"
    folder = target.parent.resolve() if target else None
    if folder is not None and folder.is_relative_to(schemas_folder().parent.resolve()):
        return Path(os.path.relpath(schema.resolve(), folder)).as_posix()
    return SCHEMA


def _write(made: NewFile, target: Path | None, force: bool) -> None:
    if target is None:
        sys.stdout.buffer.write(made.raw)
        sys.stdout.flush()
    else:
        try:
            write_new(target, made.raw, force=force)
        except FileExistsError:
            _already_there(target)
        except OSError as wrong:
            _stop(
                msg(
                    "%(path)s cannot be written: %(reason)s", path=target, reason=wrong.strerror or type(wrong).__name__
                )
            )
        click.echo(
            t(msg("%(path)s is written. “spelregel check %(path)s” checks it, and tries its examples.", path=target))
        )
    if made.answers.unknown:
        click.echo(t(msg("Nobody knows yet: %(ids)s. Each has a cautious value, and its question stands in to_confirm.",
                         ids=", ".join(made.answers.unknown))), err=target is None)  # fmt: skip


# Questions


def _words(question: Question, value: str) -> str:
    choice = next((each for each in question.choices if each.value == value), None)
    if choice is not None and choice.words is not None:
        return t(choice.words)
    speaker = Speaker(register(), lambda kind: CreditName(kind, kind, kind))
    said: dict[str, Callable[[], str]] = {
        "notice": lambda: notice_words(parse_notice(value), speaker),
        "amount": lambda: amount_words(parse_amount(value), speaker),
    }
    return said[question.kind]() if question.kind in said else value


def _question_as_data(question: Question) -> dict[str, Any]:
    usual = list(question.usual) if isinstance(question.usual, tuple) else question.usual or None
    only_if = {"id": question.only_if[0], "values": list(question.only_if[1])} if question.only_if else None
    return {
        "id": question.id,
        "question": t(question.question),
        "help": t(question.help),
        "kind": question.kind,
        "choices": [{"value": each.value, "words": _words(question, each.value)} for each in question.choices],
        "usual": usual,
        "only_if": only_if,
    }


def _list_questions(as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_question_as_data(each) for each in QUESTIONS], ensure_ascii=False, indent=2))
        return
    for question in QUESTIONS:
        click.echo(f"{question.id}: {t(question.question)}\n  {t(question.help)}")
        for choice in question.choices:
            click.echo(f"  - {_labelled(question, choice.value)}")
        click.echo()


def _labelled(question: Question, value: str) -> str:
    """“none: there is no maximum”; a phrase stands in the file as it is, so that it is learned on the way."""
    words = _words(question, value)
    return words if words == value else f"{value}: {words}"


# A file of answers


def _from_file(slug: str, file: str, schema: str) -> NewFile:
    try:
        raw = sys.stdin.buffer.read() if file == ON_SCREEN else Path(file).read_bytes()
    except OSError as wrong:
        _stop(msg("%(path)s cannot be opened: %(reason)s", path=file, reason=wrong.strerror or type(wrong).__name__))
    source = read_yaml(raw, file)
    if source.data is None and any(each.code != "Y009" for each in source.problems):
        for problem in source.problems:
            click.echo(problem_as_text(problem, t), err=True)
        sys.exit(2)
    if source.data is None:
        _stop(
            msg(
                "%(file)s holds no answers: write each as an id and a value, such as “report_until: before start”",
                file=file,
            )
        )
    answers, refused, idle = answers_from(source.data)
    if refused:
        for id, no_answer in refused.items():
            span = source.keys[(id,)]
            where = f"{file}:{span.line}"
            click.echo(f"{where}: {id}: {t(no_answer.sentence)}", err=True)
        sys.exit(2)
    made = new_file(slug, answers, schema)
    for question, problem in made.faults:
        id = question.id if question else problem.code
        reason = NoAnswer(problem.message, problem.help).sentence
        click.echo(f"{file}: {id}: {t(reason)}", err=True)
    if made.faults:
        sys.exit(2)
    if idle:
        click.echo(t(msg("Not used, after the other answers: %(ids)s.", ids=", ".join(idle))), err=True)
    return made


# The interview


def _from_interview(slug: str, schema: str, target: Path | None) -> NewFile:
    try:
        return _Interview(slug, schema, on_error_stream=target is None).made()
    except KeyboardInterrupt:
        click.echo(err=True)
        _stop(msg("Stopped: nothing is written."), 130)
    except EOFError:
        click.echo(err=True)
        _stop(msg("The answers stop before the last question: nothing is written."))


class _Interview:
    """Asks until the file is good. `on_error_stream`: the file itself goes to the screen."""

    def __init__(self, slug: str, schema: str, *, on_error_stream: bool) -> None:
        self.slug, self.schema, self.err = slug, schema, on_error_stream
        self.known: dict[str, Value] = {}
        self.unknown: list[str] = []
        self.number = 0

    @property
    def answers(self) -> Answers:
        return Answers(dict(self.known), tuple(id for id in BY_ID if id in self.unknown))

    def show(self, text: str = "", *, nl: bool = True) -> None:
        click.echo(text, err=self.err, nl=nl)

    def made(self) -> NewFile:
        """Raises EOFError when the answers stop."""
        self.show(t(msg("Enter takes the usual answer, which is marked with *. “?” means that nobody knows yet.")))
        for question in QUESTIONS:
            if self.answers.asks(question):
                self.ask(question)
        while (made := new_file(self.slug, self.answers, self.schema)).faults:
            fault, problem = made.faults[0]
            if fault is None:
                self.show(problem_as_text(problem, t))
                _stop(msg("these answers do not make a good file: nothing is written"))
            self.show(
                "\n"
                + t(
                    msg(
                        "That does not go together: %(reason)s.",
                        reason=NoAnswer(problem.message, problem.help).sentence,
                    )
                )
            )
            self.ask(fault)
        return made

    def ask(self, question: Question) -> None:
        self.number += 1
        self.known.pop(question.id, None)
        self.unknown = [id for id in self.unknown if id != question.id]
        usual = name_of(self.slug, Answers({})) if question.id == "name" else question.usual
        self.show(f"\n{self.number}. {t(question.question)}\n   {t(question.help)}")
        marked = usual if isinstance(usual, tuple) else (usual,)
        for index, choice in enumerate(question.choices, 1):
            star = "*" if choice.value in marked or (usual == () and choice.value == NONE) else " "
            self.show(f"  {star}{index:>2}  {self.line_of(question, choice.value)}")
        self.show("   " + t(self.how(question, usual)))
        while True:
            given = self.read()
            if is_unknown(given):
                self.unknown.append(question.id)
                self.show("   " + t(self.for_now(question)))
                return
            try:
                self.known[question.id] = usual if not given else read_answer(question, self.meant(question, given))
            except NoAnswer as wrong:
                self.explain(given, wrong)
            else:
                return

    @staticmethod
    def line_of(question: Question, value: str) -> str:
        return _labelled(question, value) if question.is_phrase else _words(question, value)

    @staticmethod
    def how(question: Question, usual: Value) -> Message:
        if question.kind == "several":
            return msg("One or more numbers, such as “1, 2”.")
        if question.is_phrase:
            return msg("A number, or another phrase of the same kind.")
        if question.kind == "text":
            return msg("Type it, or Enter for “%(usual)s”.", usual=usual)
        return msg("A number.")

    @staticmethod
    def for_now(question: Question) -> Message:
        cautious = question.cautious
        value = ", ".join(cautious) if isinstance(cautious, tuple) else cautious
        if not value:
            return msg("The question stands in to_confirm.")
        return msg("For now the file says “%(value)s”; the question stands in to_confirm.", value=value)

    def read(self) -> str:
        self.show("> ", nl=False)
        line = sys.stdin.buffer.readline()
        if not line:
            raise EOFError
        return line.decode(sys.stdin.encoding or "utf-8", "replace").strip()

    @staticmethod
    def meant(question: Question, given: str) -> str | list[str]:
        """Numbers and the words of a choice become its value; what is neither stays as it was typed."""
        by_words = {_words(question, each.value).lower(): each.value for each in question.choices}

        def one(text: str) -> str:
            if text.isascii() and text.isdigit() and question.choices:
                if not 1 <= int(text[:3]) <= len(question.choices):
                    raise NoAnswer(
                        msg("there is no answer %(number)s", number=text),
                        msg("choose a number from 1 to %(n)s", n=len(question.choices)),
                    )
                return question.choices[int(text) - 1].value
            return by_words.get(text.lower(), text)

        if question.kind != "several":
            return given if question.kind == "text" and not question.choices else one(given)
        numbers = re.fullmatch(r"[0-9]+(?:[\s,;+]+[0-9]+)*", given)
        return [one(text.strip()) for text in re.split(r"[\s,;+]+" if numbers else "[,;]", given) if text.strip()]

    def explain(self, given: str, wrong: NoAnswer) -> None:
        if wrong.start is not None and wrong.end is not None:
            text = " ".join(given.split())
            self.show(f"   {text}\n   {' ' * wrong.start}{'^' * (wrong.end - wrong.start)}")
        self.show("   " + t(wrong.sentence))
