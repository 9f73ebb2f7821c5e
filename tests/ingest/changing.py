"""Change events as Debezium's connectors document them, and what tests of them share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from headgate.ingest.requests import IngestReport
    from headgate.surfaces.python import Project

Event = dict[str, Any]


def postgres(op: str, before: Any, after: Any, lsn: int, **source: Any) -> Event:
    """Make an event as the PostgreSQL connector writes it, without its schema."""
    told = {
        "version": "3.0.0.Final",
        "connector": "postgresql",
        "name": "shop",
        "ts_ms": 1_559_033_904_863 + lsn,
        "snapshot": "true" if op == "r" else "false",
        "db": "shop",
        "sequence": f'["{lsn - 1}","{lsn}"]',
        "schema": "public",
        "table": "customers",
        "txId": 555 + lsn // 10,
        "lsn": lsn,
        "xmin": None,
    }
    return {
        "before": before,
        "after": after,
        "source": told | source,
        "op": op,
        "ts_ms": 1_559_033_904_999 + lsn,
        "transaction": None,
    }


def mysql(op: str, before: Any, after: Any, place: tuple[str, int, int]) -> Event:
    """Make an event as the MySQL connector writes it, within its schema; place: file, pos, row."""
    file, pos, row = place
    payload = {
        "before": before,
        "after": after,
        "source": {
            "version": "3.0.0.Final",
            "connector": "mysql",
            "name": "shop",
            "ts_ms": 1_465_581_902_000,
            "snapshot": "false",
            "db": "inventory",
            "table": "customers",
            "server_id": 223_344,
            "gtid": None,
            "file": file,
            "pos": pos,
            "row": row,
            "thread": 7,
            "query": None,
        },
        "op": op,
        "ts_ms": 1_465_581_902_461,
    }
    return {"schema": {"type": "struct", "name": "shop.customers.Envelope"}, "payload": payload}


def anna(at: int, **more: Any) -> Event:
    """Make Anna's row, with a value that tells when it was written."""
    return {"id": 1, "name": f"Anna {at}", **more}


def write(path: Path, events: Sequence[Any]) -> str:
    """Write events as JSON lines; a text is written as it is."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in events]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def take(project: Project, path: Path, events: Sequence[Any], **more: Any) -> IngestReport:
    """Take events into `customers`, by the key `id` unless told otherwise."""
    asked = {"dataset": "customers", "connector": "debezium", "key": ("id",)} | more
    return project.source.ingest(uri=write(path, events), **asked)


def rows_of(project: Project, dataset: str = "customers") -> list[dict[str, Any]]:
    """Read a dataset's rows by id, without what Headgate adds."""
    rows = project.dataset.read(dataset).to_pylist()
    plain = [{name: row[name] for name in row if not name.startswith("_")} for row in rows]
    return sorted(plain, key=lambda row: row.get("id", 0))
