"""The file with the Dutch staff-child ratio: what it says of itself, and that a mistake in it is named with its line."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from spelregel.tenancy.ratio_tables import RatioFileWrong, ratio_tables, tables_in
from spelregel.tenancy.yaml_source import read_yaml

TEXT = files("spelregel.tenancy.national").joinpath("nl_staff_child_ratio.yaml").read_text("utf-8")


def test_every_table_says_where_it_comes_from_and_how_sure_that_is() -> None:
    tables = ratio_tables("nl").tables
    assert [(each.id, each.valid_from, each.valid_to, each.confidence) for each in tables] == [
        ("dagopvang-2012", None, date(2018, 12, 31), "low"),
        ("dagopvang-2019", date(2019, 1, 1), None, "high"),
        ("bso-2012", None, date(2018, 12, 31), "medium"),
        ("bso-2019", date(2019, 1, 1), date(2024, 6, 30), "high"),
        ("bso-2024", date(2024, 7, 1), None, "medium"),
    ]
    assert all(len(each.source) > 40 for each in tables)
    assert all(each.uncertain for each in tables if each.confidence != "high")


def test_every_day_has_one_table_of_each_ratio() -> None:
    tables = ratio_tables("nl")
    for on in (
        date(2012, 1, 1),
        date(2018, 12, 31),
        date(2019, 1, 1),
        date(2024, 6, 30),
        date(2024, 7, 1),
        date(2100, 1, 1),
    ):
        for care_type in ("kdv", "bso"):
            found = tables.table_for(care_type, on)
            assert found
            fitting = [each for each in tables.tables if each.ratio == found.ratio and
                       (each.valid_from or on) <= on <= (each.valid_to or on)]  # fmt: skip
            assert fitting == [found]


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [
        ("valid_from: 2024-07-01", "valid_from: 2024-07-02", "does not begin the day after the one before it ends"),
        ("valid_to: 2024-06-30", "valid_to: null", "does not begin the day after the one before it ends"),
        ("valid_from: 2024-07-01", "valid_from: July", "a date such as"),
        ("counted_per: location", "counted_per: building", "one of group, location"),
        ("confidence: low", "confidence: none", "one of high, medium, low"),
        ("    group_size: 30\n", "", "rows are expected, or a formula and a group_size"),
        ("    group_size: 30\n", "    group_size: thirty\n", "a whole number from 1"),
        ("    safeguard: true", "    safeguard: yes", "true or false"),
        ("    safeguard: true", "    safegard: true", "“safegard” is no key"),
        ("  - id: bso-2019\n    ratio", "  - ratio", "“id” is missing"),
        ("id: bso-2024", "id: bso-2019", "two tables have one id"),
        ('      "1-3": [[1, 6], [2, 11], [3, 16]]\n', "", "every span of the table's ages needs a row"),
        ('"1-3": [[1, 6], [2, 11], [3, 16]]', '"1-5": [[1, 6]]', "each once"),
        ('"1-3": [[1, 6], [2, 11], [3, 16]]', '"one to three": [[1, 6]]', "a span of the table's ages"),
        ("[[1, 6], [2, 11], [3, 16]]", "[[1, 6], [2, 16], [3, 11]]", "must go up"),
        ("[[1, 6], [2, 11], [3, 16]]", "[[1], [2, 11], [3, 16]]", "[staff, children]"),
        ("[[1, 6], [2, 11], [3, 16]]", "[]", "a list of [staff, children]"),
        ("[[1, 5], [2, 10], [3, 15], [4, 16]]", "[[1, 5], [2, 10], [3, 15], [4, 16, 8]]", "must hold every group"),
        ("[2, 22, 18]", "[2, 22, 17]", "must hold every group"),
        ('weights: {"4-7": 100, "7+": 83}', 'weights: {"4-7": 100}', "“7+” is missing"),
        ('weights: {"4-7": 100, "7+": 83}', 'weights: {"4-7": 100, "7+": 0.083}', "a whole number"),
        ("divided_by: 1000", "divided_by: 0", "a whole number from 1"),
        ('first_ages: {"4-7": 4, "7+": 7}\n    group', 'first_ages: {"4-7": 7, "7+": 4}\n    group', "must go up"),
        ("psz: {ratio: dagopvang", "psz: {ratio: dagopvangg", "no table has this ratio"),
        ("    uncertain: []", "    uncertain: nothing", "a list is expected"),
        ("confidence: medium\n    source: \"Rijks", "confidence: medium\n    source: \"\" #", "a text is expected"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(good: str, bad: str, why: str) -> None:
    assert good in TEXT
    with pytest.raises(RatioFileWrong, match=r"^national/x\.yaml:[1-9]\d*: ") as wrong:
        tables_in(read_yaml(TEXT.replace(good, bad, 1).encode(), "national/x.yaml"))
    assert why in str(wrong.value)


def test_the_line_is_the_one_where_the_mistake_stands() -> None:
    text = TEXT.replace("counted_per: location", "counted_per: building")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "building" in each)
    with pytest.raises(RatioFileWrong, match=f"^nl:{line}: "):
        tables_in(read_yaml(text.encode(), "nl"))
