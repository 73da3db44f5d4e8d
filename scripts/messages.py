"""The Dutch sentences: `update` brings the catalogues in line with the templates in the code, `check` finds faults.

Collected are the first text of msg(…), say(…), gettext(…), ngettext(one, other, n), of t(…) and tn(one, other, n) in
HTML templates, and what the command line shows: docstrings of commands, `help=`, `metavar=` and names of arguments.
English is the template itself. `messages.po` speaks to a reader as je; `messages_formal.po` holds what differs for u.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "platform"))

from spelregel.words.command_line import paragraphs  # noqa: E402  # found after the line above

TEMPLATES = "platform/spelregel/**/*.py", "platform/spelregel/**/templates/**/*.html"
CATALOGUES = "platform/spelregel/words/translations/nl/LC_MESSAGES"

#: Calls that pass on a template which is collected where it is written: (file, function, first argument).
PASSES_ON = {
    ("words/locale.py", "gettext", "message.template"): "the template of a Message, collected at its msg()",
    ("words/command_line.py", "gettext", "found[0]"): "a word of a usage line, collected at metavar= and argument()",
    ("words/command_line.py", "gettext", "paragraph"): "a docstring of a command, collected there",
    ("words/command_line.py", "gettext", "words[0]"): "a docstring of a command, collected there",
    ("words/command_line.py", "gettext", "option.help or ''"): "the help= of an option, collected there",
    ("web/pages.py", "ngettext", "one"): "tn() of the HTML templates, collected there",
    ("words/conditions_text.py", "say", "_SENTENCES[code].template"): "the table of sentences below it",
    ("words/conditions_text.py", "say", "_INSTANCES[code].template"): "the table of sentences below it",
    ("words/conditions_text.py", "say", "_ROUNDED[how].template"): "the table of sentences below it",
    ("words/validity_words.py", "say", "_WHOLE[code].template"): "the table of sentences below it",
    ("words/validity_words.py", "say", "_AROUND[code].template"): "the table of sentences below it",
    ("words/validity_words.py", "say", "_AFTER[code].template"): "the table of sentences below it",
    ("words/validity_words.py", "say", "_SPANS[code].template"): "the table of sentences below it",
}

_JE = re.compile(r"\b(?:je|jij|jou|jouw|jullie|jezelf)\b", re.IGNORECASE)
_U = re.compile(r"\b(?:je|jij|jou|jouw|jezelf)\b", re.IGNORECASE)  # jullie is how one speaks to several people, in both
_PLACE = re.compile(r"%\((\w+)\)[sd]")


@dataclass
class Found:
    """Templates by msgid (or (one, other) where they are counted) with the files that hold them; and blind spots."""

    templates: dict[str | tuple[str, str], set[str]] = field(default_factory=dict)
    dynamic: list[str] = field(default_factory=list)

    def add(self, template: str | tuple[str, str], file: str) -> None:
        self.templates.setdefault(template, set()).add(file)


def collect(root: Path = ROOT) -> Found:
    found = Found()
    for pattern in TEMPLATES:
        for path in sorted(root.glob(pattern)):
            file = path.relative_to(root).as_posix()
            text = path.read_text("utf-8")
            if path.suffix == ".py":
                _from_python(found, file, ast.parse(text))
            else:
                _from_html(found, file, text)
    return found


def _from_python(found: Found, file: str, tree: ast.Module) -> None:
    short = file.removeprefix("platform/spelregel/")
    names = {"msg", "say", "gettext"} | ({"t"} if not _takes_a_message(short, tree) else set())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            _from_command(found, file, node)
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name == "ngettext" or name == "tn":
            texts = [_text(each) for each in node.args[:2]]
            if (short, name, ast.unparse(node.args[0])) in PASSES_ON:
                continue
            if None in texts or len(texts) < 2:
                found.dynamic.append(f"{file}:{node.lineno}: {name}() needs two texts, so that they can be collected")
            else:
                found.add((str(texts[0]), str(texts[1])), file)
        elif name in names:
            text = _text(node.args[0])
            first = ast.unparse(node.args[0])
            if text is not None:
                found.add(text, file)
            elif (short, name, first) not in PASSES_ON:
                found.dynamic.append(f"{file}:{node.lineno}: {name}({first}, …) is no text that can be collected")


def _takes_a_message(short: str, tree: ast.Module) -> bool:
    """On the command line t() turns a msg() into text; in the portal it is handed the template itself."""
    return short == "words/command_line.py" or any(
        isinstance(node, ast.ImportFrom)
        and node.module == "spelregel.words.command_line"
        and any(each.name == "t" for each in node.names)
        for node in ast.walk(tree)
    )


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _from_command(found: Found, file: str, function: ast.FunctionDef) -> None:
    calls = [each for each in function.decorator_list if isinstance(each, ast.Call)]
    names = [getattr(each.func, "attr", "") for each in calls]
    if not {"command", "group"} & set(names):
        return
    for paragraph in paragraphs(ast.get_docstring(function) or "")[0]:
        found.add(paragraph, file)
    for call, name in zip(calls, names, strict=True):
        for keyword in call.keywords:
            if name in ("option", "argument") and keyword.arg in ("help", "metavar"):
                text = _text(keyword.value)
                if text is None:
                    found.dynamic.append(f"{file}:{call.lineno}: {keyword.arg}= is no text that can be collected")
                else:
                    found.add(text, file)
        has_metavar = any(keyword.arg == "metavar" for keyword in call.keywords)
        if name == "argument" and not has_metavar and (text := _text(call.args[0])):
            found.add(text.upper(), file)


def _from_html(found: Found, file: str, text: str) -> None:
    environment = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    for call in environment.parse(text).find_all(nodes.Call):
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        if name not in ("t", "tn"):
            continue
        texts = [each.value if isinstance(each, nodes.Const) else None for each in call.args]
        if name == "t" and texts and isinstance(texts[0], str):
            found.add(texts[0], file)
        elif name == "tn" and len(texts) > 1 and isinstance(texts[0], str) and isinstance(texts[1], str):
            found.add((texts[0], texts[1]), file)
        else:
            found.dynamic.append(f"{file}:{call.lineno}: {name}() has no text that can be collected")


# The catalogues


def read(path: Path) -> Catalog:
    if not path.is_file():
        return Catalog(locale="nl")
    with path.open("rb") as handle:
        return read_po(handle, locale="nl")


def write(path: Path, entries: dict[str | tuple[str, str], tuple[object, Iterable[str]]]) -> None:
    catalogue = Catalog(locale="nl", fuzzy=False)
    for key, (string, files) in entries.items():
        catalogue.add(key, string, locations=[(file, 0) for file in sorted(files)])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as handle:
        handle.write(b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
                     b'"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n')  # fmt: skip
        write_po(handle, catalogue, width=100, omit_header=True, sort_output=True, include_lineno=False)


def _entries(catalogue: Catalog) -> dict[str | tuple[str, str], object]:
    return {each.id if isinstance(each.id, str) else tuple(each.id): each.string for each in catalogue if each.id}  # type: ignore[misc]


def _strings(string: object) -> list[str]:
    return [str(each) for each in string] if isinstance(string, (tuple, list)) else [str(string or "")]


def update(root: Path = ROOT) -> list[str]:
    """Adds what is new, drops what is gone, keeps every translation. Says what it did."""
    found = collect(root)
    said = []
    folder = root / CATALOGUES
    for domain in ("messages", "messages_formal"):
        old = _entries(read(folder / f"{domain}.po"))
        said += [f"{domain}: dropped “{_first(key)}”" for key in old if key not in found.templates]
        if domain == "messages":
            said += [f"{domain}: new “{_first(key)}”" for key in found.templates if key not in old]
            keep: Iterable[str | tuple[str, str]] = found.templates
        else:
            keep = [key for key in found.templates if key in old]
        empty = {key: ("", "") if isinstance(key, tuple) else "" for key in keep}
        write(folder / f"{domain}.po", {key: (old.get(key, empty[key]), found.templates[key]) for key in keep})
    return said


def _first(key: str | tuple[str, str]) -> str:
    return key if isinstance(key, str) else key[0]


def check(root: Path = ROOT) -> list[str]:
    """One line per fault; none when every reader is spoken to."""
    found = collect(root)
    folder = root / CATALOGUES
    je, u = _entries(read(folder / "messages.po")), _entries(read(folder / "messages_formal.po"))
    faults = list(found.dynamic)
    counted = Counter(_first(key) for key in found.templates)
    faults += [f"“{key}” stands in the code both with a number and without" for key, n in counted.items() if n > 1]
    for key, files in found.templates.items():
        if not all(_strings(je.get(key, ""))):
            faults.append(f"messages.po: no translation of “{_first(key)}” ({', '.join(sorted(files))})")
    for domain, entries in (("messages", je), ("messages_formal", u)):
        for key, string in entries.items():
            faults += [f"{domain}.po: {fault}" for fault in _faults(key, string, key in found.templates)]
    for key, string in je.items():
        if key in found.templates and any(map(_JE.search, _strings(string))) and not all(_strings(u.get(key, ""))):
            faults.append(f"messages_formal.po: “{_first(key)}” says je in messages.po and has no sentence with u")
    for key, string in u.items():
        if any(map(_U.search, _strings(string))):
            faults.append(f"messages_formal.po: “{_first(key)}” still says je: “{_strings(string)[0]}”")
        if all(_strings(string)) and _strings(string) == _strings(je.get(key, "")):
            faults.append(f"messages_formal.po: “{_first(key)}” is the same as in messages.po: remove it here")
    return faults


def _faults(key: str | tuple[str, str], string: object, known: bool) -> Iterator[str]:
    first = _first(key)
    if not known:
        yield f"“{first}” is not in the code any more: run update"
        return
    for text in filter(None, _strings(string)):
        wanted, got = Counter(_PLACE.findall(first)), Counter(_PLACE.findall(text))
        if set(wanted) != set(got):
            yield f"“{first}” has the places {sorted(wanted)}, its translation has {sorted(got)}"
        if "%" in _PLACE.sub("", text).replace("%%", "") and wanted:
            yield f"“{first}” has a stray % in its translation"
        if "!" in text:
            yield f"“{first}” shouts: “{text}”"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["update", "check"])
    said = update() if (command := parser.parse_args().command) == "update" else check()
    for line in said:
        print(line)  # noqa: T201  # this is what the tool is for
    if command == "check" and not said:
        print(f"{len(collect().templates)} sentences, each in Dutch as je and as u")  # noqa: T201
    return 1 if command == "check" and said else 0


if __name__ == "__main__":
    sys.exit(main())
