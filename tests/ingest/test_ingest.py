"""Taking data in: counts add up, an object is taken once, nothing half-done is left."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.core.errors import HeadgateError, Invalid, NotFound
from headgate.ingest.requests import IngestRequest
from headgate.ingest.taking import take
from headgate.spine.context import Context, Step
from headgate.spine.lineage import events as log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headgate.surfaces.python import Project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


def _csv(folder: Path) -> str:
    (folder / "a.csv").write_text("id,name\n1,Ada\n2\n3,Bob\n")
    return str(folder / "a.csv")


def _jsonl(folder: Path) -> str:
    (folder / "a.jsonl").write_text('{"id": 1, "name": "Ada"}\n7\n{"id": 3, "name": "Bob"}\n')
    return str(folder / "a.jsonl")


def _json(folder: Path) -> str:
    (folder / "a.json").write_text('[{"id": 1, "name": "Ada"}, 7, {"id": 3, "name": "Bob"}]')
    return str(folder / "a.json")


def _sqlite(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "a.db")) as database:
        database.executescript(
            "create table t (id, name); insert into t values (1,'Ada'), ('x','Eve'), (3,'Bob')"
        )
    return str(folder / "a.db")


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(_csv, marks=pytest.mark.row("S3-04", part="csv")),
        pytest.param(_jsonl, marks=pytest.mark.row("S3-04", part="json")),
        pytest.param(_json, marks=pytest.mark.row("S3-04", part="json")),
        pytest.param(_sqlite, marks=pytest.mark.row("S3-04", part="sql")),
    ],
)
def test_good_records_go_in_and_the_bad_one_waits(
    project: Project, folder: Path, made: Callable[[Path], str]
) -> None:
    report = project.source.ingest("people", made(folder), source="clinic")

    assert (report.n_read, report.n_taken, report.n_quarantined) == (3, 2, 1)
    assert sum(report.reasons.values()) == 1
    assert project.dataset.read("people").select(["id", "name"]).to_pylist() == [
        {"id": 1, "name": "Ada"},
        {"id": 3, "name": "Bob"},
    ]
    [entry] = project.quarantine.list().entries
    assert (entry.dataset, entry.source, entry.n_rows) == ("people", "clinic", 1)


@pytest.mark.row("S3-04", part="parquet")
def test_a_parquet_file_goes_in_with_its_types(project: Project, folder: Path) -> None:
    table = pa.table({"id": [1, 2], "at": pa.array([0, 1], pa.timestamp("us"))})
    pq.write_table(table, folder / "a.parquet")

    report = project.source.ingest("moments", str(folder / "a.parquet"))

    assert (report.n_read, report.n_taken) == (2, 2)
    assert project.dataset.read("moments").select(["id", "at"]).equals(table)


@pytest.mark.row("S3-04", part="files")
def test_a_folder_of_anything_is_kept_by_path(project: Project, folder: Path) -> None:
    (folder / "a.txt").write_text("old")
    (folder / "b.bin").write_bytes(b"\0")
    first = project.source.ingest("docs", str(folder))
    (folder / "a.txt").write_text("new")

    second = project.source.ingest("docs", str(folder))
    third = project.source.ingest("docs", str(folder))

    assert (first.snapshot.n_rows, first.snapshot.n_added) == (2, 2)
    assert (second.snapshot.n_rows, second.snapshot.n_changed) == (2, 1)
    assert (third.n_objects_skipped, third.snapshot.is_new) == (1, False)
    assert {row["path"]: row["text"] for row in project.dataset.read("docs").to_pylist()} == {
        "a.txt": "new",
        "b.bin": None,
    }


@pytest.mark.parametrize("made", [_csv, _jsonl, _json, _sqlite])
def test_the_same_object_is_taken_once(
    project: Project, folder: Path, made: Callable[[Path], str]
) -> None:
    uri = made(folder)
    first = project.source.ingest("people", uri)

    second = project.source.ingest("people", uri)

    assert (second.n_objects, second.n_objects_skipped, second.n_read) == (1, 1, 0)
    assert second.snapshot.version_id == first.snapshot.version_id
    assert not second.snapshot.is_new
    assert any("was taken before" in fact for fact in second.facts)


def test_a_copy_under_another_name_is_the_same_object(project: Project, folder: Path) -> None:
    (folder / "a.csv").write_text("id\n1\n")
    (folder / "b.csv").write_text("id\n1\n")

    report = project.source.ingest("numbers", str(folder))

    assert (report.n_objects, report.n_objects_skipped, report.n_taken) == (2, 1, 1)


def test_a_database_that_changed_elsewhere_is_the_same_object(
    project: Project, folder: Path
) -> None:
    uri = _sqlite(folder)
    settings = {"table": "t"}
    project.source.ingest("people", uri, settings=settings)
    with closing(sqlite3.connect(uri)) as database:
        database.executescript("create table other (x); insert into other values (1)")

    unchanged = project.source.ingest("people", uri, settings=settings)
    with closing(sqlite3.connect(uri)) as database, database:
        database.execute("insert into t values (4, 'Cy')")
    changed = project.source.ingest("people", uri, settings=settings)

    assert unchanged.n_objects_skipped == 1
    assert changed.n_objects_skipped == 0


def test_a_replacement_that_was_there_before_comes_back(project: Project, folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.csv").write_text(f"v\n{name}\n")
        project.source.ingest("state", str(folder / f"{name}.csv"), mode="replace")

    report = project.source.ingest("state", str(folder / "a.csv"), mode="replace")

    assert report.n_taken == 1
    assert project.dataset.read("state")["v"].to_pylist() == ["a"]


def test_a_replacement_by_the_same_object_changes_nothing(project: Project, folder: Path) -> None:
    first = project.source.ingest("people", _csv(folder), mode="replace")

    second = project.source.ingest("people", _csv(folder), mode="replace")

    assert not second.snapshot.is_new
    assert second.snapshot.version_id == first.snapshot.version_id


def test_all_files_of_a_folder_become_one_snapshot(project: Project, folder: Path) -> None:
    (folder / "1.csv").write_text("id,name\n1,Ada\n")
    (folder / "2.csv").write_text("id,town\n2,Rome\nbroken\n")
    (folder / "3.csv").write_text("")

    report = project.source.ingest("people", str(folder))

    assert report.snapshot.number == 1
    assert (report.n_objects, report.n_objects_skipped) == (3, 1)
    assert (report.n_read, report.n_taken, report.n_quarantined) == (3, 2, 1)
    [source] = project.source.list().sources
    assert (source.name, source.n_batches, source.n_rows) == ("people", 2, 2)


def test_an_upsert_replaces_rows_of_the_same_key(project: Project, folder: Path) -> None:
    (folder / "1.csv").write_text("id,name\n1,Ada\n2,Bob\n")
    (folder / "2.csv").write_text("id,name\n2,Bill\n3,Cy\n")
    project.source.ingest("people", str(folder / "1.csv"), mode="upsert", key=("id",))

    report = project.source.ingest("people", str(folder / "2.csv"), mode="upsert")

    assert (report.snapshot.n_added, report.snapshot.n_changed) == (1, 1)
    names = project.dataset.read("people").sort_by("name")["name"].to_pylist()
    assert names == ["Ada", "Bill", "Cy"]


@pytest.mark.row("S3-20")
def test_schema_changes_degrade_gracefully(
    project: Project, context: Context, folder: Path
) -> None:
    (folder / "1.csv").write_text("id,age,note\n1,36,x\n")
    (folder / "2.csv").write_text('id,age,town\n2,41,Rome\n3,old,"Ber\nlin"\n4,52,Oslo\n')
    project.source.ingest("people", str(folder / "1.csv"), source="clinic")

    report = project.source.ingest("people", str(folder / "2.csv"), source="clinic")

    rows = project.dataset.read("people").to_pylist()
    assert [(row["id"], row["age"], row["note"], row["town"]) for row in rows] == [
        (1, 36, "x", None),
        (2, 41, None, "Rome"),
        (4, 52, None, "Oslo"),
    ]
    assert (report.n_read, report.n_taken, report.n_quarantined) == (3, 2, 1)
    [waiting] = project.quarantine.show("people").to_pylist()
    assert (waiting["line"], waiting["raw"]) == (3, '3,old,"Ber\nlin"')
    assert "age" in waiting["reason"]
    kinds = _kinds(context)
    assert {"rows_quarantined", "schema_changed"} <= set(kinds)


def test_a_new_source_is_an_event_and_its_owner_may_change(
    project: Project, context: Context, folder: Path
) -> None:
    for name, owner in (("1", "ann"), ("2", None), ("3", "bob")):
        (folder / f"{name}.csv").write_text(f"id\n{name}\n")
        project.source.ingest("n", str(folder / f"{name}.csv"), source="clinic", owner=owner)

    [source] = project.source.list().sources

    kinds = _kinds(context)
    assert (source.owner, source.n_batches) == ("bob", 3)
    assert kinds.count("source_registered") == 1
    assert kinds.count("source_owner_changed") == 1


def test_the_arrival_is_when_the_caller_says(project: Project, folder: Path) -> None:
    project.source.ingest("people", _csv(folder), at="2026-11-03")

    [source] = project.source.list().sources

    assert source.last_arrived_at == datetime(2026, 11, 3, tzinfo=UTC)


def test_progress_is_told_in_bytes(context: Context, folder: Path) -> None:
    steps: list[Step] = []
    told = Context(context.opened, actor="ann", progress=steps.append)

    take(told, IngestRequest(dataset="people", uri=_csv(folder)))

    size = (folder / "a.csv").stat().st_size
    assert [(step.done, step.total) for step in steps if step.what == "reading"] == [
        (0, size),
        (size, size),
    ]


@pytest.mark.parametrize(
    ("data", "settings", "told"),
    [
        (None, {}, "nothing at"),
        (b"", {}, "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", {}, "is no text"),
        (b"id,name\n1," + b"x" * (10 << 20), {}, "longer than 8 MiB"),
        ("id\nñ\n".encode("latin-1"), {}, "is not utf-8: line 2"),
        (b"id\n1\n", {"mode": "upsert", "key": ("di",)}, "no key column"),
        (b"id\n1\n", {"mode": "upsert"}, "no key to upsert by"),
        (b"id\n1\n", {"connector": "parquet"}, "no whole Parquet file"),
        (b"id\n1\n", {"connector": "jsonl"}, "gives no column; 2 records were rejected"),
        (b"id\n1\n", {"settings": {"header": "perhaps"}}, "is no bool"),
        (b"id\n1\n", {"settings": {"heading": "no"}}, "no setting of connector csv"),
        (b"id\n1\n", {"at": "yesterday"}, "is no date"),
        (b"id\n1\n", {"source": "a source"}, "cannot name a source"),
    ],
)
def test_bad_input_is_told_with_a_mend_and_changes_nothing(
    project: Project,
    context: Context,
    data: bytes | None,
    settings: dict[str, Any],
    told: str,
) -> None:
    before = _kinds(context)
    if data is not None:
        (context.root / "a.csv").write_bytes(data)

    with pytest.raises((NotFound, Invalid), match=told) as caught:
        project.source.ingest("people", str(context.root / "a.csv"), **settings)

    assert isinstance(caught.value, HeadgateError)
    assert caught.value.mend
    assert caught.value.exit_code == 2
    assert _kinds(context) == before
    assert project.source.list().sources == []
    assert project.quarantine.list().entries == []


def test_one_bad_file_of_a_folder_leaves_the_others_out_too(project: Project, folder: Path) -> None:
    (folder / "1.csv").write_text("id\n1\n")
    (folder / "2.csv").write_bytes(b"id\n\0\n")

    with pytest.raises(Invalid, match=r"2\.csv is no text"):
        project.source.ingest("people", str(folder))

    assert project.source.list().sources == []


def test_quarantined_records_are_shown_up_to_a_limit(project: Project, folder: Path) -> None:
    (folder / "a.csv").write_text("a,b\n" + "1\n" * 5 + "1,2\n")
    project.source.ingest("pairs", str(folder / "a.csv"))
    [entry] = project.quarantine.list("pairs").entries

    shown = project.quarantine.show("pairs", batch=entry.batch, limit=2)

    assert shown["line"].to_pylist() == [2, 3]
    assert project.quarantine.show("pairs").num_rows == 5
    assert project.quarantine.list("others").entries == []
    with pytest.raises(NotFound):
        project.quarantine.show("pairs", batch=entry.batch + 1)


PLUGIN = '''
"""Lines of text, one row a line."""

from headgate.core.plugins import Reading


def lines(path: str, /, *, upper: bool = False):
    """Read lines."""
    import pyarrow as pa

    with open(path) as file:
        texts = file.read().splitlines()
    yield Reading(rows=pa.table({"text": [t.upper() if upper else t for t in texts]}))
'''


def test_a_connector_of_a_project_costs_its_file_alone(project: Project, tmp_path: Path) -> None:
    plugins = tmp_path / "project" / "plugins" / "connectors"
    plugins.mkdir(parents=True)
    (plugins / "lines.py").write_text(PLUGIN)
    (tmp_path / "poem.lines").write_text("one\ntwo")

    report = project.source.ingest("poem", str(tmp_path / "poem.lines"), settings={"upper": "yes"})

    assert report.n_taken == 2
    assert project.dataset.read("poem")["text"].to_pylist() == ["ONE", "TWO"]


REMOTE = '''
"""Rows of an address that is no path."""

from headgate.core.plugins import Reading


def remote(path: str, /, *, widths: str = "12"):
    """Count up to the number the address ends with."""
    import pyarrow as pa

    numbers = list(range(int(path.rpartition("/")[2])))
    for width in widths:
        column = numbers if width == "1" else [str(number) for number in numbers]
        yield Reading(rows=pa.table({"n": column}))
'''


def test_a_connector_may_read_an_address_and_is_known_by_its_rows(
    project: Project, tmp_path: Path
) -> None:
    plugins = tmp_path / "project" / "plugins" / "connectors"
    plugins.mkdir(parents=True)
    (plugins / "remote.py").write_text(REMOTE)
    settings = {"connector": "remote", "settings": {"widths": "1"}}

    first = project.source.ingest("counts", "count://to/3", **settings)
    again = project.source.ingest("counts", "count://up-to/3", **settings)
    with pytest.raises(Invalid, match="do not fit into one table"):
        project.source.ingest("counts", "count://to/4", connector="remote")

    assert first.n_taken == 3
    assert (again.n_taken, again.n_objects_skipped) == (0, 1)


def test_listing_the_verbs_loads_no_heavy_library() -> None:
    code = "import sys, headgate.ingest.operations; print(*sys.modules)"

    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"pyarrow", "sqlalchemy", "numpy", "duckdb", "blake3"} & set(shown)


def _kinds(context: Context) -> list[str]:
    with context.catalog.read() as connection:
        return [event.kind for event in log.list_events(connection, context.tenant)]


def test_quarantine_of_a_dataset_there_is_not_is_not_clean_but_not_found(project: Project) -> None:
    with pytest.raises(NotFound):
        project.quarantine.show("poeple")
