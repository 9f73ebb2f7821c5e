"""Service levels: how long, which value is kinder, and which are about the same thing."""

from __future__ import annotations

from typing import Any, cast

import pytest

from headgate.contract.listing import owner
from headgate.contract.odcs.levels import better, freshness_s, like, seconds, worth
from headgate.contract.odcs.nouns import Level, Member, Team
from tests.contract.sample import contract


@pytest.mark.parametrize(
    ("value", "unit", "length"),
    [
        (90, "s", 90),
        ("1.5", "min", 90),
        (2, "Hours", 7200),
        (1, "w", 604_800),
        (1, "y", 31_536_000),
        (1, "rows", None),
        ("soon", "d", None),
        (True, "d", None),
        (None, "d", None),
    ],
)
def test_a_length_of_time_in_seconds(value: object, unit: str, length: float | None) -> None:
    level = Level(property="latency", value=cast("Any", value), unit=unit)

    assert seconds(level) == length


@pytest.mark.parametrize(
    ("name", "kinder"),
    [
        ("latency", "lower"),
        ("ly", "lower"),
        ("time_to_repair", "lower"),
        ("Retention", "higher"),
        ("availability", "higher"),
        ("end of life", "same"),
    ],
)
def test_which_value_is_kinder_depends_on_the_level(name: str, kinder: str) -> None:
    assert better(Level(property=name, value=1)) == kinder


def test_what_is_no_length_of_time_is_worth_its_number() -> None:
    assert worth(Level(property="availability", value=99.9, unit="percent")) == 99.9
    assert worth(Level(property="latency", value=1, unit="min")) == 60


def test_levels_are_alike_if_they_are_about_the_same_thing() -> None:
    mine = Level(property="latency", value=1, element="orders.placed")
    others = [
        Level(property="freshness", value=2, element="orders.placed"),
        Level(property="latency", value=2, element="lines.placed"),
        Level(property="retention", value=2, element="orders.placed"),
    ]

    assert like(mine, others) == others[:1]


def test_a_contract_without_latency_says_nothing_of_freshness() -> None:
    assert freshness_s(contract()) is None


@pytest.mark.parametrize(
    ("team", "name"),
    [
        (None, ""),
        (Team(name="sales"), "sales"),
        (Team(members=(Member(username="ann"), Member(username="bo", role="Owner"))), "bo"),
        ((Member(username="ann", name="Ann"),), "Ann"),
    ],
)
def test_who_answers_for_a_contract(team: object, name: str) -> None:
    import msgspec

    assert owner(msgspec.structs.replace(contract(), team=team)) == name
