"""Every route says whom it is for and what it takes; the list is made from the running applications."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask, request

from spelregel.cli import main
from spelregel.web import login
from spelregel.web.parameters import EVERYWHERE, DeclaringRequest, takes
from spelregel.web.routes import Unmarked, routes_of
from tests.conftest import ROOT

PROGRAM = ROOT / "platform" / "spelregel"


@pytest.mark.parametrize("environment", [None, "test", "demo"])
def test_the_list_has_these_keys_and_at_most_eighteen_public_paths(environment: str | None) -> None:
    result = CliRunner().invoke(main, ["routes", "--json", *(["--env", environment] if environment else [])])
    assert result.exit_code == 0, result.output
    routes = json.loads(result.output)
    for route in routes:
        assert set(route) == {"method", "path", "feature", "roles", "public", "ids"}
        assert route["roles"], route
    if environment is None:
        assert len({route["path"] for route in routes if route["public"]}) <= 18
        assert not [route for route in routes if route["path"].startswith("/demo")]
    assert {"method": "GET", "path": "/absence/<id:report_id>", "feature": "absence", "roles": ["guardian"], "public": False,
            "ids": ["report_id"]} in routes  # fmt: skip


def small_app() -> Flask:
    app = Flask("small")
    app.request_class = DeclaringRequest
    login.refuse_what_is_not_declared(app)
    return app


def test_a_route_that_says_not_whom_it_is_for_or_what_is_in_its_path_fails_the_list_and_answers_nobody() -> None:
    for mark in (lambda view: view, login.public):
        app = small_app()
        app.get("/x/<word>")(mark(lambda **_: "here"))
        with pytest.raises(Unmarked):
            routes_of(app)
        assert app.test_client().get("/x/y").status_code == 500


@pytest.mark.parametrize("how", ["query", "form", "json"])
def test_a_view_cannot_read_what_it_did_not_declare(how: str) -> None:
    app = small_app()
    read = {"query": lambda: request.args, "form": lambda: request.form, "json": lambda: request.get_json()}[how]
    for path, name in (("/declared", "a"), ("/undeclared", "b")):
        app.post(path, endpoint=path)(
            login.public(takes(plain=("a", "x-*"))(lambda name=name: [read().get(name), sorted(read())]))
        )
    sent = {"query": {"query_string": {"a": "1", "b": "2", "x-3": "4"}}, "form": {"data": {"a": "1", "b": "2", "x-3": "4"}},
            "json": {"json": {"a": "1", "b": "2", "x-3": "4"}}}[how]  # fmt: skip
    assert app.test_client().post("/declared", **sent).json == ["1", ["a", "x-3"]]
    assert app.test_client().post("/undeclared", **sent).status_code == 500


def names_read(source: str) -> set[str]:
    """The names that a module asks the request for, as far as they stand there."""
    found = set()

    def is_sent(node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Attribute)
            and node.attr in ("args", "form", "values", "files")
            and ast.unparse(node.value) == "request"
        )

    for node in ast.walk(ast.parse(source)):
        key: ast.AST | None = None
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and is_sent(node.func.value)
            and node.args
        ):
            key = node.args[0]
        elif isinstance(node, ast.Subscript) and is_sent(node.value):
            key = node.slice
        elif isinstance(node, ast.Compare) and is_sent(node.comparators[0]):
            key = node.left
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            found.add(key.value)
    return found


def names_declared(source: str) -> set[str]:
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call) and ast.unparse(n.func) == "takes"]
    return {
        c.value for call in calls for c in ast.walk(call) if isinstance(c, ast.Constant) and isinstance(c.value, str)
    }


def is_declared(name: str, declared: set[str]) -> bool:
    return name in declared | EVERYWHERE or any(each.endswith("*") and name.startswith(each[:-1]) for each in declared)


def test_every_name_that_a_module_reads_is_declared_in_it() -> None:
    assert names_read('request.args.get("a"); request.form["b"]; "c" in request.values') == {"a", "b", "c"}, (
        "the check can fail"
    )
    missing = {}
    for path in PROGRAM.rglob("*.py"):
        text = path.read_text("utf-8")
        if gone := {name for name in names_read(text) if not is_declared(name, names_declared(text))}:
            missing[str(path.relative_to(ROOT))] = gone
    assert missing == {}


def reading_functions(source: str) -> dict[str, ast.FunctionDef]:
    """Every function of a module by its name, with those that stand inside `install(app)`."""
    return {node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}


def undeclared_by_view(source: str) -> dict[str, set[str]]:
    """Per view the names that it reads, itself or through functions of its module, and does not declare."""
    functions = reading_functions(source)
    typed = {name for name, node in functions.items() if "request.form.get(name" in ast.unparse(node)}

    def read_through(name: str, seen: set[str]) -> set[str]:
        seen.add(name)
        node, found = functions[name], set(names_read(ast.unparse(functions[name])))
        for call in (each for each in ast.walk(node) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)):
            called = call.func.id
            if called in typed and call.args and isinstance(call.args[0], ast.Constant):
                found.add(str(call.args[0].value))
            if called in functions and called not in seen:
                found |= read_through(called, seen)
        return found

    wrong = {}
    for name, node in functions.items():
        marks = [ast.unparse(each) for each in node.decorator_list]
        if any(
            mark in ("public", "by_link", "by_device", "by_operator") or mark.startswith("allowed(") for mark in marks
        ):
            declared = names_declared("\n".join(mark for mark in marks if mark.startswith("takes(")))
            if gone := {each for each in read_through(name, set()) if not is_declared(each, declared)}:
                wrong[name] = gone
    return wrong


def test_every_view_declares_what_it_reads_also_through_functions_of_its_module() -> None:
    planted = """
def _page(): return request.args.get("done")
def _typed(name): return request.form.get(name, "")
@public
@takes(plain=("a",))
def show(): return _page(), _typed("b"), request.form["a"]
"""
    assert undeclared_by_view(planted) == {"show": {"done", "b"}}, "the check can fail"
    wrong = {str(path.relative_to(ROOT)): found for path in PROGRAM.rglob("*.py") if (found := undeclared_by_view(path.read_text("utf-8")))}  # fmt: skip
    assert wrong == {}


def test_every_name_that_a_template_reads_is_declared_by_a_view() -> None:
    declared = {name for path in PROGRAM.rglob("*.py") for name in names_declared(path.read_text("utf-8"))}
    for path in PROGRAM.rglob("*.html"):
        for name in re.findall(r"request\.(?:args|form|values)(?:\.get\(|\[)[\"'](\w+)", path.read_text("utf-8")):
            assert is_declared(name, declared), f"{path}: {name}"


def test_no_view_reads_the_body_past_its_declaration() -> None:
    for path in Path(PROGRAM / "portal").rglob("*.py"):
        for word in ("request.data", "request.get_data", "request.stream", "request.query_string", "request.environ"):
            assert word not in path.read_text("utf-8"), f"{path}: {word}"
