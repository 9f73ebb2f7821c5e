"""Which kind of value a field takes, where it takes one of several."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.odcs.files import Checked, check
from headgate.contract.odcs.nouns import Team
from headgate.contract.odcs.writing import plain
from headgate.spine.documents import parse
from tests.contract.sample import contract_text


def read(*columns: dict[str, object], **more: object) -> Checked:
    return check(parse(contract_text(*columns, **more).encode(), "t.yaml"), "t.yaml")


def told(found: Checked) -> list[tuple[str, str, str]]:
    return [(one.clause, one.message, one.mend) for one in found.problems]


def rule(**more: object) -> dict[str, object]:
    return {"name": "a", "quality": [{"metric": "nullValues", **more}]}


MEMBER = {"username": "ann"}


@pytest.mark.parametrize(
    ("team", "is_team", "n_members"),
    [
        ({"name": "sales", "members": [MEMBER]}, True, 1),
        ({"name": "sales"}, True, 0),
        ([MEMBER, {"username": "bob"}], False, 2),
        ([], False, 0),
    ],
)
def test_a_team_is_a_mapping_or_the_older_list_of_members(
    team: Any, is_team: bool, n_members: int
) -> None:
    found = read(team=team).required()

    assert isinstance(found.team, Team) == is_team
    assert len(found.members) == n_members
    assert plain(found)["team"] == team


@pytest.mark.parametrize("team", ["sales", 5, True])
def test_a_team_of_another_kind_is_told(team: Any) -> None:
    ((where, message, _),) = told(read(team=team))

    assert where == "team"
    assert message.endswith(f", not {team!r}")


@pytest.mark.parametrize("value", [0, 5, 2.5])
def test_a_bound_is_kept_as_the_number_it_is(value: float) -> None:
    (column,) = read(rule(mustBe=value)).required().schema[0].properties

    (found,) = column.quality
    assert found.operator == ("mustBe", value)
    assert type(found.must_be) is type(value)


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ({"mustBeLessThan": "five"}, "must be a number, not 'five'"),
        ({"mustBeLessThan": True}, "must be a number, not True"),
        ({"mustBeBetween": [1]}, "must be a list of two numbers, not a list"),
        ({"mustBeBetween": [1, "2"]}, "must be a list of two numbers, not a list"),
        ({"mustBeBetween": [True, 2]}, "must be a list of two numbers, not a list"),
        ({"mustBeBetween": 3}, "must be a list of two numbers, not 3"),
        ({"mustBeBetween": [3, 3]}, "3 is not below 3"),
    ],
)
def test_a_bound_of_another_kind_is_told(bound: dict[str, object], message: str) -> None:
    ((where, said, mend),) = told(read(rule(**bound)))

    assert where == f"schema[0].properties[0].quality[0].{next(iter(bound))}"
    assert said == message
    assert mend


@pytest.mark.parametrize(
    ("logical", "options", "message"),
    [
        ("integer", {"minimum": "1"}, "must be a number, not '1'"),
        ("date", {"minimum": 1}, "must be text, in quotes, not 1"),
        ("integer", {"minimum": [1]}, "must be a number or text, not a list"),
        ("integer", {"minimum": True}, "must be a number or text, not True"),
        ("string", {"minLength": -1}, "must be at least 0, not -1"),
        ("string", {"minLength": 1.5}, "must be a whole number, not 1.5"),
        ("array", {"uniqueItems": 1}, "must be true or false, not 1"),
        ("object", {"required": "a"}, "must be a list, not 'a'"),
        ("object", {"required": ["a", 5]}, "must be text, not 5"),
        ("number", {"format": "i32"}, "'i32' is no format of logicalType number"),
        ("number", {"minimum": 3, "maximum": 2}, "minimum 3 is over maximum 2"),
        ("number", {"multipleOf": 0}, "must be over zero, not 0"),
        ("string", {"pattern": "("}, "'(' is no regular expression"),
    ],
)
def test_an_option_of_another_kind_is_told(
    logical: str, options: dict[str, object], message: str
) -> None:
    column = {"name": "a", "logicalType": logical, "logicalTypeOptions": options}

    ((where, said, mend),) = told(read(column))

    assert where.startswith("schema[0].properties[0].logicalTypeOptions.")
    assert said.startswith(message)
    assert mend


@pytest.mark.parametrize(
    ("logical", "options"),
    [
        ("integer", {"minimum": 0, "maximum": 0}),
        ("number", {"minimum": -0.5, "multipleOf": 0.1, "format": "f32"}),
        ("date", {"minimum": "2020-01-01"}),
        ("string", {"minLength": 0, "maxLength": 0, "pattern": ""}),
        ("array", {"uniqueItems": False, "minItems": 1}),
        ("object", {"required": []}),
    ],
)
def test_options_at_their_ends_are_read_and_written_as_they_stood(
    logical: str, options: dict[str, object]
) -> None:
    column = {"name": "a", "logicalType": logical, "logicalTypeOptions": options}

    found = read(column).required()

    assert plain(found)["schema"][0]["properties"] == [column]


def test_a_value_that_is_the_default_is_written_back_because_it_stood_there() -> None:
    column = {"name": "a", "required": False, "unique": False, "description": "", "tags": []}

    found = read(column).required()

    assert plain(found)["schema"][0]["properties"] == [column]


@pytest.mark.parametrize(
    ("key", "meant"),
    [("requird", "required"), ("logical_type", "logicalType"), ("PRIMARYKEY", "primaryKey")],
)
def test_a_key_that_is_nearly_one_is_told_and_one_that_is_far_from_all_is_kept(
    key: str, meant: str
) -> None:
    found = read({"name": "a", key: "x"})

    assert [one.mend for one in found.problems] == [
        f"write {meant}; what is no clause goes under customProperties"
    ]
    kept = read({"name": "a", "x-own-remark": [1, {"b": None}]}).required()
    assert plain(kept)["schema"][0]["properties"][0]["x-own-remark"] == [1, {"b": None}]
