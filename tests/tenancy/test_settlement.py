"""Who gets an address is decided per group of files, and that is what deciding about all at once would give."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as some

from spelregel.tenancy.claims import Claim
from spelregel.tenancy.settlement import Claimants, Version, settle
from tests.conftest import PROVE

NAMES = ("a", "b", "c", "d", "e")
claims = some.none() | some.builds(Claim, some.just("x"), some.sampled_from("pqr"), some.sampled_from("stu"))


def versions(wanted: list[Claim | None]) -> dict[str, Version | None]:
    return {
        name: Version(name, claim, str(claim), checked=True) if claim else None
        for name, claim in zip(NAMES, wanted, strict=True)
    }


@given(*(some.lists(claims, min_size=5, max_size=5) for _ in range(2)))
@example([Claim("x", "p", "s"), Claim("x", "q", "s"), None, None, None], [None] * 5)
def test_settling_group_by_group_is_settling_all_at_once(wanted: list[Claim | None], had: list[Claim | None]) -> None:
    newest, good, claimants = versions(wanted), versions(had), Claimants()
    for name in NAMES:
        claimants.put(name, (newest[name], good[name]))
    live, refused = settle(newest, good)
    for name in NAMES:
        group = claimants.group(name)
        assert {name} <= group and all(claimants.group(other) == group for other in group)
        part, no = settle({n: newest[n] for n in group}, {n: good[n] for n in group})
        assert part == {n: live[n] for n in group if n in live}
        assert {n: [(r.key, r.value) for r in each] for n, each in no.items()} == {
            n: [(r.key, r.value) for r in each] for n, each in refused.items() if n in group
        }
    for key in ("subdomain", "slug"):
        values = [getattr(version.claim, key) for version in live.values()]
        assert len(values) == len(set(values)), "never two with one address or one name"


@given(some.lists(some.tuples(some.sampled_from(NAMES), claims, claims), max_size=30 if PROVE else 12))
def test_what_is_written_down_about_a_file_replaces_what_was(
    steps: list[tuple[str, Claim | None, Claim | None]],
) -> None:
    claimants, now = Claimants(), dict[str, list[Claim]]()
    for name, newest, good in steps:
        before = {each for each, has in now.items() if any(shares(a, b) for a in has for b in now.get(name, []))}
        now[name] = [claim for claim in (newest, good) if claim]
        after = {each for each, has in now.items() if any(shares(a, b) for a in has for b in now[name])}
        found = claimants.put(name, [Version(name, claim, "") for claim in now[name]])
        assert found == {name} | before | after
    crowded = {
        name
        for name in now
        for other in now
        if name != other and any(shares(a, b) for a in now[name] for b in now[other])
    }
    assert claimants.beside_others() == crowded


def shares(first: Claim, second: Claim) -> bool:
    return first.subdomain == second.subdomain or first.slug == second.slug
