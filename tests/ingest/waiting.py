"""Short ways to bring records into quarantine, and to count where each of them is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from headgate.spine.context import Context, open_context
from headgate.spine.store.tables import batches, quarantined

if TYPE_CHECKING:
    from headgate.ingest.requests import IngestReport
    from headgate.surfaces.python import Project

HEADER = "id,price,note"


def bring(project: Project, name: str, *lines: str, header: str = HEADER, **asked: Any) -> Any:
    """Ingest lines as a CSV file into `orders`; by key unless another mode is named."""
    path = Path(project.address) / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    asked = {"mode": "upsert", "key": ["id"], "source": "shop"} | asked
    report: IngestReport = project.source.ingest("orders", str(path), **asked)
    return report


def made(project: Project) -> None:
    """Make `orders` with whole numbers as prices."""
    project.dataset.commit("orders", [{"id": 0, "price": 1, "note": "first"}], key=["id"])


def widen(project: Project) -> None:
    """Make prices text, so that whatever stands there passes."""
    rows = [row | {"price": str(row["price"])} for row in read(project)]
    project.dataset.commit("orders", rows, key=["id"])


def read(project: Project) -> list[dict[str, Any]]:
    """Read the rows of `orders` in the order of their ids."""
    rows: list[dict[str, Any]] = project.dataset.read("orders").to_pylist()
    return sorted(rows, key=lambda row: (row["id"] is None, row["id"]))


def waiting(project: Project, **asked: Any) -> list[dict[str, Any]]:
    """Show records of `orders`."""
    shown: list[dict[str, Any]] = project.quarantine.show("orders", **asked).to_pylist()
    return shown


def balance(root: Path) -> dict[int, tuple[int, int, int, int]]:
    """Count for each batch of a source: taken, released, waiting and discarded records."""
    context: Context = open_context(root)
    try:
        with context.catalog.read() as connection:
            came = connection.execute(select(batches).where(batches.c.kind == "ingest")).all()
            kept = {row.rev: row for row in connection.execute(select(quarantined))}
    finally:
        context.opened.close()
    released = dict.fromkeys((row.rev for row in came), 0)
    for row in came:
        if row.released_from is not None:
            released[row.released_from] += row.n_rows
    found: dict[int, tuple[int, int, int, int]] = {}
    for row in (row for row in came if row.released_from is None):
        own = kept.get(row.rev)
        n_waiting = own.n_rows - own.n_released - own.n_discarded if own else 0
        assert own is None or own.n_released == released[row.rev]
        assert own is None or own.n_rows == row.n_quarantined
        discarded = own.n_discarded if own else 0
        found[row.rev] = (row.n_rows, released[row.rev], n_waiting, discarded)
    return found
