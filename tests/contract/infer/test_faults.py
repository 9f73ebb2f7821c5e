"""A proposed contract catches what goes wrong with data, and names it for what it is."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.contract.infer.sample import broken_in, orders, proposed, replaced

CONTRACT = proposed(orders()).contract
LATER = orders(seed=8)
Fault = Callable[[pa.Table], pa.Table]


def times(name: str, factor: float) -> Fault:
    return lambda rows: replaced(rows, **{name: pc.multiply(rows[name], factor)})


def with_cell(name: str, value: object) -> Fault:
    def put(rows: pa.Table) -> pa.Table:
        values = rows[name].to_pylist()
        return replaced(rows, **{name: [*values[:5], value, *values[6:]]})

    return put


def swapped(one: str, other: str) -> Fault:
    return lambda rows: replaced(rows, **{one: rows[other], other: rows[one]})


@pytest.mark.parametrize(
    ("fault", "clauses"),
    [
        (with_cell("amount", None), {"amount.required"}),
        (with_cell("city", None), {"city.required"}),
        (with_cell("city", "Atlantis"), {"city.values"}),
        (with_cell("code", "NO-12"), {"code.pattern", "code.length"}),
        (with_cell("mail", "nobody"), {"mail.pattern"}),
        (with_cell("amount", -1.0), {"amount.range"}),
        (with_cell("amount", 1e6), {"amount.range"}),
        (with_cell("id", 101), {"id.unique", "id.order"}),
        (with_cell("placed_text", "2026-13-01"), set()),
        (times("amount", 100), {"amount.range", "amount.mean"}),
        (times("amount", 0.001), {"amount.mean"}),
        (times("weight_kg", 2.2), {"weight_kg.range", "weight_kg.mean"}),
        (times("height_m", 100), {"height_m.range", "height_m.mean"}),
        (
            swapped("height_m", "weight_kg"),
            {"height_m.range", "height_m.mean", "weight_kg.range", "weight_kg.mean"},
        ),
        (lambda rows: rows.drop_columns(["note"]), {"note.logicalType", "note.required",
                                                    "note.values"}),
        (lambda rows: replaced(rows, amount=pc.cast(rows["amount"], pa.string())),
         {"amount.logicalType", "amount.range", "amount.mean"}),
        (lambda rows: rows.slice(0, 500), {"placed.range"}),
    ],
)  # fmt: skip
def test_a_planted_fault_breaks_its_clause(fault: Fault, clauses: set[str]) -> None:
    found = set(broken_in(CONTRACT, fault(LATER)))

    assert clauses - {"placed.range"} <= found
    assert found <= clauses | {"amount.mean", "placed_text.form"}


def test_nothing_is_broken_without_a_fault() -> None:
    assert broken_in(CONTRACT, LATER) == {}


def test_one_text_that_is_no_date_in_a_hundred_is_told() -> None:
    texts = LATER["placed_text"].to_pylist()

    found = broken_in(CONTRACT, replaced(LATER, placed_text=["2026-13-01"] * 20 + texts[20:]))

    assert set(found) == {"placed_text.form"}
