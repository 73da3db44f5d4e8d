"""Who guesses at somebody else's name keeps that person out for a quarter of an hour at most, and never from a known device."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from spelregel.app import Application
from spelregel.demo.people import PASSWORD, families_of
from spelregel.records.guesses import PER_SUBJECT, WINDOW
from tests.browse import visitor
from tests.conftest import Clock
from tests.matrix.tries import NONCE, OWN_HEADERS

WRONG = "een verkeerd woord"


def test_a_flood_of_guesses_locks_strangers_out_for_a_quarter_and_the_owner_at_home_never(
    two: Application, clock: Clock
) -> None:
    username = families_of(visitor(two, "quadrant").tenant)[0].username
    at_home, abroad = visitor(two, "quadrant"), visitor(two, "quadrant")
    assert at_home.enter(username).status_code == 303
    at_home.post("/logout")
    flooded = clock.moment
    statuses = [visitor(two, "quadrant").enter(username, WRONG).status_code for _ in range(PER_SUBJECT + 15)]
    assert statuses == [403] * PER_SUBJECT + [429] * 15
    assert abroad.enter(username).status_code == 429, "with the right password too, from a device that nobody knows"
    assert at_home.enter(username).status_code == 303, "and at home one is not kept out for a moment"
    clock.moment = flooded + WINDOW + timedelta(seconds=1)
    assert timedelta(minutes=15) >= WINDOW
    assert abroad.enter(username).status_code == 303, "the fifteen that were refused did not make it longer"


def test_control_without_the_known_device_the_owner_is_kept_out_too(
    two: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    username = families_of(visitor(two, "quadrant").tenant)[0].username
    at_home = visitor(two, "quadrant")
    assert at_home.enter(username).status_code == 303
    at_home.post("/logout")
    for _ in range(PER_SUBJECT):
        visitor(two, "quadrant").enter(username, WRONG)
    monkeypatch.setattr("spelregel.portal.account.parent_views.known_word", lambda: None)
    assert at_home.enter(username).status_code == 429


@pytest.mark.parametrize("name", ["quadrant", "deroef"])
def test_the_door_answers_a_known_name_as_one_that_is_nobodys(two: Application, name: str) -> None:
    known = families_of(visitor(two, name).tenant)[0].username
    nobodys = "niemand@example.org" if "@" in known else "9" * len(known)

    def plain(answer: TestResponse, username: str) -> tuple[int, list[tuple[str, str]], str]:
        headers = sorted(
            (each, NONCE.sub("nonce", value))
            for each, value in answer.headers
            if each not in {*OWN_HEADERS, "Content-Length"}
        )
        return answer.status_code, headers, NONCE.sub("nonce", answer.text).replace(username, "NAME")

    for turn in range(PER_SUBJECT + 2):
        answers = [plain(visitor(two, name).enter(each, WRONG), each) for each in (known, nobodys)]
        assert answers[0] == answers[1]
        assert answers[0][0] == (403 if turn < PER_SUBJECT else 429)
    assert visitor(two, name).enter(known, PASSWORD).status_code == 429, "the control: it is somebody's"
