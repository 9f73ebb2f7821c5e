"""Histories of a dataset, written in a line: rows by the hour at which they came."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from headgate.contract.odcs.nouns import Level
from headgate.contract.service.history import Arrival, History
from headgate.core.nouns import Snapshot
from headgate.core.times import parse, render
from headgate.surfaces.python import Project

START = parse("2026-11-02")
NOON = parse("2026-11-20T12:00:00")
DAY = 24.0


def history(came: dict[float, int], *, at: float) -> History:
    """Make a history: rows by hours since `START`, looked at so many hours after it."""
    arrivals = [Arrival(START + timedelta(hours=hour), n) for hour, n in sorted(came.items())]
    return History(arrivals, START + timedelta(hours=at))


def daily(n_days: int, n_rows: int = 100, hour: float = 6.0) -> dict[float, int]:
    """Let as many rows come on each of some days, at one hour."""
    return {DAY * day + hour: n_rows for day in range(n_days)}


def level(name: str, value: Any, unit: str = "", ext: Any = None, **more: Any) -> Level:
    """Make a service level."""
    return Level(property=name, value=value, unit=unit, value_ext=ext, **more)


def snapshot(number: int, hour: float, **changes: Any) -> Snapshot:
    """Make a snapshot of so many hours after `START`."""
    known = {"dataset": "orders", "number": number, "version_id": str(number), "content_root": ""}
    known |= dict.fromkeys(("n_rows", "n_added", "n_removed", "n_changed"), 0)
    known |= {"created_at": START + timedelta(hours=hour), "created_by": "ada", "message": ""}
    return Snapshot(**(known | {"run_id": None, "columns": ()} | changes))


def take(project: Project, ago: timedelta, rows: list[int], dataset: str = "orders") -> None:
    """Let rows come into a dataset so long before noon of 20 November 2026."""
    at = NOON - ago
    file = Path(project.address) / f"{dataset}-{at.timestamp():.0f}.csv"
    times = "".join(f"{n},{render(at)}\n" for n in rows)
    file.write_text(f"id,placed\n{times}", encoding="utf-8")
    project.source.ingest(dataset, str(file), mode="append", source="web", at=render(at))
