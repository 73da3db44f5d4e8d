"""The command line in the reader's language: help pages, and one sentence for a wrong argument.

A command is written as always, with a docstring and `help=`: `scripts/messages.py` collects those texts, and the
classes below translate them while a page is written. Pages of click's own would come out in English.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, Final

import click

from spelregel.rules.message import Message, msg
from spelregel.words.locale import Register


def register() -> Register:
    """The language of the terminal: Dutch when LC_ALL, LC_MESSAGES or LANG says so."""
    wanted = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return Register("nl" if wanted.lower().startswith("nl") else "en")


def t(message: Message) -> str:
    return register().text(message)


def paragraphs(docstring: str) -> tuple[list[str], list[str]]:
    """What a command does, a paragraph each and on one line; and its examples as they are to be typed."""
    words, examples = [], []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(docstring)):
        if block.startswith("Example:"):
            examples += [line.strip() for line in block.removeprefix("Example:").splitlines() if line.strip()]
        elif block.strip():
            words.append(" ".join(block.split()))
    return words, examples


def _capitals(text: str) -> str:
    """`[OPTIONS] FILE` with the words that have a translation in the reader's language."""
    return re.sub(r"[A-Z]{2,}", lambda found: register().gettext(found[0]), text)


class Command(click.Command):
    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = _capitals(" ".join(self.collect_usage_pieces(ctx)))
        formatter.write_usage(ctx.command_path, pieces, prefix=f"{t(msg('Usage'))}: ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click calls it so
        for paragraph in paragraphs(self.help or "")[0]:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(register().gettext(paragraph))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [_option_row(each, ctx) for each in self.get_params(ctx) if isinstance(each, click.Option)]
        with formatter.section(t(msg("Options"))):
            formatter.write_dl([row for row in rows if row])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Examples stand last, where the eye is, and on one line each, so that they can be copied."""
        examples = paragraphs(self.help or "")[1]
        if examples:
            formatter.write(f"\n{t(msg('Example'))}:\n")
            formatter.write("".join(f"  {each}\n" for each in examples))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as wrong:
            wrong.ctx = wrong.ctx or ctx  # the parser does not always say which command it was reading
            raise

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, complete_var: str | None = None,
             standalone_mode: bool = True, **extra: Any) -> Any:  # fmt: skip
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        try:
            code = super().main(args, prog_name, complete_var, False, **extra)
        except click.exceptions.NoArgsIsHelpError as page:
            click.echo(page.format_message(), err=True)
            sys.exit(page.exit_code)
        except click.UsageError as wrong:
            click.echo(t(_with_way_out(wrong)), err=True)
            sys.exit(wrong.exit_code)
        except click.ClickException as wrong:
            click.echo(wrong.format_message(), err=True)
            sys.exit(wrong.exit_code)
        except click.Abort:
            sys.exit(130)  # what a shell expects after Ctrl-C
        sys.exit(code if isinstance(code, int) else 0)


class Group(Command, click.Group):
    command_class = Command
    group_class = type

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                words = paragraphs(command.help or "")[0]
                rows.append((name, re.split(r"(?<=\.) ", register().gettext(words[0]))[0] if words else ""))
        if rows:
            with formatter.section(t(msg("Commands"))):
                formatter.write_dl(rows)


def _option_row(option: click.Option, ctx: click.Context) -> tuple[str, str] | None:
    record = option.get_help_record(ctx)
    if record is None:
        return None
    words = t(msg("Show this page.")) if "--help" in option.opts else register().gettext(option.help or "")
    extra = option.get_help_extra(ctx)
    if "default" in extra:
        words += f"  [{t(msg('when left out: %(value)s', value=extra['default']))}]"
    return _capitals(record[0]), words


def _with_way_out(wrong: click.UsageError) -> Message:
    path = wrong.ctx.command_path if wrong.ctx else "spelregel"
    return msg("%(message)s: %(help)s", message=usage_sentence(wrong),
               help=msg("“%(command)s --help” shows how it is written", command=path))  # fmt: skip


def usage_sentence(wrong: click.UsageError) -> Message:
    """What is wrong with the arguments. Click has put its own English into `wrong.message` by now."""
    for kind, sentence_of in _SENTENCES:
        if isinstance(wrong, kind):
            return sentence_of(wrong)
    # The two that click raises without a class of their own.
    extra = re.search(r"\((?P<words>.*)\)", wrong.message)
    return msg("“%(words)s” is too much", words=extra["words"]) if extra else msg("a command is missing")


def _missing(wrong: Any) -> Message:
    return msg("%(name)s is missing", name=_name_of(wrong.param, wrong.ctx))


def _no_such_option(wrong: Any) -> Message:
    known = [each for param in wrong.ctx.command.get_params(wrong.ctx) for each in param.opts] if wrong.ctx else []
    return _unknown(msg("there is no option %(name)s", name=wrong.option_name), wrong.option_name, known)


def _no_such_command(wrong: Any) -> Message:
    group = wrong.ctx.command if wrong.ctx else None
    known = group.list_commands(wrong.ctx) if isinstance(group, click.Group) else []
    return _unknown(msg("there is no command %(name)s", name=wrong.command_name), wrong.command_name, known)


def _unknown(message: Message, name: str, known: list[str]) -> Message:
    close = get_close_matches(name, [each for each in known if each.startswith("--") == name.startswith("--")], n=1)
    return msg("%(message)s, did you mean %(guess)s?", message=message, guess=close[0]) if close else message


def _wrong_use(wrong: Any) -> Message:
    params = wrong.ctx.command.get_params(wrong.ctx) if wrong.ctx else []
    option = next((each for each in params if wrong.option_name in each.opts), None)
    if isinstance(option, click.Option) and option.is_flag:
        return msg("%(name)s takes no value", name=wrong.option_name)
    return msg("%(name)s needs a value", name=wrong.option_name)


def _wrong_value(wrong: Any) -> Message:
    name, kind = _name_of(wrong.param, wrong.ctx), getattr(wrong.param, "type", None)
    if isinstance(kind, click.Choice):
        return msg("%(name)s is one of %(choices)s", name=name, choices=", ".join(map(str, kind.choices)))
    if isinstance(kind, click.IntRange) and kind.min is not None and kind.max is not None:
        return msg("%(name)s is a whole number from %(least)s to %(most)s", name=name, least=kind.min, most=kind.max)
    if isinstance(kind, (click.IntRange, click.types.IntParamType)):
        return msg("%(name)s is a whole number", name=name)
    return msg("this is not possible for %(name)s", name=name)


def _name_of(param: click.Parameter | None, ctx: click.Context | None) -> str:
    if isinstance(param, click.Argument) and ctx is not None:
        return _capitals(param.make_metavar(ctx).strip("[]."))  # one that may be left out stands in [ ]
    return param.opts[-1] if param else "?"


#: The narrower class stands first.
_SENTENCES: Final[tuple[tuple[type[click.UsageError], Callable[[Any], Message]], ...]] = (
    (click.MissingParameter, _missing),
    (click.BadParameter, _wrong_value),
    (click.NoSuchOption, _no_such_option),
    (click.exceptions.NoSuchCommand, _no_such_command),
    (click.BadOptionUsage, _wrong_use),
)

#: Words in capitals that click itself puts into a usage line; names of arguments are collected where they stand.
_CAPITALS: Final = (msg("OPTIONS"), msg("COMMAND"), msg("ARGS"), msg("TEXT"), msg("INTEGER"), msg("RANGE"))
