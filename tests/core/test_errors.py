"""Errors carry what is wrong and what to do about it."""

from __future__ import annotations

import pytest

from headgate.core.errors import (
    FAMILIES,
    Conflict,
    Denied,
    HeadgateError,
    Invalid,
    NotFound,
    Unavailable,
)


def test_an_error_shows_its_message_and_its_mend() -> None:
    error = Invalid("column 'a' stands twice", mend="give each column its own name")

    text = str(error)

    assert text == "column 'a' stands twice\nmend: give each column its own name"


def test_a_misspelt_name_is_answered_by_the_nearest_one() -> None:
    error = NotFound.among("dataset", "orderz", ["users", "orders"])

    assert error.message == "no dataset named 'orderz'"
    assert error.mend == "did you mean orders?"


def test_a_name_near_to_none_is_answered_by_those_there_are() -> None:
    error = NotFound.among("dataset", "zzz", ["users", "orders"])

    assert error.mend == "there is orders, users"


def test_at_most_eight_names_are_listed() -> None:
    error = NotFound.among("dataset", "zzz", [f"d{number}" for number in range(9)])

    assert error.mend == "there is d0, d1, d2, d3, d4, d5, d6, d7 and more"


def test_where_nothing_is_there_the_mend_says_so() -> None:
    error = NotFound.among("tag of orders", "zzz", [])

    assert error.mend == "there is no tag of orders yet"


@pytest.mark.parametrize(
    ("family", "code", "status"),
    [
        (NotFound, "not-found", 404),
        (Invalid, "invalid", 422),
        (Conflict, "conflict", 409),
        (Denied, "denied", 403),
        (Unavailable, "unavailable", 503),
    ],
)
def test_a_family_has_its_code_and_exits_with_2(
    family: type[HeadgateError], code: str, status: int
) -> None:
    error = family("x", mend="y")

    assert (error.code, error.http_status, error.exit_code) == (code, status, 2)
    assert FAMILIES[code] is family


def test_an_error_of_no_family_is_our_bug() -> None:
    assert HeadgateError("x", mend="y").exit_code == 3
