"""Zones as contracts say them, and whom a contract is about."""

from __future__ import annotations

import pytest

from headgate.contract.published.verbs import about_of
from headgate.contract.published.zones import level, zone_of
from headgate.core.errors import Invalid
from tests.contract.sample import contract


@pytest.mark.parametrize(
    ("said", "zone", "height"),
    [
        ("raw", "raw", 0),
        ("cleaned", "cleaned", 1),
        ("curated", "curated", 2),
        ("bronze", "raw", 0),
        ("silver", "cleaned", 1),
        ("gold", "curated", 2),
    ],
)
def test_a_zone_has_two_names_and_one_height(said: str, zone: str, height: int) -> None:
    read = zone_of(contract(customProperties=[{"property": "zone", "value": said}]))

    assert (read, level(read)) == (zone, height)


def test_a_contract_that_says_no_zone_is_about_raw_data() -> None:
    read = zone_of(contract(customProperties=[{"property": "tier", "value": "gold"}]))

    assert (read, level(read)) == ("", 0)


@pytest.mark.parametrize("said", ["Gold", "", "platinum", 3, None, ["gold"]])
def test_what_is_no_zone_is_refused_with_those_there_are(said: object) -> None:
    told = contract(customProperties=[{"property": "zone", "value": said}])

    with pytest.raises(Invalid, match="is no zone") as refused:
        zone_of(told)

    assert refused.value.mend == "write raw, cleaned, curated, or bronze, silver, gold"


def test_a_contract_of_one_object_is_about_its_file_s_name_too() -> None:
    one = contract(schema=[{"name": "bills", "physicalName": "public.bills"}])
    two = contract(schema=[{"name": "bills"}, {"name": "notes"}])

    assert about_of("orders", one) == ("bills", "public.bills", "orders")
    assert about_of("orders", two) == ("bills", "notes")
    assert about_of("bills", contract(schema=[{"name": "bills"}])) == ("bills",)
    assert about_of("orders", contract(schema=[])) == ()
