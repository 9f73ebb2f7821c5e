"""Service levels: how long, which value is kinder, and which are about the same thing."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.contract.listing import owner
from headgate.contract.odcs.files import load
from headgate.contract.odcs.levels import (
    LENGTHS,
    SECONDS,
    better,
    fault,
    key_of,
    like,
    seconds,
    worth,
)
from headgate.contract.odcs.nouns import Level, Member, Team
from headgate.core.errors import Invalid
from tests.contract.sample import contract, contract_text

NAMES = ("latency", "fy", "retention", "volume", "completeness", "ga", "")
JUNK = (
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8)
    | st.sampled_from(["7d", "1h30m", "07:00", "9" * 400, "inf", "-1"])
)  # fmt: skip
UNITS = st.sampled_from([*SECONDS, "", "rows", "percent", "GB", "D"])


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


@pytest.mark.parametrize(
    ("level", "key", "told"),
    [
        ({"property": "latency", "value": "soon"}, "value", "'soon' is no length of time"),
        ({"property": "ly", "value": None, "unit": "d"}, "value", "None is no length of time"),
        ({"property": "latency", "value": True, "unit": "d"}, "value", "True is no length"),
        ({"property": "latency", "value": 2, "unit": "fortnight"}, "unit", "is no unit of time"),
        ({"property": "latency", "value": "2h", "unit": "h"}, "value", "'2h' is no length"),
        ({"property": "latency", "value": 0, "unit": "h"}, "value", "must be above zero"),
        ({"property": "latency", "value": float("inf"), "unit": "h"}, "value", "no eternity"),
        ({"property": "latency", "value": float("nan"), "unit": "h"}, "value", "no eternity"),
        ({"property": "frequency", "value": "99999999999d"}, "value", "is no length of time"),
        ({"property": "retention", "value": -3, "unit": "y"}, "value", "must be above zero"),
        ({"property": "volume", "value": "many"}, "value", "'many' is no number of rows"),
        ({"property": "volume", "value": -1}, "value", "-1 is no number of rows"),
        ({"property": "volume", "value": 5, "unit": "GB"}, "unit", "'GB' counts no rows"),
        ({"property": "volume", "value": 5, "valueExt": 4}, "valueExt", "no number of rows from 5"),
        ({"property": "volume", "value": 10**400, "valueExt": 4}, "value", "is no number of rows"),
        (
            {"property": "completeness", "value": 101, "valueExt": "07:00"},
            "value",
            "101 is no share in percent",
        ),
        (
            {"property": "completeness", "value": 0.5, "valueExt": "07:00"},
            "unit",
            "'' is no share",
        ),
        (
            {"property": "completeness", "value": 50, "unit": "%", "valueExt": "7 am"},
            "valueExt",
            "'7 am' is no time of day",
        ),
        (
            {"property": "completeness", "value": 50, "unit": "%", "valueExt": "00:00"},
            "valueExt",
            "is no time of day",
        ),
    ],
)
def test_a_level_that_cannot_be_read_is_refused_with_its_line_and_clause(
    level: dict[str, object], key: str, told: str
) -> None:
    text = contract_text(slaProperties=[{"property": "ga", "value": "soon"}, level])
    lines = text.splitlines()

    with pytest.raises(Invalid) as caught:
        load(text.encode(), "c.yaml")

    place, clause, message = caught.value.message.split(": ", 2)
    assert clause == f"slaProperties[1].{key}"
    assert told in message
    shown = lines[int(place.split(":")[1]) - 1]
    assert (key if key in level else "property") in shown


@pytest.mark.parametrize(
    "level",
    [
        {"property": "latency", "value": "26h"},
        {"property": "latency", "value": "2", "unit": "H"},
        {"property": "volume", "value": 0, "valueExt": 0, "unit": "rows"},
        {"property": "completeness", "value": 99.5, "unit": "percent"},
        {"property": "completeness", "value": 95, "unit": "percent", "valueExt": "24:00"},
        {"property": "timeToRepair", "value": "soon"},
        {"property": "generalAvailability", "value": None},
    ],
)
def test_a_level_that_can_be_read_or_is_not_looked_at_is_taken(level: dict[str, object]) -> None:
    read = contract(slaProperties=[level])

    assert fault(read.sla_properties[0]) is None


@given(st.builds(Level, property=st.sampled_from(NAMES), value=JUNK, value_ext=JUNK, unit=UNITS))
def test_whatever_stands_in_a_level_is_read_or_told(level: Level) -> None:
    found = fault(level)

    assert found is None or (found.key in {"value", "valueExt", "unit"} and found.mend)
    if found is None and seconds(level) is not None and key_of(level) in LENGTHS:
        assert 0 < (seconds(level) or 0) < float("inf")


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
