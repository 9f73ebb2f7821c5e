"""Tests of the page of a proposed contract."""

from __future__ import annotations

from typing import Any

import msgspec

import headgate
from headgate.contract.requests import InferReport, Proposed
from tests.surfaces.pages.reading import records, section


def proposed(**changes: Any) -> InferReport:
    """Make a proposal of two clauses."""
    report = InferReport(
        dataset="orders@3",
        name="orders",
        path=None,
        n_rows=8000,
        n_snapshots=3,
        clauses=(
            Proposed("", "rows", "rowCount mustBeGreaterOrEqualTo 1", "8,000 rows"),
            Proposed("age", "range", "minimum 0, maximum 120", "values from 18 to 90"),
        ),
        service_levels=(),
        broken=(),
        text="kind: DataContract\n# <a comment>\n",
    )
    return msgspec.structs.replace(report, **changes)


def test_every_clause_stands_with_what_it_promises_and_why() -> None:
    page = headgate.page(proposed())

    rows, age = records(section(page, "Clauses"))

    assert "<h1>2 clauses proposed for orders</h1>" in page
    assert rows["column"] == "all rows"
    assert list(age.values()) == [
        *("age", "range", "minimum 0, maximum 120", "values from 18 to 90"),
    ]


def test_service_levels_count_as_clauses_and_stand_apart() -> None:
    level = Proposed("", "freshness", "1 day", "a snapshot a day")

    page = headgate.page(proposed(service_levels=(level,)))

    (row,) = records(section(page, "Service levels"))
    assert "<h1>3 clauses proposed for orders</h1>" in page
    assert row["promises"] == "1 day"


def test_the_file_is_there_word_for_word_and_where_it_was_written() -> None:
    kept = headgate.page(proposed(path="contracts/orders.yaml"))
    loose = headgate.page(proposed(broken=("id is not unique: 2 rows",)))

    assert "# &lt;a comment&gt;" in section(kept, "File")
    assert "<dd>contracts/orders.yaml</dd>" in kept
    assert "<dd>not written: add --write</dd>" in loose
    assert "<li>id is not unique: 2 rows</li>" in section(loose, "Tried, and not so")
