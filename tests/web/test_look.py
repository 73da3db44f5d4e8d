"""The tones that are derived from any colours that `check` lets through can be read, light and dark."""

from __future__ import annotations

import colorsys

from hypothesis import assume, given
from hypothesis import strategies as st

from spelregel.tenancy.meaning_check import contrast
from spelregel.tenancy.tenant import Look
from spelregel.web.look import CHILD_HUES, readable, tones
from tests.conftest import TENANTS, tenant

READ_ON = {
    "ink": ("paper", "surface", "tint"), "muted": ("paper", "surface", "tint"), "accent": ("paper", "surface", "tint"), "on-fill": ("fill",),
    "good": ("surface", "good-tint"), "wait": ("surface", "wait-tint"), "gone": ("surface", "gone-tint"),
    **{f"on-child-{index}": (f"child-{index}",) for index in range(len(CHILD_HUES))},
}  # fmt: skip


def unreadable(colours: dict[str, str]) -> list[str]:
    found = []
    for dark in (False, True):
        tone = tones(Look("X", None, "round", colours), dark=dark)
        for text, grounds in READ_ON.items():
            found += [
                f"{text} on {ground}, dark={dark}: {contrast(tone[text], tone[ground]):.2f}"
                for ground in grounds
                if contrast(tone[text], tone[ground]) < 4.5
            ]
        found += [f"edge on {ground}" for ground in ("paper", "surface") if contrast(tone["edge"], tone[ground]) < 3]
    return found


def test_the_four_looks_can_be_read() -> None:
    for path in TENANTS:
        assert unreadable(dict(tenant(path.stem).look.colours)) == []


def _hex(hue: float, saturation: float, lightness: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))


@given(st.tuples(*[st.floats(0, 1)] * 2), st.floats(0.05, 0.95), st.tuples(*[st.floats(0, 1)] * 3))
def test_any_look_that_check_lets_through_can_be_read(
    hues: tuple[float, float], deep: float, rest: tuple[float, float, float]
) -> None:
    paper = _hex(hues[1], rest[1], 0.85 + rest[2] * 0.15)
    accent = readable(_hex(hues[0], rest[0], deep), (paper, "#ffffff"), "#000000")  # as dark as `check` asks
    colours = {"accent": accent, "on_accent": "#ffffff", "paper": paper, "ink": _hex(hues[1], rest[1] / 2, 0.1)}
    assume(
        all(
            contrast(colours[a], colours[b]) >= 4.5
            for a, b in (("on_accent", "accent"), ("ink", "paper"), ("accent", "paper"))
        )
    )
    assert unreadable(colours) == []
