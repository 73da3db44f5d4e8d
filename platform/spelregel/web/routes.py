"""Every route there is, with whom it is for: read from the running application's own map and the marks on its views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Flask

from spelregel.records import rights
from spelregel.web.login import OPERATOR, PUBLIC, mark_of
from spelregel.web.parameters import ids_of, undeclared_in_path

#: Methods that come with every GET, and with every route.
IMPLIED: Final = frozenset({"HEAD", "OPTIONS"})


class Unmarked(LookupError):
    """A view does not say whom it is for, or what it takes."""


@dataclass(frozen=True, slots=True)
class Route:
    """`public`: answers without a session, link token or device token. `ids`: the names that carry ids of rows, wherever
    they stand (path, query, form, JSON)."""

    method: str
    path: str
    feature: str
    roles: tuple[str, ...]
    public: bool
    ids: tuple[str, ...]
    endpoint: str

    def as_data(self) -> dict[str, Any]:
        return {"method": self.method, "path": self.path, "feature": self.feature, "roles": list(self.roles),
                "public": self.public, "ids": list(self.ids)}  # fmt: skip


def roles_of(mark: str) -> tuple[str, ...]:
    """Of a right the roles that have it; a page that is public is for all of them; any other proof is a role of its own."""
    if mark == PUBLIC:
        return rights.ROLES
    return rights.RIGHTS.get(mark, (mark,))


def routes_of(app: Flask) -> list[Route]:
    """By path. Raises Unmarked."""
    found = []
    for rule in app.url_map.iter_rules():
        mark = mark_of(app, rule.endpoint)
        if mark is None:
            raise Unmarked(f"{rule.endpoint} does not say whom it is for")
        if strange := undeclared_in_path(app, rule):
            raise Unmarked(f"{rule.endpoint} does not say what these in its path are: {', '.join(sorted(strange))}")
        feature = rule.endpoint.partition(".")[0]
        public = mark == PUBLIC or (mark == OPERATOR and app.config["SETTINGS"].status_token is None)
        found += [
            Route(method, rule.rule, feature, roles_of(mark), public, tuple(ids_of(app, rule)), rule.endpoint)
            for method in sorted((rule.methods or set()) - IMPLIED)
        ]
    return sorted(found, key=lambda route: (route.path, route.method))
