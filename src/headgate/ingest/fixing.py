"""Gives quarantined records new values, then tries them again; the old text stays beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.core.plugins import LINE
from headgate.ingest.choosing import Choice, Chosen, Found, choose, parsed, texts_of
from headgate.ingest.objects import SUFFIXES
from headgate.ingest.quarantine_requests import QuarantineFixRequest, ReleaseReport
from headgate.ingest.releasing import land, report_of, unmoved
from headgate.ingest.rereading import objects_of
from headgate.ingest.trying import attempt
from headgate.spine.context import Context
from headgate.spine.publish import standing_of
from headgate.spine.spelling import json_row
from headgate.spine.store import quarantine_deeds as deeds
from headgate.spine.store import queries
from headgate.spine.work import Work
from headgate.spine.writes import Write

RECORD = "record"
READABLE = frozenset({"csv", "tsv", "jsonl", "json", "parquet"})
Values = Mapping[str, Any]


def fix(context: Context, request: QuarantineFixRequest) -> ReleaseReport:
    """Give records new values and release those that pass now; the others wait with them.

    Raises:
        NotFound: there is no such dataset, record, column or file.
        Invalid: no values are given, or twice.
        Conflict: a record does not wait any more.
    """
    given = _given(context, request)
    choice = Choice(dataset=request.dataset, record=tuple(map(parsed, given)))
    chosen = _waiting(choose(context, choice))
    if request.plan:
        fixed = _fixed(context, request, chosen, given)
        return report_of(
            request.dataset, fixed, attempt(context, fixed.found, request.branch), None
        )
    with Work(context) as work:
        chosen = _waiting(unmoved(context, work, choice, chosen))
        fixed = _fixed(context, request, chosen, given, work.connection)
        keys = [
            deeds.put_deed(work.connection, context, one.entry, _change(one), request.because)
            for one in fixed.found
        ]
        n_fixed = sum(len(one.numbers) for one in fixed.found)
        payload: dict[str, object] = {
            "n_records": n_fixed,
            "batches": [one.entry.rev for one in fixed.found],
        }
        work.record("records_fixed", f"dataset:{request.dataset}", payload)
        trial = attempt(context, fixed.found, request.branch, work.connection)
        landed = land(context, work, fixed.found, trial, request.because)
        work.require(*keys)
        return report_of(request.dataset, fixed, trial, landed, n_fixed)


def _given(context: Context, request: QuarantineFixRequest) -> dict[str, Values]:
    """Read the new values of each record."""
    if (request.values is None) == (not request.set) or bool(request.record) != bool(request.set):
        raise Invalid(
            "it is not said, or said twice, which values which records get",
            mend="--record 12/3 --set price=20, or --values fixed.csv with a column `record`",
        )
    if request.values is None:
        values = {name: text or None for name, text in request.set.items()}
        return dict.fromkeys(request.record, values)
    rows = _rows(context, request.values)
    given: dict[str, Values] = {}
    for row in rows:
        name = row.pop(RECORD, None)
        if not isinstance(name, str) or name in given:
            raise Invalid(
                f"a row of {request.values} names no record, or one that stands there twice",
                mend="give each row its record, such as 12/3, in the column `record`",
            )
        given[name] = row
    if not given:
        raise Invalid(f"{request.values} holds no row", mend="write a row for each record")
    return given


def _rows(context: Context, file: str) -> list[dict[str, Any]]:
    connector = SUFFIXES.get(Path(file).suffix.lower())
    if connector not in READABLE:
        raise Invalid(f"{file} is not known by its suffix", mend="name a .csv or a .jsonl file")
    read = context.registry.load("connectors", connector)
    rows: list[dict[str, Any]] = []
    for reading in read(file):
        if reading.rejected:
            first = reading.rejected[0]
            raise Invalid(
                f"line {first.line} of {file} cannot be read: {first.reason}", mend="mend the file"
            )
        rows += reading.rows.drop_columns([LINE]).to_pylist()
    return rows


def _waiting(chosen: Chosen) -> Chosen:
    """Make sure that every record that was named waits."""
    for record, state in chosen.others:
        raise Conflict(
            f"record {record} is {state} already",
            mend="change the row in the dataset"
            if state == "released"
            else f"let it wait again first: headgate quarantine restore DATASET --record {record}",
        )
    return chosen


def _fixed(
    context: Context,
    request: QuarantineFixRequest,
    chosen: Chosen,
    given: Mapping[str, Values],
    within: Any = None,
) -> Chosen:
    """Put new texts in the place of the records' own."""
    found = [_with_values(context, request, one, given, within) for one in chosen.found]
    return chosen._replace(found=found)


def _with_values(
    context: Context,
    request: QuarantineFixRequest,
    one: Found,
    given: Mapping[str, Values],
    within: Any,
) -> Found:
    way = one.told.way if one.told else None
    objects = objects_of(one.rows["raw"].to_pylist(), way, one.is_fixed)
    branch = request.branch or (one.told.branch if one.told else queries.HEAD)
    write = Write(dataset=request.dataset, mode="append", branch=branch)
    known = standing_of(context, write, within).parent
    columns = list(known.schema.names) if known.number else []
    raws: list[str] = []
    for record, read in zip(texts_of(one.rows, "record"), objects, strict=True):
        own = read if isinstance(read, dict) else {}
        values = given[record]
        _require_columns(request.dataset, values, [*columns, *(way.columns if way else ())])
        raws.append(json_row(own | dict(values)))
    place = one.rows.schema.get_field_index("raw")
    rows = one.rows.set_column(place, "raw", pa.array(raws, pa.string()))
    return one._replace(rows=rows, is_fixed=np.ones(len(raws), np.bool_))


def _require_columns(dataset: str, values: Values, known: Sequence[str]) -> None:
    """Refuse a column that neither the dataset nor the record's object has: a slip, mostly."""
    for name in values:
        if known and name not in known:
            raise NotFound.among(f"column of {dataset}", name, list(dict.fromkeys(known)))


def _change(one: Found) -> deeds.Change:
    table = deeds.change_of(one.entry, one.numbers, {"raw": one.rows["raw"].to_pylist()})
    return deeds.Change(numbers=one.numbers, kind="fixed", before=(), after=(), table=table)
