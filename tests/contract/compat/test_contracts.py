"""Whether a contract may follow another: what old producers keep to, what old consumers rely on."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.contract.compat.changes import changes
from headgate.contract.compat.modes import backward, forward
from tests.contract.sample import document

Column = dict[str, Any]


def column(logical: str = "integer", **more: Any) -> Column:
    return {"name": "a", "logicalType": logical, **more}


def sized(logical: str, **options: Any) -> Column:
    return column(logical, logicalTypeOptions=options)


def ruled(**rule: Any) -> Column:
    return column(quality=[rule])


def broken(old: Column, new: Column) -> str:
    """Who is broken by a change of one column: `producer`, `consumer`, both or nobody."""
    before, after = document(old), document(new)
    who = ["producer"] if backward(before, after) else []
    who += ["consumer"] if forward(before, after) else []
    return " ".join(who)


ERROR = {"metric": "invalidValues", "severity": "error"}


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (column("number"), column("integer")),
        ({"name": "a"}, column("string")),
        (column(), column(required=True)),
        (column(), column(unique=True)),
        (column(required=True), column(primaryKey=True)),
        (sized("integer", minimum=0), sized("integer", minimum=1)),
        (sized("integer"), sized("integer", exclusiveMaximum=9)),
        (sized("integer", format="i64"), sized("integer", format="u32")),
        (sized("number", multipleOf=0.5), sized("number", multipleOf=1)),
        (sized("string", maxLength=9), sized("string", maxLength=8)),
        (sized("string"), sized("string", pattern="^a")),
        (sized("string"), sized("string", format="email")),
        (sized("date", minimum="2020-01-01"), sized("date", minimum="2021-01-01")),
        (sized("date", maximum="2021-01-01"), sized("date", exclusiveMaximum="2021-01-01")),
        (sized("timestamp"), sized("timestamp", timezone=True)),
        (sized("array", maxItems=3), sized("array", maxItems=2)),
        (sized("object"), sized("object", required=["x"])),
        (column("array", items={"logicalType": "number"}), column("array", items=column())),
        (column(physicalType="varchar(20)"), column(physicalType="varchar(10)")),
        (column(physicalType="bigint"), column(physicalType="int")),
        (column(physicalType="decimal(10,2)"), column(physicalType="numeric(9, 2)")),
        (column(), ruled(metric="nullValues", mustBe=0)),
        (ruled(metric="nullValues", mustBeLessThan=5), ruled(metric="nullValues", mustBe=0)),
        (
            ruled(metric="rowCount", mustBeBetween=[0, 10]),
            ruled(metric="rowCount", mustBeBetween=[1, 9]),
        ),
        (
            ruled(**ERROR, arguments={"validValues": [1, 2]}, mustBe=0),
            ruled(**ERROR, arguments={"validValues": [1]}, mustBe=0),
        ),
        (column(), ruled(type="sql", query="select 1", mustBe=0)),
        (column(), ruled(type="custom", engine="headgate", implementation={"expectation": "x"})),
    ],
)
@pytest.mark.row("S3-18", part="odcs")
def test_a_tighter_promise_breaks_producers_and_a_looser_one_consumers(
    wide: Column, narrow: Column
) -> None:
    assert broken(wide, narrow) == "producer"
    assert broken(narrow, wide) == "consumer"
    assert broken(wide, wide) == broken(narrow, narrow) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (column("string"), column("boolean")),
        (column(physicalType="text"), column(physicalType="json")),
        (sized("string", pattern="a"), sized("string", pattern="b")),
        (ruled(metric="rowCount", mustNotBe=1), ruled(metric="rowCount", mustNotBe=2)),
    ],
)
def test_another_promise_breaks_both(old: Column, new: Column) -> None:
    assert broken(old, new) == broken(new, old) == "producer consumer"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (column(), column(description="more", tags=["x"], classification="secret")),
        (column(), ruled(type="text", description="be good")),
        (column(), ruled(metric="nullValues", mustBe=0, severity="warning")),
        (column(required=True), ruled(metric="nullValues", mustBe=0)),
        (column(unique=True), ruled(metric="duplicateValues", mustBe=0, unit="percent")),
        (column(required=True), column(required=True, customProperties=[])),
    ],
)
def test_what_binds_nobody_breaks_nobody(old: Column, new: Column) -> None:
    assert broken(old, new) == broken(new, old) == ""


DEFAULT = {"customProperties": [{"property": "default", "value": 0}]}


@pytest.mark.parametrize(
    ("added", "wanted"),
    [
        ({"name": "b"}, ""),
        ({"name": "b", "required": True}, "producer"),
        ({"name": "b", "required": True, **DEFAULT}, ""),
    ],
)
def test_a_column_may_be_added_if_old_data_can_do_without(added: Column, wanted: str) -> None:
    before, after = document(column()), document(column(), added)

    assert ("producer" if backward(before, after) else "") == wanted
    assert not forward(before, after)


def test_a_required_column_that_goes_is_missed_and_its_new_name_is_guessed() -> None:
    before = document(column(), {"name": "town", "logicalType": "string", "required": True})
    after = document(column(), {"name": "towns", "logicalType": "string", "required": True})

    (found,) = forward(before, after)

    assert (found.path, found.was, found.now) == ("t.town", "string, required", "nothing")
    assert "towns seems to be it" in found.why
    assert (found.breaks, found.direction) == ("consumer", "FORWARD")


def test_an_object_that_goes_is_missed_and_one_that_comes_breaks_nobody() -> None:
    one = document(column())
    two = document(column(), schema=[{"name": "t"}, {"name": "u"}])

    assert [each.path for each in forward(two, one)] == ["u"]
    assert not backward(two, one)
    assert not backward(one, two)


@pytest.mark.parametrize(
    ("old", "new", "is_kept"),
    [
        (("latency", 2, "h"), ("latency", 90, "min"), True),
        (("latency", 2, "h"), ("latency", 3, "h"), False),
        (("retention", 1, "y"), ("retention", 400, "d"), True),
        (("availability", 99.9, "percent"), ("availability", 99, "percent"), False),
        (("support", "24x7", ""), ("support", "office", ""), False),
        (("latency", 2, "h"), ("retention", 2, "h"), False),
    ],
)
def test_a_service_level_may_only_become_kinder(old: Any, new: Any, is_kept: bool) -> None:
    names = ("property", "value", "unit")
    before, after = (
        document(column(), slaProperties=[dict(zip(names, one, strict=True))]) for one in (old, new)
    )

    assert (not forward(before, after)) == is_kept
    assert not backward(before, after)


def test_changes_are_listed_with_what_breaks_first() -> None:
    old = document(column(), {"name": "b", "logicalType": "string", "description": "x"})
    new = document(column(required=True), {"name": "b", "logicalType": "string"}, {"name": "c"})

    found = [(one.path, one.kind, one.breaks) for one in changes(old, new)]

    assert found == [
        ("t.a.required", "breaking", ("producer",)),
        ("t.c", "compatible", ()),
        ("t.b.description", "description", ()),
    ]


def test_a_change_that_breaks_both_is_told_once() -> None:
    (found,) = changes(document(column("string")), document(column("boolean")))

    assert found.breaks == ("producer", "consumer")
    assert (found.path, found.was, found.now) == ("t.a", "string", "boolean")


def test_nothing_changed_between_a_contract_and_itself() -> None:
    assert changes(document(column()), document(column())) == []
