"""Tests of the tables of a page."""

from __future__ import annotations

from headgate.surfaces.pages.tables import Loud, Written, grid
from tests.surfaces.pages.reading import read


def test_numbers_stand_to_the_right_and_so_does_the_head_of_their_column() -> None:
    table = grid(["name", "n", "share"], [("a", 1200, Written("12 %")), ("b", None, Loud("50 %"))])

    reader = read(table)

    assert [one.get("class") for one in reader.attributes("th")] == [None, "number", "number"]
    assert [one["class"] for one in reader.attributes("td")] == [
        *("name short", "number", "number"),
        *("name short", "number none muted", "number off"),
    ]
    assert reader.tables[0][1] == ["a", "1,200", "12 %"]


def test_a_column_that_nothing_stands_in_is_left_out() -> None:
    table = grid(["name", "note", "n"], [("a", None, 1), ("b", "", 0)])

    head, *rows = read(table).tables[0]

    assert head == ["name", "n"]
    assert rows == [["a", "1"], ["b", "0"]]


def test_a_table_without_rows_keeps_its_head() -> None:
    table = grid(["name", "n"], [])

    assert read(table).tables == [[["name", "n"]]]


def test_yes_and_no_are_words() -> None:
    table = grid(["a", "b"], [(True, False)])

    assert read(table).tables[0][1] == ["yes", "no"]


def test_a_long_row_says_the_name_of_every_cell_for_a_narrow_screen() -> None:
    names = ["a", "b", "c", "d", "e & f"]

    table = grid(names, [("1", "2", "3", "4", "5")])

    reader = read(table)
    assert reader.attributes("table") == [{"class": "tall"}]
    assert [one["data-of"] for one in reader.attributes("td")] == names


def test_few_short_columns_stay_side_by_side_on_a_narrow_screen() -> None:
    table = grid(["a", "b"], [("1", "2")])
    wide = grid(["a", "b"], [("1", "2")], wide=["b"])

    assert read(table).attributes("table") == [{}]
    assert read(wide).attributes("table") == [{"class": "tall"}]


def test_short_text_stays_on_a_line_and_long_text_does_not() -> None:
    table = grid(["a"], [("2026-11-01 00:00",), ("a text that is longer than that",)])

    assert [one["class"] for one in read(table).attributes("td")] == ["name short", "name"]
