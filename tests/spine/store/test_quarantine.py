"""Rows that wait: each with its object, line, raw text and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from headgate.core.errors import NotFound
from headgate.core.plugins import Rejected
from headgate.core.times import now
from headgate.spine.store import quarantine
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

if TYPE_CHECKING:
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context


def ingest(context: Context, dataset: str, uri: str, *rejected: Rejected) -> Snapshot:
    """Bring one row and some rejected records from a source."""
    origin = Origin(kind="ingest", arrived_at=now(), source="shop", uri=uri, digest=uri)
    part = Part(rows=pa.table({"id": [1]}), origin=origin, rejected=rejected)
    with Work(context) as work:
        return work.write(Write(dataset=dataset, mode="append"), [part])


def test_rejected_records_are_read_back(context: Context) -> None:
    snapshot = ingest(context, "orders", "a.csv", Rejected(7, "1,2,3", "fields: 3 instead of 2"))

    table = quarantine.read(context, "orders")

    assert table.to_pylist() == [
        {
            "batch": 1,
            "uri": "a.csv",
            "line": 7,
            "raw": "1,2,3",
            "reason": "fields: 3 instead of 2",
        }
    ]
    assert snapshot.n_quarantined == 1


def test_equal_records_of_two_batches_both_wait(context: Context) -> None:
    ingest(context, "orders", "a.csv", Rejected(1, "x", "why"))
    ingest(context, "orders", "b.csv", Rejected(1, "x", "why"), Rejected(2, "y", "why"))

    assert quarantine.read(context, "orders")["uri"].to_pylist() == ["a.csv", "b.csv", "b.csv"]
    assert quarantine.read(context, "orders", 2)["raw"].to_pylist() == ["x", "y"]


def test_batches_are_listed_by_dataset(context: Context) -> None:
    ingest(context, "orders", "a.csv", Rejected(1, "x", "why"))
    ingest(context, "users", "b.csv", Rejected(1, "x", "why"))

    with context.catalog.read() as connection:
        every = quarantine.listed(connection, "default")
        some = quarantine.listed(connection, "default", "users")
        none = quarantine.listed(connection, "other", "users")

    assert [(one.dataset, one.source, one.uri, one.n_rows) for one in every] == [
        ("orders", "shop", "a.csv", 1),
        ("users", "shop", "b.csv", 1),
    ]
    assert [one.dataset for one in some] == ["users"]
    assert none == []


def test_a_dataset_without_waiting_rows_has_an_empty_table(context: Context) -> None:
    ingest(context, "orders", "a.csv")

    assert quarantine.read(context, "orders").num_rows == 0


def test_a_batch_without_waiting_rows_is_answered_by_those_with_some(context: Context) -> None:
    ingest(context, "orders", "a.csv", Rejected(1, "x", "why"))

    with pytest.raises(NotFound) as caught:
        quarantine.read(context, "orders", 9)

    assert caught.value.mend == "there is 1"
