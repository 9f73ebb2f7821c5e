"""Our reader against the standard's published schema: what we take, it takes."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator

from headgate.contract.odcs.files import load
from headgate.core.errors import Invalid
from headgate.spine.documents import dump
from tests.contract.odcs.test_malformed import JUNK, PLACES, PLAIN, changed

SCHEMA = json.loads(
    resources.files("open_data_contract_standard").joinpath("schema.json").read_text()
)
PUBLISHED = Draft201909Validator(SCHEMA)
# What each type of server has of its own is kept as it stands, and nothing is said of it.
BOUND = [place for place in PLACES if place[0] != "servers"]
# Stricter than published: options need a type, a rule a metric or something to do, and a length of
# time its unit.
STRICTER = ("logicalType", "metric", "type", "expectation", "unit")
OPEN = ("unevaluatedProperties", "additionalProperties")
"""Keywords that forbid unknown keys; those we keep, for they may be of a later version."""


def objections(value: Any) -> list[str]:
    """What the published schema says against a contract, but for keys it does not know."""
    return [
        each.message
        for each in PUBLISHED.iter_errors(value)
        if each.validator not in OPEN and not is_about_keys(each)
    ]


def is_about_keys(error: Any) -> bool:
    """Whether an error in a choice comes from unknown keys alone."""
    inner = error.context or []
    return bool(inner) and any(one.validator in OPEN or is_about_keys(one) for one in inner)


def is_taken(value: Any) -> bool:
    try:
        load(dump(value).encode(), "c.yaml")
    except Invalid:
        return False
    return True


@settings(max_examples=160)
@given(path=st.sampled_from(BOUND), junk=JUNK)
def test_what_is_read_is_valid_under_the_published_schema(path: tuple[Any, ...], junk: Any) -> None:
    value = changed(PLAIN, path, lambda _: junk)

    if is_taken(value):
        assert objections(value) == []


def test_a_contract_without_one_of_its_parts_is_taken_if_the_published_schema_takes_it() -> None:
    parts = [(tuple(above), key) for *above, key in PLACES if above]

    shorter = [(key, changed(PLAIN, above, lambda held, k=key: without(held, k)))
               for above, key in parts]  # fmt: skip

    wanted = [(key, value) for key, value in shorter if PUBLISHED.is_valid(value)]
    assert len(wanted) > len(parts) / 2
    assert [key for key, value in wanted if not is_taken(value) and key not in STRICTER] == []


def without(held: Any, key: Any) -> Any:
    """Leave one entry of a mapping or a list out."""
    if isinstance(held, dict):
        return {name: each for name, each in held.items() if name != key}
    return [each for number, each in enumerate(held) if number != key]
