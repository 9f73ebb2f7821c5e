"""Values are written as text of a known length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headgate.core.texts import CELL_SIGNS, cut, short


@given(st.text(), st.integers(3, 40))
def test_cut_text_is_no_longer_than_it_may_be_and_begins_the_same(text: str, most: int) -> None:
    shown = cut(text, most)

    assert len(shown) <= most
    assert shown == text or (shown.endswith("...") and text.startswith(shown[:-3]))


def test_text_of_the_very_length_stays_whole() -> None:
    assert cut("x" * CELL_SIGNS) == "x" * CELL_SIGNS
    assert cut("x" * (CELL_SIGNS + 1)) == "x" * (CELL_SIGNS - 3) + "..."


def test_a_plain_value_is_written_in_a_line() -> None:
    told = [short(value) for value in (None, "", True, [1, "a"], "y" * 90)]

    assert told == ["nothing", "''", "true", '[1,"a"]', "y" * 77 + "..."]
