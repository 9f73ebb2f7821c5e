"""A day's files arrive from the five sources, are taken in, and features are made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from headgate.surfaces.demo.cases import CLINICS, N_DAYS, Case, measures_of
from headgate.surfaces.demo.corruptions import corrupt, faults_of
from headgate.surfaces.demo.files import FORMATS, write_rows
from headgate.surfaces.demo.world import DAYS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from pathlib import Path

    from headgate.surfaces.demo.world import World

TORN = {(1, "north"): (3,), (3, "east"): (1,), (5, "south"): (2, 7), (8, "east"): (0,)} | {
    (9, "south"): (4,),
    (12, "north"): (0,),
}
"""Places of the lines that break on the way, by day and clinic."""


class Arrived(msgspec.Struct, frozen=True):
    """What a day brought.

    Args:
        n_read: records in its files.
        n_taken: rows that went in.
        n_quarantined: records that wait.
        n_documents: of the rows those of the handbook.
        faults: what was wrong with the bad clinic's rows, as the story tells it.
    """

    n_read: int
    n_taken: int
    n_quarantined: int
    n_documents: int
    faults: tuple[str, ...]


def receive(world: World, day: date) -> Arrived:
    """Write and take in the files of one day."""
    reports = [_receive_clinic(world, day, clinic) for clinic in CLINICS]
    documents = _documents_of(world, day)
    if documents:
        reports.append(_receive_documents(world, day, documents))
    told = tuple(fault.told for clinic in CLINICS for fault in faults_of(day, clinic))
    return Arrived(
        n_read=sum(one.n_read for one in reports),
        n_taken=sum(one.n_taken for one in reports),
        n_quarantined=sum(one.n_quarantined for one in reports),
        n_documents=len(documents),
        faults=told,
    )


def prepare(world: World) -> Any:
    """Make features of all measurements; each row stays the row it was.

    Returns:
        The snapshot made.
    """
    with world.project.run("prepare") as run:
        table = world.project.dataset.read("measurements", row_ids=True)
        snapshot = world.project.dataset.commit("features", as_features(table))
        run.log_metric("n_rows", table.num_rows)
    return snapshot


def as_features(table: pa.Table) -> pa.Table:
    """Take the logarithm of every measure: they are skewed, and spread over four decades."""
    for name in measures_of(table.column_names):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, pc.log1p(table[name]))
    return table


def _receive_clinic(world: World, day: date, clinic: str) -> Any:
    faults = faults_of(day, clinic)
    rows: list[Case] = corrupt(world.cases.sent[day, clinic], faults)
    path = _path(world, day, f"clinic-{clinic}.{FORMATS[clinic]}")
    torn = TORN.get((DAYS.index(day), clinic), ())
    n_torn = write_rows(path, rows, _within(torn, rows))
    world.n_written += len(rows)
    world.n_bad_written += len(rows) - n_torn if faults else 0
    return world.project.source.ingest(
        "measurements", str(path), source=f"clinic-{clinic}", at=f"{day}T06:00:00Z"
    )


def _within(torn: Collection[int], rows: list[Case]) -> list[int]:
    return [place for place in torn if place < len(rows)]


def _documents_of(world: World, day: date) -> list[dict[str, Any]]:
    """Return a day's share of the handbook: every document comes on one day."""
    n_days, place = N_DAYS - 1, DAYS.index(day)
    return [
        one for i, one in enumerate(world.documents) if i * n_days // len(world.documents) == place
    ]


def _receive_documents(world: World, day: date, documents: list[dict[str, Any]]) -> Any:
    path = _path(world, day, "handbook.jsonl")
    write_rows(path, documents)
    world.n_written += len(documents)
    return world.project.source.ingest(
        "handbook", str(path), source="handbook", at=f"{day}T05:00:00Z"
    )


def _path(world: World, day: date, name: str) -> Path:
    return world.root / "incoming" / day.isoformat() / name
