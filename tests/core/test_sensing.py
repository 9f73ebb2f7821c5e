"""Arrivals are told apart by name and version together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headgate.core.sensing import Arrival

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)


@given(first=st.tuples(WORDS, WORDS), second=st.tuples(WORDS, WORDS), body=WORDS)
def test_two_arrivals_have_one_key_only_if_name_and_version_are_the_same(
    first: tuple[str, str], second: tuple[str, str], body: str
) -> None:
    keys = [Arrival(*first).key, Arrival(*second, body=body).key]

    assert (keys[0] == keys[1]) == (first == second)
    assert [len(key) for key in keys] == [64, 64]
