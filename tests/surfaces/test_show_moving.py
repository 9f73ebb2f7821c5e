"""A terminal shows what was moved and how two copies differ, the verdict first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import headgate
from headgate.dataset.moving.reports import Imported, ImportReport, Mirrored, MirrorReport
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.moving import (
    export_lines,
    import_lines,
    mirror_lines,
    verify_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.surfaces.python import Project

PAINT = Paint()
ROWS = {"id": [1, 2], "city": ["Oslo", "Rome"]}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """A project with the verbs of this installation."""
    with headgate.init(tmp_path / "shop") as opened:
        yield opened


@pytest.fixture
def orders(shop: Project) -> Any:
    """A dataset of two rows."""
    return shop.dataset.commit("orders", pa.table(ROWS), key=["id"])


def test_an_export_tells_that_it_was_read_back_or_lay_there(
    shop: Project, orders: Any, tmp_path: Path
) -> None:
    first, again = (shop.dataset.export("orders", tmp_path / "o.csv") for _ in range(2))

    shown = export_lines(first, PAINT)
    assert shown[0] == f"orders@1: 2 rows, 30 bytes in {tmp_path}/o.csv"
    assert shown[1].startswith("read back and found equal: content root ")
    assert export_lines(again, PAINT)[1:] == ["the same export lay there already"]


def test_two_copies_that_hold_the_same_are_told_so_in_the_first_line(
    shop: Project, orders: Any, tmp_path: Path
) -> None:
    shop.dataset.export("orders", tmp_path / "o.parquet")

    shown = verify_lines(shop.dataset.verify("orders", f"{tmp_path}/o.parquet"), PAINT)

    assert shown[0] == f"orders@1 and {tmp_path}/o.parquet hold the same"
    assert "differing, same id  0 rows" in shown


def test_rows_that_differ_are_shown_with_what_differs(
    shop: Project, orders: Any, tmp_path: Path
) -> None:
    (tmp_path / "o.csv").write_text("id,city\n2,Pisa\n3,\n")

    shown = verify_lines(shop.dataset.verify("orders", f"{tmp_path}/o.csv"), PAINT)

    assert shown[0] == f"orders@1 and {tmp_path}/o.csv differ"
    after = shown[shown.index("only in A") :]
    assert after == [
        *("only in A", "  id    1", "  city  Oslo", ""),
        *("only in B", "  id    3", "  city  -", ""),
        *("differs at id 2", "  city  'Rome' -> 'Pisa'"),
    ]


def test_an_import_from_dvc_shows_commits_digest_metrics_and_notes(orders: Any) -> None:
    at = datetime(2026, 11, 3, tzinfo=UTC)
    made = Imported(snapshot=orders, commit="3f2a1c9d0e1122", author="Ada", committed_at=at)
    report = ImportReport(
        dataset="orders",
        path="shop",
        format="dvc",
        snapshots=(made,),
        digest="9a0364b9e99bb480dd25e1f0284c8555",
        metrics={"scores.json": {"accuracy": 0.9}},
        notes=("3f2a1c9d0e left out: no data",),
    )

    shown = import_lines(report, PAINT)

    assert shown[0] == "shop (dvc)"
    assert "3f2a1c9d0e" in shown[2]
    assert shown[3:] == [
        "md5 9a0364b9e99bb480dd25e1f0284c8555 checked",
        "scores.json  accuracy=0.9",
        "3f2a1c9d0e left out: no data",
    ]


def test_a_mirror_shows_what_was_done_and_counts_what_was_kept() -> None:
    told: Any = ((1, "kept", None), (2, "mended", "it was gone"), (3, "failed", "no room"))
    lines = tuple(
        Mirrored("orders", number, f"/m/orders/{number}", "parquet", 2, state, reason)
        for number, state, reason in told
    )

    shown = mirror_lines(MirrorReport("/m", lines, 10, has_findings=True), PAINT)

    assert shown[1:] == [
        "orders@2     2  parquet  mended  it was gone",
        "orders@3     2  parquet  failed  no room",
        "1 mirror kept from before",
        "3 snapshots, 10 bytes in /m",
        "not every snapshot has a mirror",
    ]
