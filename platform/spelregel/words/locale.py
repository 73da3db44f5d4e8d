"""Locales and catalogues: en, nl (je) and nl (u). English is the language of the templates themselves.

A register is no locale: the sentences that differ for “u” stand in a second domain, `messages_formal`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.messages.pofile import read_po

from spelregel.rules.message import Message

LANGUAGES = ("nl", "en")


@dataclass(frozen=True, slots=True)
class Register:
    """How one reader is spoken to."""

    language: str  # "nl" | "en"
    formal: bool = False

    @property
    def locale(self) -> Locale:
        return Locale.parse("en_GB" if self.language == "en" else "nl_NL")

    def gettext(self, template: str) -> str:
        found = self._found(template)
        return found[0] if found else template

    def ngettext(self, one: str, other: str, n: int) -> str:
        """Both languages count alike: one for 1, other for every other number."""
        found = self._found(one)
        if found and len(found) == 2:
            return found[0 if n == 1 else 1]
        return one if n == 1 else other

    def _found(self, template: str) -> tuple[str, ...] | None:
        if self.language == "en":
            return None
        if self.formal and (found := catalogue("nl", "messages_formal").get(template)):
            return found
        return catalogue("nl", "messages").get(template)

    def text(self, message: Message) -> str:
        """A Message in this register; Messages among its values are translated too."""
        values = {
            key: self.text(value) if isinstance(value, Message) else value for key, value in message.values.items()
        }
        return self.gettext(message.template) % values


@cache
def catalogue(language: str, domain: str) -> Mapping[str, tuple[str, ...]]:
    """Template -> its translation (two of them where it is counted)."""
    path = files("spelregel.words").joinpath("translations", language, "LC_MESSAGES", f"{domain}.po")
    if not path.is_file():
        return {}
    with path.open("rb") as handle:
        found = read_po(handle, locale=language)
    result: dict[str, tuple[str, ...]] = {}
    for message in found:
        if not message.id:
            continue
        key = message.id[0] if isinstance(message.id, tuple) else str(message.id)
        strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if all(strings):
            result[str(key)] = tuple(str(each) for each in strings)
    return result
