"""A regular expression finds in Python what the engine of tables finds, or is not carried over."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.contract.patterns import written
from headgate.contract.validating.patterns import carried
from headgate.contract.words import Unspoken

ENGINE = duckdb.connect()
PARTS = [
    *"abkS1_ .-^$|]{}#&", "[ab]", "[^a]", "[a-]", "[]a]", "[^]a]", "[]$]", r"[\d_]", r"[\w-]",
    r"\d",
    r"\w", r"\s", r"\S", r"\W", r"\b", r"\B", r"\A", r"\z", r"\.", r"\$", r"\x41", "(a)", "(?:a|b)",
    "(a|)", "é", "\n", "[é-ü]", "a{2}", "a{1,2}", "a{0}", "a*", "a+?", "b??", "(?i:K)", "(?s:.)",
    "[[:alpha:]]", r"[^\s]", r"[^\d]", "[a&&b]", "[a--b]", "[a||b]", "[~~a]", "[[a]", "[+--]",
    "{,2}",
    r"\v", r"[\b]", r"[\x41-\x43]", "(?P<n>a)", "(?<n>a)", r"\x{41}", r"\pL", r"\1", r"\Z",
    "a{1001}",
    r"[a\-z]", "(?=a)", "a++", "x{2,1}", "(?i)", r"\Q",
]  # fmt: skip
TEXTS = [
    "", "a", "A", "b", "ab", "aab", "a\n", "\na", "a\nb", "1", "_", " ", "é", "ü", "É", "k", "K",
    "\u212a", "s", "\u017f", "\u0663", "\x0b", "\x85", "\u00a0", "\u2028", "a-", "-", "$", ".", "^",
    "|", "[", "]", "{", "}", "{,2}", "a{,2}", "&", "B", "#", "a b", "x", "\t", "\r\n", "~", "a&b",
]  # fmt: skip


def found_in_tables(pattern: str) -> list[bool] | None:
    """What the engine finds; nothing if it does not read the expression."""
    asked = "select regexp_matches(text, $1) from (select unnest($2) as text)"
    try:
        return [one for (one,) in ENGINE.execute(asked, [pattern, TEXTS]).fetchall()]
    except duckdb.Error:
        return None


@settings(max_examples=100)
@given(
    flags=st.sampled_from(["", "", "", "(?i)", "(?s)", "(?is)"]),
    parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=4),
)
def test_what_is_carried_over_finds_the_same(flags: str, parts: list[str]) -> None:
    pattern = flags + "".join(parts)

    made = carried(pattern)

    if made is not None:
        assert [bool(re.search(made, one)) for one in TEXTS] == found_in_tables(pattern)


@settings(max_examples=50)
@given(parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=4))
def test_no_engine_is_handed_what_tables_are_not_looked_at_by(parts: list[str]) -> None:
    pattern = "".join(parts)

    try:
        written(pattern, "spark")
    except Unspoken:
        return

    assert found_in_tables(pattern) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("a{,2}", "", False),
        ("a{,2}", "a{,2}", True),
        (r"^\B$", "", True),
        ("[]$]", "$", True),
        ("[]$]", "]", True),
        ("[]$]", "", False),
        ("[a&&b]", "&", True),
        ("(?i)k", "\u212a", True),
        ("(?i)s", "\u017f", True),
        ("(?i)é", "É", True),
        ("(?i)i", "\u0131", False),
        (r"(?i)^\w$", "\u017f", True),
        (r"\d", "\u0663", False),
        ("^a$", "a\n", False),
        ("^[^b]$", "\0", True),
        ("^.$", "\0", True),
        ("^.$", "\n", False),
        ("(?s)^.$", "\n", True),
        ("(?s)^.$", "\0", True),
        (r"^[[:space:]]$", "\x0b", True),
        (r"^\s$", "\x0b", False),
    ],
)
def test_signs_mean_what_they_mean_in_tables(pattern: str, text: str, is_found: bool) -> None:
    made = carried(pattern)

    assert made is not None
    assert bool(re.search(made, text)) == is_found


@pytest.mark.parametrize("pattern", [r"[\b]", "a{1001}", "(?<n>a)", "[a--b]", "(a", "a)", "*"])
def test_what_tables_are_not_looked_at_by_is_not_carried_over(pattern: str) -> None:
    assert found_in_tables(pattern) is None
    assert carried(pattern) is None


@pytest.mark.parametrize("pattern", ["[a||b]", "[~~a]", "[+--]", "[[a]"])
def test_no_warning_of_sets_to_come_is_raised(
    pattern: str, recwarn: pytest.WarningsRecorder
) -> None:
    carried(pattern)

    assert list(recwarn) == []
