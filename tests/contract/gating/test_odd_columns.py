"""Columns of odd types and names before a gate: none stops what is promised of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from tests.contract.guarded import AMOUNT, ID, guarded, reasons, with_default, written

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

ODD = {
    "nanoseconds": pa.array([1_000, 2_000, 3_000], pa.timestamp("ns")),
    "nanoseconds of a zone": pa.array([1_000, 2_000, 3_000], pa.timestamp("ns", "UTC")),
    "half floats": pa.array([1.0, 2.0, 3.0]).cast(pa.float16()),
    "wide decimals": pa.array([1, 2, 3]).cast(pa.decimal256(50, 2)),
    "large whole numbers": pa.array([0, 1, 2**64 - 1], pa.uint64()),
    "categories": pa.array(["a", "b", "a"]).dictionary_encode(),
    "texts in views": pa.array(["a", "b", "é\x00"]).cast(pa.string_view()),
    "bytes": pa.array([b"", b"a", b"\xff"], pa.large_binary()),
    "moments in structs": pa.array([{"at": pd.Timestamp(2026, 1, day)} for day in (1, 2, 3)]),
    "no numbers": pa.array([1.0, 2.0, float("nan")]),
    "without an end": pa.array([1.0, 2.0, float("inf")]),
}


@pytest.mark.parametrize("odd", list(ODD.values()), ids=list(ODD))
def test_a_row_that_waits_comes_back_with_an_odd_column_as_it_was(
    project: Project, odd: pa.Array[Any]
) -> None:
    guarded(project, ID, AMOUNT)
    rows = pa.table({"id": [1, 2, 3], "amount": [1.0, 2.0, -1.0], "odd": odd})
    snapshot = project.dataset.commit("orders", rows)

    report = project.quarantine.fix("orders", record=["1/1"], set={"amount": "2"})

    assert (snapshot.n_rows, snapshot.n_quarantined, report.n_released) == (2, 1, 1)
    kept = project.dataset.read("orders")["odd"].combine_chunks()
    project.dataset.commit("plain", pa.table({"odd": odd}))
    assert kept.equals(project.dataset.read("plain")["odd"].combine_chunks()) or str(kept) == str(
        project.dataset.read("plain")["odd"].combine_chunks()
    )


def test_a_data_frame_with_dates_waits_too(project: Project) -> None:
    guarded(project, ID, AMOUNT)
    frame = pd.DataFrame({"id": [1, 2, 3], "amount": [1.0, -2.0, 3.0]})
    frame["at"] = pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"])

    project.dataset.commit("orders", frame)

    raw = project.quarantine.show("orders")["raw"].to_pylist()
    assert raw == ['{"id":2,"amount":-2.0,"at":"2026-01-02T00:00:00"}']


def test_a_day_that_python_has_no_word_for_waits_as_text(project: Project) -> None:
    guarded(project, ID, AMOUNT)
    days = pa.array([1, 2, 10**9], pa.date32())

    rows = pa.table({"id": [1, 2, 3], "amount": [1.0, 2.0, -1.0], "day": days})
    snapshot = project.dataset.commit("orders", rows)

    assert (snapshot.n_rows, snapshot.n_quarantined) == (2, 1)
    assert '"amount":-1.0' in str(project.quarantine.show("orders")["raw"][0])


def test_names_that_differ_in_case_alone_are_two_columns(project: Project) -> None:
    guarded(project, ID, AMOUNT | {"name": "Amount"})
    rows = pa.table({"id": [1, 2, 3], "amount": [-1.0, -2.0, -3.0], "Amount": [1.0, 2.0, -3.0]})

    snapshot = project.dataset.commit("orders", rows)

    assert (snapshot.n_rows, snapshot.n_quarantined) == (2, 1)
    assert reasons(project)[0].startswith("Amount.range: Amount is out of its range: -3.0")


def test_promises_on_both_of_two_names_alike_are_both_looked_at(project: Project) -> None:
    text: dict[str, object] = {
        "name": "ID",
        "logicalType": "string",
        "logicalTypeOptions": {"pattern": "^x"},
    }
    guarded(project, ID | {"unique": True}, text)
    rows = pa.table({"id": [1, 2, 3, 4, 4], "ID": ["x1", "x2", "y", "x3", "x4"]})

    snapshot = project.dataset.commit("orders", rows, mode="append")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (2, 3)
    assert [one.partition(":")[0] for one in reasons(project)] == [
        "ID.pattern",
        "id.unique",
        "id.unique",
    ]


def test_a_name_may_hold_quotes_and_any_letter(project: Project) -> None:
    name = 'a"b; -- é'
    guarded(project, ID, AMOUNT | {"name": name})

    snapshot = project.dataset.commit("orders", pa.table({"id": [1, 2, 3], name: [1.0, 2.0, -3.0]}))

    assert (snapshot.n_rows, snapshot.n_quarantined) == (2, 1)
    assert reasons(project) == [f"{name}.range: {name} is out of its range: -3.0 (orders 1.0.0)"]


def test_a_clause_in_sql_sees_columns_it_does_not_name_to_us(project: Project) -> None:
    clause = {
        "type": "custom",
        "engine": "headgate",
        "implementation": {"expectation": "sql_condition", "names": ["low < id"]},
    }
    guarded(project, ID, quality=[clause])
    rows = [{"id": n, "low": n - 1, "city": "x"} for n in range(4)] + [{"id": 9, "low": 9}]

    snapshot = project.dataset.commit("orders", rows)

    assert (snapshot.n_rows, snapshot.n_quarantined) == (4, 1)


@pytest.mark.parametrize("value", [10**30, -(10**30), ["a", 1], {"a": 1}, "seven"])
def test_a_default_that_no_column_can_hold_is_refused(project: Project, value: object) -> None:
    written(project, with_default(ID, value))

    with pytest.raises(Invalid, match=r"of column id is no integer") as refused:
        project.contract.publish("orders")

    assert refused.value.mend == "mend the custom property `default`"


def test_a_default_of_a_list_fills_each_missing_one(project: Project) -> None:
    guarded(project, ID, with_default({"name": "tags", "logicalType": "array"}, ["a"]))

    rows = [{"id": 1, "tags": None}, {"id": 2, "tags": ["b"]}, {"id": 3, "tags": None}]
    project.dataset.commit("orders", rows)

    assert project.dataset.read("orders")["tags"].to_pylist() == [["a"], ["b"], ["a"]]


def test_what_is_no_number_is_out_of_a_range_that_ends(project: Project) -> None:
    between = AMOUNT | {"logicalTypeOptions": {"minimum": 0, "maximum": 10}}
    guarded(project, ID, between)
    amounts = [float("nan"), float("inf"), 0.0, -0.0, 10.0, 5.0]

    project.dataset.commit("orders", [{"id": n, "amount": one} for n, one in enumerate(amounts)])

    assert project.dataset.read("orders")["id"].to_pylist() == [2, 3, 4, 5]
    assert [one.split()[-3] for one in reasons(project)] == ["nan", "inf"]


DIGITS = 10**49
NUMBERS = {
    "half": pa.float16(),
    "narrow": pa.decimal256(20, 2),
    "wide": pa.decimal256(60, 2),
    "whole": pa.decimal256(60, 2),
}


def numbers(first: int, count: int) -> pa.Table:
    """Rows from a number on; the last column is the number as digits that no other type holds."""
    at = range(first, first + count)
    columns = {name: pa.array(at).cast(pa.float64()).cast(kind) for name, kind in NUMBERS.items()}
    wholes = [DIGITS + each for each in at]
    columns["whole"] = pa.array(wholes, pa.decimal256(76, 0)).cast(pa.decimal256(60, 2))
    return pa.table({"id": list(at), **columns})


def number_contract() -> list[dict[str, object]]:
    positive = [AMOUNT | {"name": name, "unique": True} for name in ("half", "narrow", "wide")]
    whole: dict[str, object] = AMOUNT | {"name": "whole", "unique": True}
    del whole["logicalTypeOptions"]
    return [ID, *positive, whole]


def test_halves_and_wide_decimals_are_guarded_as_other_numbers_are(project: Project) -> None:
    guarded(project, *number_contract())
    project.dataset.commit("orders", numbers(0, 9))

    snapshot = project.dataset.commit("orders", numbers(-2, 12), mode="append")

    assert (snapshot.n_rows, snapshot.n_quarantined) == (9, 12)
    assert "half.range" in reasons(project)[0]
    assert "whole.unique" in reasons(project)[2]
    assert project.contract.check("orders").passed


def test_rows_that_break_a_promise_on_odd_numbers_are_counted_and_named(project: Project) -> None:
    project.dataset.commit("orders", pa.concat_tables([numbers(-2, 12), numbers(9, 1)]))
    written(project, *number_contract())

    report = project.contract.check("orders")

    broken = {one.rule: one.figure for one in report.rules if not one.is_kept}
    ranges = {f"{name}.range": 2.0 for name in ("half", "narrow", "wide")}
    uniques = {f"{name}.unique": 2.0 for name in NUMBERS}
    assert broken == ranges | uniques
    held = [one for one in report.violations if one.rule == "whole.unique"]
    assert [(one.row, one.values) for one in held] == [
        ({"_rid": 12}, {"whole": f"{DIGITS + 9}.00"}),
        ({"_rid": 13}, {"whole": f"{DIGITS + 9}.00"}),
    ]


def test_a_contract_is_learnt_from_odd_numbers(project: Project) -> None:
    project.dataset.commit("orders", numbers(1, 60))

    project.contract.infer("orders", write=True)
    report = project.contract.check("orders")

    rules = {one.rule for one in report.rules}
    assert report.passed
    assert {f"{name}.logicalType" for name in NUMBERS} <= rules
    assert {"half.range", "narrow.range", "wide.range"} <= rules


def test_digits_that_the_engine_cannot_order_are_told_so(project: Project) -> None:
    project.dataset.commit("orders", numbers(1, 3))
    written(project, ID, AMOUNT | {"name": "whole"})

    (found,) = (one for one in project.contract.check("orders").rules if not one.is_kept)

    assert (found.rule, found.figure) == ("whole.range", None)
    assert found.told == "whole cannot be compared: one side is text, the other a number"
