"""A proposed contract passes on what it was learnt from, and is a contract by the standard."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import datasets

from headgate.contract.infer.columns import FEW
from headgate.spine.documents import parse
from tests.contract.infer.sample import broken_in, orders, proposed, with_ids
from tests.contract.odcs.test_published import objections

DAY = date(2026, 1, 1)
CELLS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "integer": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "small": (pa.int8(), st.integers(0, 9)),
    "float": (pa.float64(), st.floats()),
    "short": (pa.float32(), st.floats(width=32)),
    "decimal": (pa.decimal128(12, 2), st.integers(-(10**9), 10**9).map(lambda n: Decimal(n) / 100)),
    "text": (pa.string(), st.text(max_size=12)),
    "codes": (pa.string(), st.from_regex(r"\A[A-Z]{2}-[0-9]{4}\Z")),
    "words": (
        pa.string(),
        st.sampled_from(["no", "1e3", "007", " a ", "null", "", "it's", "a\nb"]),
    ),
    "yes": (pa.bool_(), st.booleans()),
    "day": (pa.date32(), st.dates()),
    "moment": (pa.timestamp("us"), st.datetimes()),
    "utc": (
        pa.timestamp("us", "UTC"),
        st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1)),  # noqa: DTZ001 - bounds are naive
    ),
    "bytes": (pa.binary(), st.binary(max_size=4)),
    "list": (pa.list_(pa.int64()), st.lists(st.integers(0, 3), max_size=2)),
}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Rows of some columns of any type, with or without nulls."""
    n_rows = draw(st.sampled_from([0, 1, FEW - 1, FEW, 60, 130]))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    columns: dict[str, pa.Array[Any]] = {}
    for kind in draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=4)):
        type_, cells = CELLS[kind]
        few = draw(st.lists(cells, min_size=1, max_size=12))
        is_sorted = draw(st.booleans()) and kind not in {"list", "float", "short"}
        values = [few[int(n)] for n in chance.integers(0, len(few), n_rows)]
        values = sorted(values) if is_sorted else values
        share = draw(st.sampled_from([0.0, 0.0, 0.2, 1.0]))
        values = [None if gone else one for one, gone in
                  zip(values, chance.random(n_rows) < share, strict=True)]  # fmt: skip
        columns[draw(st.sampled_from([kind, f"{kind} 2", f'{kind}.é"']))] = pa.array(values, type_)
    return with_ids(columns)


@settings(max_examples=35)
@given(rows=tables())
def test_a_proposal_passes_on_any_table(rows: pa.Table) -> None:
    proposal = proposed(rows)

    assert broken_in(proposal.contract, rows) == {}
    assert objections(parse(proposal.text.encode(), "orders.yaml").plain) == []


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes", "linnerud"])
def test_a_proposal_passes_on_real_data_and_on_half_of_it(name: str) -> None:
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    rows = with_ids(pa.Table.from_pandas(frame, preserve_index=False))
    half = rows.filter(pa.array(np.random.default_rng(3).random(rows.num_rows) < 0.5))

    proposal = proposed(rows)

    assert broken_in(proposal.contract, rows) == {}
    assert proposal.broken == []
    assert len(proposal.clauses) > 3 * len(frame.columns)
    again = broken_in(proposed(half).contract, rows)
    assert len(again) <= 0.1 * len(proposal.clauses)


def test_other_rows_of_the_same_kind_pass() -> None:
    proposal = proposed(orders(seed=7))
    others = [orders(seed=seed) for seed in range(20, 40)]

    found = [set(broken_in(proposal.contract, rows)) for rows in others]

    assert found == [set()] * len(others)


def test_a_few_rows_promise_types_alone() -> None:
    proposal = proposed(orders(FEW - 1))

    assert {one.name for one in proposal.clauses} == {"logicalType"}


def test_two_proposals_of_one_snapshot_are_the_same() -> None:
    assert proposed(orders()).text == proposed(orders()).text


def test_a_day_in_the_far_past_has_no_room_before_it() -> None:
    rows = with_ids({"day": pa.array([date(1, 1, 1), DAY, DAY + timedelta(1)] * 10)})

    proposal = proposed(rows)

    assert proposal.contract.schema[0].properties[0].options.minimum is not None
    assert broken_in(proposal.contract, rows) == {}
