"""Sets of signs as spans: what is left out of them, and their other cases."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.contract.charsets import LAST, NAMED, SHORT, SURROGATES, Spans, both_cases, negated

SIGNS = st.integers(1, 0x2FF) | st.integers(SURROGATES[0] - 2, SURROGATES[1] + 2)
SPANS = st.lists(st.tuples(SIGNS, st.integers(0, 40)), max_size=5).map(
    lambda found: tuple((low, min(low + more, LAST)) for low, more in found)
)


def holds(spans: Spans, code: int) -> bool:
    return any(low <= code <= high for low, high in spans)


@given(spans=SPANS, code=SIGNS)
def test_a_sign_is_in_a_set_or_among_all_others(spans: Spans, code: int) -> None:
    others = negated(spans)

    is_half = SURROGATES[0] <= code <= SURROGATES[1]
    assert holds(others, code) == (not holds(spans, code) and not is_half)
    assert all(low <= high for low, high in others)


@given(spans=SPANS)
def test_both_cases_hold_what_was_there(spans: Spans) -> None:
    once = both_cases(spans)

    assert set(spans) <= set(once)
    assert all(holds(once, low) and holds(once, high) for low, high in spans)


@pytest.mark.parametrize(
    ("sign", "others"),
    [("k", "Kk\u212a"), ("S", "Ss\u017f"), ("é", "Éé"), ("ß", "ß"), ("1", "1")],
)
def test_the_other_cases_of_a_sign_are_those_that_re2_takes(sign: str, others: str) -> None:
    spans = both_cases(((ord(sign), ord(sign)),))

    assert sorted(chr(low) for low, _ in spans) == sorted(others)


@pytest.mark.parametrize("name", list(SHORT))
def test_short_names_are_those_of_ascii_in_python(name: str) -> None:
    found = [chr(code) for code in range(1, 0x250) if holds(SHORT[name], code)]

    wanted = [chr(code) for code in range(1, 0x250) if re.match(f"\\{name}", chr(code), re.ASCII)]
    # RE2 leaves the vertical tab out of \s
    assert found == [one for one in wanted if one != "\v"]


def test_named_sets_are_of_ascii() -> None:
    for spans in NAMED.values():
        assert all(1 <= low <= high < 128 for low, high in spans)
    assert sum(high - low + 1 for low, high in NAMED["punct"]) == 32
