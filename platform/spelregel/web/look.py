"""An organisation's colours become the tones of a page, by rule: every text can be read on its ground, light and dark."""

from __future__ import annotations

from functools import lru_cache

from spelregel.tenancy.meaning_check import contrast
from spelregel.tenancy.tenant import Look

READABLE = 4.6  # WCAG AA asks 4.5; a little more, since tones are rounded to whole steps
#: The steady colours of children's initials: hue in degrees.
CHILD_HUES = (205, 28, 145, 330, 265, 85)


def mix(first: str, second: str, part: float) -> str:
    """`part` of the second colour in the first, both as #rrggbb."""
    pairs = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def readable(text: str, grounds: tuple[str, ...], towards: str) -> str:
    """`text`, moved towards a colour in small steps until it can be read on every ground."""
    for step in range(21):
        tone = mix(text, towards, step / 20)
        if all(contrast(tone, ground) >= READABLE for ground in grounds):
            return tone
    return towards


def tones(look: Look, *, dark: bool) -> dict[str, str]:
    """Custom properties of the style sheet, by name."""
    accent, ink, paper = look.colours["accent"], look.colours["ink"], look.colours["paper"]
    if dark:
        ground = mix(mix(ink, "#000000", 0.45), accent, 0.04)
        text, far = mix(paper, "#ffffff", 0.1), "#ffffff"
    else:
        ground, text, far = paper, ink, "#000000"
    surface = mix(ground, "#ffffff", 0.07 if dark else 0.72)
    tint = mix(surface, accent, 0.22 if dark else 0.1)
    grounds = (ground, surface, tint)
    own = readable(accent, grounds, far)
    found = {
        "paper": ground,
        "surface": surface,
        "tint": tint,
        "line": mix(ground, text, 0.2 if dark else 0.14),
        "edge": readable(mix(ground, text, 0.45), (ground, surface), text) if dark else mix(ground, text, 0.52),
        "ink": readable(text, grounds, far),
        "muted": readable(mix(text, ground, 0.36), grounds, far),
        "accent": own,
        "fill": own if dark else accent,
        "on-fill": (mix(ground, "#000000", 0.3) if dark else look.colours["on_accent"]),
    }
    for name, colour in (("good", "#1f7a43"), ("wait", "#8a5a00"), ("gone", "#a33a2c")):
        ground_of = mix(surface, colour, 0.2 if dark else 0.1)
        found[f"{name}-tint"] = ground_of
        found[name] = readable(colour, (ground_of, surface, ground), far)
    for index, hue in enumerate(CHILD_HUES):
        back, front = (
            (_hsl(hue, 0.28, 0.3), _hsl(hue, 0.5, 0.9)) if dark else (_hsl(hue, 0.5, 0.86), _hsl(hue, 0.55, 0.24))
        )
        found[f"child-{index}"], found[f"on-child-{index}"] = back, readable(front, (back,), far)
    return found


def _hsl(hue: int, saturation: float, lightness: float) -> str:
    def channel(n: int) -> int:
        k = (n + hue / 30) % 12
        a = saturation * min(lightness, 1 - lightness)
        return round(255 * (lightness - a * max(-1, min(k - 3, 9 - k, 1))))

    return f"#{channel(0):02x}{channel(8):02x}{channel(4):02x}"


@lru_cache(maxsize=256)
def _style_sheet(colours: tuple[tuple[str, str], ...], shape: str) -> str:
    look = Look("", None, shape, dict(colours))
    corners = {"round": "1.1rem", "soft": ".7rem", "square": ".25rem"}.get(shape, ".7rem")

    def block(dark: bool) -> str:
        return "".join(f"--{name}:{colour};" for name, colour in tones(look, dark=dark).items())

    return f":root{{--corner:{corners};{block(False)}}}\n@media (prefers-color-scheme:dark){{:root{{{block(True)}}}}}\n"


def style_sheet(look: Look) -> str:
    return _style_sheet(tuple(sorted(look.colours.items())), look.shape)


def icon(look: Look) -> str:
    """The initials as a picture, for the browser's tab."""
    corner = {"round": 32, "soft": 14, "square": 3}.get(look.shape, 14)
    letters = look.initials.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="{corner}" fill="{look.colours["accent"]}"/>'
        f'<text x="32" y="42" text-anchor="middle" font-family="system-ui,sans-serif" font-weight="700" font-size="28" '
        f'fill="{look.colours["on_accent"]}">{letters}</text></svg>'
    )
