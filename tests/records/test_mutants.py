"""Small edits of the booking core that each do harm: the tests of this folder must notice every one (`./dev prove`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.conftest import PROVE, ROOT

CORE = ROOT / "platform" / "spelregel" / "records"
STEPS = ("test_day_requests.py", "test_where_bookings_meet.py", "test_ledger_oracle.py", "-k", "not postgresql")
PLACES = ("test_places_at_once.py", "-k", "approved_at_once or granted_and or share_the_staff")
COUNTER = ("test_places_at_once.py", "-k", "counter_itself")
PRESSES = ("test_credit_at_once.py", "-k", "exactly_sixty_five or twenty_five_requests")

#: what it does: (file, the text, the text instead, the tests that must notice)
MUTANTS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "one more than there are places": ("places.py", "PlaceCount.taken < room", "PlaceCount.taken <= room", COUNTER),
    "places that contracts plan are given out": ("places.py", "planned = sum(", "planned = 0 * sum(", COUNTER),
    "no lock on the group": ("places.py", "    session.scalars(found.with_for_update(key_share=True)", "    session.scalars(found", PLACES),
    "no lock on the other groups of the location": ("places.py", "CareGroup.location_id.in_(theirs)).order_by(CareGroup.id)", "CareGroup.id.in_(group_ids)).order_by(CareGroup.id)", PLACES),
    "the ratio is not asked": ("judging_bookings.py", "        if not fit.fits:", "        if False:", PLACES),
    "the last half hour is not counted": ("places.py", "-(-last // SLOT)", "last // SLOT", COUNTER),
    "a place is taken for half of the time": ("places.py", "session.count_changed(statement) != len(these)", "session.count_changed(statement) == 0", COUNTER),
    "the place stays taken after cancelling": (
        "judging_bookings.py", "            give_place_back(session, each.group_id, each.day, each.starts, each.ends)", "            pass", STEPS),
    "the place stays taken after an undo": (
        "judging_bookings.py", "            give_place_back(session, booking.group_id, booking.day, booking.starts, booking.ends)", "            pass", STEPS),
    "credit stays reserved after a rejection": (
        "judging_bookings.py", "    _release(session, bookings, now)\n    return bookings", "    return bookings", STEPS),
    "credit stays reserved after a lapse": ("judging_bookings.py", "    _release(session, lapsed, now)\n", "", STEPS),
    "an undo reserves nothing": (
        "judging_bookings.py", 'write(session, portion_id, "reserved", -amount, now, booking.day, booking.id)', "pass", STEPS),
    "an undo reserves what is used elsewhere": ("judging_bookings.py", "elif left[portion_id] < amount:", "elif False:", STEPS),
    "an undo is refused when just enough is left": ("judging_bookings.py", "elif left[portion_id] < amount:", "elif left[portion_id] <= amount:", STEPS),
    "an undo is a moment too short": ("judging_bookings.py", "now > booking.judged_at + UNDO", "now >= booking.judged_at + UNDO", STEPS),
    "an undo of what was asked again": ("judging_bookings.py", 'booking.state == "rejected" and _asked_again', "False and _asked_again", STEPS),
    "siblings are judged one by one": ("judging_bookings.py", "DayRequest.all_or_nothing.is_(True)", "DayRequest.all_or_nothing.is_(None)", STEPS),
    "siblings are granted one by one": ("judging_bookings.py", "if not request.all_or_nothing:", "if True:", STEPS),
    "siblings lapse one by one": ("judging_bookings.py", "each.request_id in wholes or is_over(each)", "is_over(each)", STEPS),
    "a request lapses a day early": ("judging_bookings.py", "timedelta(days=1), time()", "timedelta(), time()", STEPS),
    "a request lapses a minute late": ("judging_bookings.py", "booking, requests[booking.request_id]) <= now", "booking, requests[booking.request_id]) < now", STEPS),
    "what has lapsed is approved": ("judging_bookings.py", "if _over(session, tenant, bookings, now):", "if False:", STEPS),
    "credit is spent twice": (
        "judging_bookings.py", 'write(session, portion_id, "released", amount, now, booking.day, booking.id)\n        session.flush()', "session.flush()", STEPS),
    "credit comes back however late": ("judging_bookings.py", "found.follows not in STAYS_SPENT", "True", STEPS),
    "what waited is given back as if it was spent": ("judging_bookings.py", '"released" if was == "awaiting" else "given_back"', '"given_back"', STEPS),
    "a rest stays lapsed": ("judging_bookings.py", "            _give_rest_back(session, each, now)\n", "", STEPS),
    "everybody may go beyond the limit": ("judging_bookings.py", "beyond=beyond is not None)", "beyond=True)", STEPS),
    "a guarantee waits for a place": ("judging_bookings.py", "beyond=any(each.guaranteed for each in bookings)", "beyond=False", STEPS),
    "a daypart is handed in that was reported absent": ("judging_bookings.py", "if booking.given_up_day is not None:\n            away", "if False:\n            away", STEPS),
    "no lock on the child": ("judging_bookings.py", "    for child_id in about:\n        lock_child(session, child_id)\n", "", PRESSES),
    "a press is not looked for after the lock": (
        "judging_bookings.py", "        before := find_request(session, account_id, submission)\n    ) is not None:", "        before := None\n    ) is not None:", PRESSES),
    "what one day uses is there for the next": ("asking_days.py", "left[portion.id] -= amount", "pass", STEPS),
    "what lapsed is paid with": ("credit_ledger.py", "portion.valid_until < today:", "portion.valid_until <= today:", STEPS),
    "what was given back stays used": ("credit_ledger.py", 'USED = ("reserved", "released", "spent", "given_back")', 'USED = ("reserved", "released", "spent")', STEPS),
    "what lapsed is written down by everybody": (
        "credit_ledger.py", "    lock_child(session, child_id)\n    for portion", "    for portion", ("test_where_bookings_meet.py",)),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_every_edit_is_of_a_line_that_is_there(name: str) -> None:
    file, old, new, _ = MUTANTS[name]
    text = (CORE / file).read_text("utf-8")
    assert text.count(old) == 1 and new != old
    compile(text.replace(old, new), file, "exec")


def run(tests: tuple[str, ...], platform: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "SPELREGEL_PROVE"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", *(f"tests/records/{each}" if each.endswith(".py") else each for each in tests)]  # fmt: skip
    paths = os.pathsep.join([str(platform), str(ROOT)])
    return subprocess.run(command, cwd=ROOT, env={**environment, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=600)  # fmt: skip


def copied(folder: Path) -> Path:
    """The program, with beside it what it looks for beside it."""
    (folder / "schemas").symlink_to(ROOT / "schemas")
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "platform" / "spelregel", folder / "platform" / "spelregel", ignore=left_out)
    return folder / "platform"


@cache
def unedited(tests: tuple[str, ...]) -> str:
    """What fails without an edit: nothing, or the edits prove nothing."""
    with TemporaryDirectory() as folder:
        found = run(tests, copied(Path(folder)))
        return "" if found.returncode == 0 else found.stdout[-3000:]


@pytest.mark.parametrize("name", list(MUTANTS) if PROVE else ["the place stays taken after cancelling"])
def test_every_edit_is_noticed(name: str, tmp_path: Path) -> None:
    file, old, new, tests = MUTANTS[name]
    if PROVE:
        assert unedited(tests) == ""
    platform = copied(tmp_path)
    source = platform / "spelregel" / "records" / file
    source.write_text(source.read_text("utf-8").replace(old, new), "utf-8")
    found = run(tests, platform)
    assert found.returncode == 1 and "FAILED tests/records" in found.stdout, found.stdout[-3000:]
