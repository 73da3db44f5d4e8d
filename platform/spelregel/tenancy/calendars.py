"""Public holidays and school holidays of a country, read from the files in `national/`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from spelregel.rules.care_calendar import SchoolHoliday
from spelregel.tenancy.yaml_source import Source, read_yaml


@dataclass(frozen=True, slots=True)
class PublicHoliday:
    id: str
    day: date
    name_nl: str
    name_en: str


@dataclass(frozen=True, slots=True)
class National:
    """`ends`: the last day for which every calendar of this country has data."""

    timezone: str
    defaults: Source
    public_holidays: tuple[PublicHoliday, ...]
    school_holidays: dict[str, tuple[SchoolHoliday, ...]]  # by region
    ends: date


def read_national(name: str) -> Source:
    """A file of `national/`; raises when it cannot be read."""
    raw = files("spelregel.tenancy.national").joinpath(name).read_bytes()
    source = read_yaml(raw, f"national/{name}")
    if source.problems:
        raise RuntimeError(f"{name}: {source.problems[0].message}")
    return source


@cache
def national(country: str) -> National:
    """`country` is an ISO 3166 code in small letters, one that has files in `national/`."""
    defaults = read_national(f"{country}.yaml")
    public = read_national(f"{country}_public_holidays.yaml").data
    names = public["names"]
    holidays = tuple(
        PublicHoliday(key, date.fromisoformat(day), names[key]["nl"], names[key]["en"])
        for year in public["years"].values()
        for key, day in year.items()
    )
    school = read_national(f"{country}_school_holidays.yaml").data
    regions: dict[str, tuple[SchoolHoliday, ...]] = {}
    for region in school["regions"]:
        regions[region] = tuple(
            SchoolHoliday(name, date.fromisoformat(span["first"]), date.fromisoformat(span["last"]))
            for year in school["school_years"].values()
            for name, by_region in year.items()
            if isinstance(by_region, dict)
            for span in [by_region[region]]
        )
    ends = min(max(h.day for h in holidays), *(max(s.last for s in spans) for spans in regions.values()))
    return National(defaults.data["timezone"], defaults, holidays, regions, ends)
