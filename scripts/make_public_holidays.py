"""Writes platform/spelregel/tenancy/national/nl_public_holidays.yaml from the `holidays` library (a test dependency).

Run by hand, once a year; a test compares its output with the committed file. The running program reads the file only.
"""

import sys
from datetime import date
from pathlib import Path

import holidays

YEARS = range(2021, 2031)
TARGET = Path(__file__).parents[1] / "platform/spelregel/tenancy/national/nl_public_holidays.yaml"
NAMES = {
    "new_years_day": ("Nieuwjaarsdag", "New Year's Day"),
    "good_friday": ("Goede Vrijdag", "Good Friday"),
    "easter_sunday": ("Eerste Paasdag", "Easter Sunday"),
    "easter_monday": ("Tweede Paasdag", "Easter Monday"),
    "kings_day": ("Koningsdag", "King's Day"),
    "liberation_day": ("Bevrijdingsdag", "Liberation Day"),
    "ascension_day": ("Hemelvaartsdag", "Ascension Day"),
    "whit_sunday": ("Eerste Pinksterdag", "Whit Sunday"),
    "whit_monday": ("Tweede Pinksterdag", "Whit Monday"),
    "christmas_day": ("Eerste Kerstdag", "Christmas Day"),
    "boxing_day": ("Tweede Kerstdag", "Boxing Day"),
}


def public_holidays() -> str:
    dutch = {name.lower(): key for key, (name, _) in NAMES.items()}
    lines = [
        "# Public holidays of the Netherlands, dates written out. Made by scripts/make_public_holidays.py.",
        "# Which of them count is the organisation's choice: calendar.public_holidays.",
        "names:",
        *(f'  {key}: {{nl: "{nl}", en: "{en}"}}' for key, (nl, en) in NAMES.items()),
        "years:",
    ]
    for year in YEARS:
        found = holidays.country_holidays("NL", years=year, language="nl", categories=("public", "optional"))
        days: dict[str, date] = {}
        for day, names in sorted(found.items()):
            for name in names.split("; "):
                days[dutch[name.lower()]] = day
        assert set(days) == set(NAMES), f"{year}: {set(NAMES) ^ set(days)}"
        lines.append(f'  "{year}":')
        lines.extend(f"    {key}: {days[key].isoformat()}" for key in sorted(days, key=days.__getitem__))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(public_holidays(), "utf-8")
    sys.stdout.write(f"wrote {TARGET.name}\n")
