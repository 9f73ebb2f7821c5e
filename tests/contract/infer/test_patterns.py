"""Codes have a form, free words have none."""

from __future__ import annotations

import re

import pytest

from headgate.contract.infer.patterns import code_form, known_form

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (["NO-1234", "SE-0077"], "^[A-Z]{2}-[0-9]{4}$"),
        (["a.1", "bc.22"], r"^[a-z]+\.[0-9]+$"),
        (["(1)", "(2)"], r"^\([0-9]\)$"),
        (["0042", "9917"], "^[0-9]{4}$"),
        (["x1y2", "12ab", "zzz9"], "^[0-9A-Za-z]{4}$"),
        (["A1-b", "11-c"], "^[0-9A-Za-z]{2}-[0-9A-Za-z]$"),
        (["Oslo", "Bergen"], None),
        (["New York", "Rome 2"], None),
        (["one two", "two one"], None),
        (["", ""], None),
        (["ÅÆ-1", "ØØ-2"], None),
        (["x" * 300, "y" * 300], None),
    ],
)
def test_the_form_of_codes_is_found(texts: list[str], pattern: str | None) -> None:
    found = code_form(texts * 50)

    assert (found.pattern if found else None) == pattern
    assert found is None or all(re.search(found.pattern, one) for one in texts)


def test_a_form_needs_to_be_seen_often_and_by_nearly_all() -> None:
    assert code_form(["NO-1234"] * 49) is None
    assert code_form(["NO-1234"] * 990 + ["none yet"] * 10) is None
    assert code_form(["NO-1234"] * 2999 + ["none yet"]) is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ada@example.org", "e-mail address"),
        ("0b9f3a52-93a1-4c07-9d4e-1d3c7a5b8e21", "uuid"),
        ("https://example.org/a?b=c", "web address"),
        ("10.0.0.255", "IPv4 address"),
        ("plain", None),
    ],
)
def test_known_forms_are_told_by_their_names(text: str, said: str | None) -> None:
    found = known_form([text] * 50)

    assert (found.said if found else None) == said
