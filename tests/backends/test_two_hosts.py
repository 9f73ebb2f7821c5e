"""Two machines on one catalog and one bucket, each with copies of its own: neither lags behind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import HeadgateError, Invalid, NotFound
from headgate.serve import merging
from headgate.spine.context import open_context
from headgate.spine.settings import load
from tests.dataset.trees import write
from tests.searching import files_holding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headgate.surfaces.python import Project
    from tests.backends.places import Backend

pytestmark = pytest.mark.parametrize("backend", ["sqlite-s3", "postgres-s3"], indirect=True)

ANN = "ann.larsen@example.org"
WHERE = f"email = '{ANN}'"
PEOPLE = [
    {"id": 1, "email": ANN, "age": 41},
    {"id": 2, "email": "bo@example.org", "age": 52},
    {"id": 3, "email": "cy@example.org", "age": 63},
]

READS: dict[str, Callable[[Project], Any]] = {
    "read": lambda one: one.dataset.read("people", at="1").to_pylist(),
    "filtered": lambda one: one.dataset.read("people", at="1", where=WHERE).to_pylist(),
    "query": lambda one: one.query("select email from people order by id").to_pylist(),
    "diff": lambda one: one.dataset.diff("people", from_="1", to="2").n_changed,
    "get": lambda one: one.dataset.get("people", [1, 2, 3], at="1").to_pylist(),
    "rows": lambda one: list(one.dataset.open("people", at="1").rows()),
}


@pytest.fixture
def here(backend: Backend, project: Project) -> Project:
    """A project with three people in two snapshots."""
    del backend
    project.dataset.commit("people", PEOPLE, key=["id"])
    project.dataset.commit("people", [{"id": 1, "email": ANN, "age": 42}], mode="upsert")
    return project


@pytest.fixture
def there(here: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """The same project on a machine that has the settings and the key, and no copies yet."""
    root, home = tmp_path / "there", Path(here.address)
    root.mkdir()
    shutil.copy(home / "headgate.toml", root)
    shutil.copytree(home / ".headgate" / "keys", root / ".headgate" / "keys")
    if load(home).text("store.catalog").startswith("sqlite"):
        file = home / ".headgate" / "catalog.db"
        monkeypatch.setenv("HEADGATE_STORE_CATALOG", f"sqlite:///{file}")
    with headgate.open(root) as opened:
        yield opened


def ids(project: Project) -> list[Any]:
    """List the people of the newest snapshot."""
    found: list[Any] = project.dataset.read("people")["id"].to_pylist()
    return sorted(found)


def copies(project: Project) -> list[Path]:
    """List the copies of blobs a machine has."""
    cache = Path(project.address) / ".headgate" / "cache" / "blobs"
    return [path for path in cache.rglob("*") if path.is_file()]


def test_what_one_commits_the_other_reads(here: Project, there: Project) -> None:
    there.dataset.commit("people", [{"id": 9, "email": "di@example.org", "age": 9}], mode="upsert")

    assert ids(here) == [1, 2, 3, 9]
    assert there.dataset.read("people").equals(here.dataset.read("people"))
    assert [one.number for one in there.dataset.log("people").snapshots] == [3, 2, 1]


@pytest.mark.parametrize("way", sorted(READS))
def test_a_subject_erased_here_is_not_shown_or_kept_there(
    here: Project, there: Project, way: str
) -> None:
    before = READS[way](there)
    there.dataset.read("people", at="1")
    assert any("cache/" in name for name in files_holding(there, ANN))

    here.dataset.erase("people", where=WHERE, apply=True)
    after = READS[way](there)

    assert ANN not in str(after)
    assert after != before or way == "diff"
    assert files_holding(there, ANN) == []
    assert copies(there)


def test_a_reader_that_was_opened_before_goes_on_without_the_subject(
    here: Project, there: Project
) -> None:
    reader = there.dataset.open("people", at="1")
    first = [row["id"] for row in reader.rows()]

    here.dataset.erase("people", where=WHERE, apply=True)

    assert first == [1, 2, 3]
    assert [row["id"] for row in reader.rows()] == [2, 3]
    assert there.dataset.read("people", at="1")["id"].to_pylist() == [2, 3]


def test_what_is_committed_there_after_an_erasure_brings_nothing_back(
    here: Project, there: Project
) -> None:
    there.dataset.read("people")
    here.dataset.erase("people", where=WHERE, apply=True)

    there.dataset.commit("people", [{"id": 2, "email": "b@example.org", "age": 1}], mode="upsert")
    there.dataset.compact("people")
    with pytest.raises(Invalid, match="suppressed"):
        there.dataset.commit("people", PEOPLE, mode="upsert")

    assert ids(here) == [2, 3]
    assert files_holding(here, ANN) == files_holding(there, ANN) == []


def test_a_snapshot_restored_there_after_an_erasure_has_no_subject(
    here: Project, there: Project
) -> None:
    there.dataset.read("people", at="1")
    here.dataset.erase("people", where=WHERE, apply=True)

    there.dataset.restore("people", to="1")

    assert here.dataset.read("people")["id"].to_pylist() == [2, 3]
    assert here.dataset.fsck(deep=True).problems == there.dataset.fsck(deep=True).problems == ()


def test_a_file_erased_here_is_not_served_there(
    here: Project, there: Project, tmp_path: Path
) -> None:
    files = {"ann.txt": b"the face of Ann", "bo.txt": b"the face of Bo"}
    here.dataset.commit("faces", write(tmp_path / "in", files))
    assert there.dataset.file("faces", "ann.txt") == files["ann.txt"]

    here.dataset.erase("faces", where="path = 'ann.txt'", apply=True)

    with pytest.raises(HeadgateError):
        there.dataset.file("faces", "ann.txt", at="1")
    assert there.dataset.file("faces", "bo.txt", at="1") == files["bo.txt"]
    assert files_holding(there, "face of Ann") == []


def test_a_second_erasure_there_knows_the_first(here: Project, there: Project) -> None:
    there.dataset.read("people", at="1")
    there.dataset.read("people")
    here.dataset.erase("people", where=WHERE, apply=True)

    receipt = there.dataset.erase("people", where="email = 'bo@example.org'", apply=True)

    assert receipt.n_rows == 1
    assert files_holding(here, ANN) == files_holding(there, ANN) == []
    assert there.dataset.read("people", at="1")["id"].to_pylist() == [3]
    assert here.dataset.read("people", at="1")["id"].to_pylist() == [3]
    assert files_holding(here, "bo@example.org") == files_holding(there, "bo@example.org") == []
    kept = here.dataset.erasures("people").erasures
    assert len(kept) == 2
    assert all(one.is_finished for one in kept)


def test_predictions_blanked_here_are_blank_there_and_stay_so_when_merged(
    here: Project, there: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, text in enumerate([f"mail of {ANN}", "hello"]):
        row = {"prediction_id": str(number), "input": text, "output": "yes"}
        here.prediction.log([row], snapshot="people@2")
    assert ANN in str(there.prediction.list().to_pylist())

    here.dataset.erase("people", where=WHERE, apply=True)
    monkeypatch.setattr(merging, "MANY", 1)
    there.prediction.log([{"prediction_id": "2", "input": "bye", "output": "no"}])

    inputs = {one["prediction_id"]: one["input"] for one in there.prediction.list().to_pylist()}
    assert inputs == {"0": None, "1": '"hello"', "2": '"bye"'}
    assert files_holding(here, ANN) == files_holding(there, ANN) == []


def test_quarantined_rows_rubbed_out_here_are_not_shown_there(
    here: Project, there: Project, tmp_path: Path
) -> None:
    (tmp_path / "more.csv").write_text(f"id,email,age\n9,{ANN},old\n8,c@example.org,9\n")
    here.source.ingest("people", str(tmp_path / "more.csv"), source="desk", mode="append")
    assert ANN in str(there.quarantine.show("people").to_pylist())

    here.dataset.erase("people", where=WHERE, apply=True)

    assert [row["raw"] for row in there.quarantine.show("people").to_pylist()] == [None]
    assert files_holding(there, ANN) == []


def test_a_blob_deleted_there_is_missed_here_although_a_copy_lies_here(
    here: Project, there: Project
) -> None:
    here.dataset.read("people", at="1")
    blobs = open_context(Path(there.address)).blobs
    key = min(one.key for one in blobs.listed("segments"))
    blobs.delete(key)

    report = here.dataset.fsck()

    assert [(one.kind, one.subject) for one in report.problems] == [("missing", key)]


@pytest.mark.parametrize("area", ["manifests", "segments"])
def test_a_blob_damaged_in_the_bucket_is_found_although_a_sound_copy_lies_here(
    here: Project, there: Project, area: str
) -> None:
    here.dataset.read("people", at="1")
    blobs = open_context(Path(there.address)).blobs
    key = min(one.key for one in blobs.listed(area))
    whole = blobs.get(key)
    blobs.replace(key, whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])

    report = here.dataset.fsck(deep=True)
    blobs.replace(key, whole)

    assert {one.subject for one in report.problems} == {key}
    assert here.dataset.fsck(deep=True).problems == ()


@pytest.mark.usefixtures("no_grace")
def test_what_is_collected_here_is_gone_there_and_the_rest_reads(
    here: Project, there: Project
) -> None:
    for number in range(3):
        here.dataset.commit("people", [{"id": number, "email": "x", "age": 1}], key=["id"])
        there.dataset.read("people")

    here.dataset.gc(keep_last=1, grace_h=0, purge=True, apply=True)

    with pytest.raises(NotFound):
        there.dataset.read("people", at="1")
    assert there.dataset.read("people")["id"].to_pylist() == [2]
    assert there.dataset.fsck(deep=True).problems == ()


def test_a_hold_placed_there_stops_an_erasure_here(here: Project, there: Project) -> None:
    there.dataset.hold("people", reason="case 12")

    with pytest.raises(HeadgateError, match="case 12"):
        here.dataset.erase("people", where=WHERE, apply=True)

    assert there.dataset.read("people").num_rows == 3
    assert files_holding(here, ANN) != []


def test_a_branch_made_there_is_merged_here(here: Project, there: Project) -> None:
    there.dataset.branch("people", "dev")
    there.dataset.commit(
        "people", [{"id": 7, "email": "g@x.org", "age": 7}], mode="upsert", branch="dev"
    )
    here.dataset.commit("people", [{"id": 8, "email": "h@x.org", "age": 8}], mode="upsert")

    report = here.dataset.merge("people", from_="dev")

    assert report.state == "merged"
    assert ids(there) == [1, 2, 3, 7, 8]
    assert there.dataset.log("people").snapshots[0].merged_from is not None
