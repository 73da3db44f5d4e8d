"""What a view takes from the address and the body, by name: what it did not declare it cannot read.

    @blueprint.post("/groups")
    @allowed("manage_staff")
    @takes(ids=("group",), plain=("day", "shift-*"))

`ids` carry the id of a row, or hold one in them; `plain` carry anything else; a name that ends in * stands for all that
begin so. `<id:...>` in a path declares itself. `spelregel routes` and the authorisation matrix are made from this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar, cast

from flask import Flask, Request, current_app
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule

View = TypeVar("View", bound=Callable[..., Any])

#: Names that any page takes: the language that the reader chose at the door.
EVERYWHERE: Final = frozenset({"lang"})


class Undeclared(LookupError):
    """A slip of the programmer: the view does not say that it takes this."""


@dataclass(frozen=True, slots=True)
class Takes:
    ids: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        return name in EVERYWHERE or any(
            name.startswith(each[:-1]) if each.endswith("*") else name == each for each in (*self.ids, *self.plain)
        )


NOTHING: Final = Takes()
_BARE: Final = re.compile(rb"[^\x21-\x7e]")


def takes(*, ids: tuple[str, ...] = (), plain: tuple[str, ...] = ()) -> Callable[[View], View]:
    def declare(view: View) -> View:
        view.takes = Takes(ids, plain)  # type: ignore[attr-defined]
        return view

    return declare


def taken_by(app: Flask, endpoint: str | None) -> Takes:
    return cast("Takes", getattr(app.view_functions.get(endpoint or ""), "takes", NOTHING))


def ids_of(app: Flask, rule: Rule) -> list[str]:
    """The names that carry ids of rows: those in the path first."""
    in_path = [name for name, converter in rule._converters.items() if type(converter).__name__ == "HexId"]
    return list(dict.fromkeys([*in_path, *taken_by(app, rule.endpoint).ids]))


def undeclared_in_path(app: Flask, rule: Rule) -> set[str]:
    own = taken_by(app, rule.endpoint)
    return {name for name in rule.arguments if name not in ids_of(app, rule) and not own.holds(name)}


class DeclaredNames(ImmutableMultiDict[str, Any]):
    """Of the query, the form or the files: gives what the view declared, refuses to be asked for anything else, and does
    not show what else was sent."""

    def __init__(self, request: Request, sent: Any = None) -> None:
        super().__init__(sent)
        self._request = request

    def _is_declared(self, name: str) -> bool:
        return taken_by(current_app, self._request.endpoint).holds(name)

    def _must_be_declared(self, name: Any) -> None:
        if isinstance(name, str) and not self._is_declared(name):
            raise Undeclared(f"{self._request.endpoint} does not say that it takes “{name}”")

    def __getitem__(self, key: str) -> Any:
        self._must_be_declared(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._must_be_declared(key)
        return super().__contains__(key)

    def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        self._must_be_declared(key)
        return super().get(key, *args, **kwargs)

    def getlist(self, key: str, *args: Any, **kwargs: Any) -> Any:
        self._must_be_declared(key)
        return super().getlist(key, *args, **kwargs)

    def __iter__(self) -> Iterator[str]:
        return (name for name in super().__iter__() if self._is_declared(name))

    def keys(self) -> Any:
        return list(iter(self))

    def lists(self) -> Iterator[tuple[str, list[Any]]]:
        return ((name, values) for name, values in super().lists() if self._is_declared(name))

    def items(self, multi: bool = False) -> Any:
        return [(name, value) for name, values in self.lists() for value in (values if multi else values[:1])]

    def values(self) -> Any:
        return [values[0] for _, values in self.lists()]

    def listvalues(self) -> Any:
        return [values for _, values in self.lists()]

    def everything(self) -> Iterator[tuple[str, list[Any]]]:
        """For who looks at the request before any view does."""
        return iter(super().lists())


class DeclaredKeys(dict[str, Any]):
    """The outermost names of a JSON body, with the same manners."""

    def __init__(self, request: Request, sent: dict[str, Any]) -> None:
        self._endpoint, self._own = request.endpoint, taken_by(current_app, request.endpoint)
        super().__init__({name: value for name, value in sent.items() if self._own.holds(name)})

    def _must_be_declared(self, name: Any) -> None:
        if isinstance(name, str) and not self._own.holds(name):
            raise Undeclared(f"{self._endpoint} does not say that it takes “{name}”")

    def __getitem__(self, key: str) -> Any:
        self._must_be_declared(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._must_be_declared(key)
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._must_be_declared(key)
        return super().get(key, default)


class DeclaringRequest(Request):
    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(environ, *args, **kwargs)
        # Bytes that no browser sends bare; as they stand they could not even be read for the page that refuses them.
        self.query_string = _BARE.sub(lambda found: b"%%%02X" % found[0][0], self.query_string)

    def close(self) -> None:
        """Also what was sent as a file under a name that no view declares."""
        for files in cast("DeclaredNames", self.__dict__.get("files", DeclaredNames(self))).everything():
            for each in files[1]:
                each.close()

    @property
    def parameter_storage_class(self) -> Any:  # type: ignore[override]
        return partial(DeclaredNames, self)

    def get_json(self, *args: Any, **kwargs: Any) -> Any:
        found = super().get_json(*args, **kwargs)
        return DeclaredKeys(self, found) if isinstance(found, dict) else found


def everything_sent(request: Request) -> Iterator[str | None]:
    """Every name and value of the query and the form, whoever may read them; None is the name of a part that has none."""
    for each in (request.args, request.form):
        for name, values in cast("DeclaredNames", each).everything():
            yield name
            yield from values
