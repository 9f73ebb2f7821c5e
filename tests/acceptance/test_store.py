"""The store as somebody outside relies on it: its names, its settings, and its files read alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import headgate
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.acceptance.outside import Answer, command
from tests.surfaces.routes import serving
from tests.surfaces.shell import shell

READER = Path(__file__).parents[2] / "examples" / "read_store.py"
PEOPLE = pa.table({"id": [1, 2, 3], "email": ["ann@x.org", "bo@x.org", "cy@x.org"]})
ALONE = """
import runpy, sys
for name in ("headgate", "duckdb", "sqlalchemy", "pyroaring"):
    sys.modules[name] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(params=["local", "remote"])
def people(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """People in two snapshots, in a folder or behind a server."""
    root = tmp_path / "shop"
    with headgate.init(root) as made:
        made.dataset.commit("people", PEOPLE, key=["id"])
        made.dataset.commit("people", [{"id": 1, "email": "ann@y.org"}], mode="upsert")
        if request.param == "local":
            yield made
            return
    with serving(root) as server, headgate.open(server.address, token=server.token) as opened:
        yield opened


def alone(*words: object) -> Answer:
    """Run the independent reader in a process in which Headgate cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, READER, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def in_folder(root: Path, *words: object) -> Answer:
    """Run a command in the process of the test."""
    done = shell(table())(*words, "--project", root, "--json")
    return Answer(done.code, done.out, done.err)


def test_an_erasure_answers_a_receipt_with_what_was_done_and_what_is_left(people: Project) -> None:
    plan = people.dataset.erase("people", where="email = 'ann@x.org'")

    receipt = people.dataset.erase("people", where="email = 'ann@x.org'", apply=True)

    assert (plan.is_applied, plan.n_rows) == (False, 1)
    assert (receipt.n_versions, receipt.n_rows, list(receipt.obligations)) == (2, 1, [])
    assert people.dataset.read("people", at=1)["id"].to_pylist() == [2, 3]
    assert people.dataset.erasures().erasures[0].is_signed


def test_fsck_answers_problems_and_a_lost_file_is_one(people: Project, tmp_path: Path) -> None:
    sound = people.dataset.fsck()
    [lost, *_] = sorted((tmp_path / "shop/.headgate/segments").rglob("*.parquet"))
    lost.unlink()

    broken = people.dataset.fsck()

    assert list(sound.problems) == []
    assert any(lost.stem in problem.subject for problem in broken.problems)
    assert all(problem.mend for problem in broken.problems)


@pytest.mark.row("S3-61", part="verify")
@pytest.mark.parametrize("format_", ["parquet", "csv", "jsonl", "arrow"])
def test_an_export_is_a_copy_and_a_changed_copy_is_found_out(
    people: Project, tmp_path: Path, format_: Any
) -> None:
    people.dataset.export("people", tmp_path / f"copy.{format_}", format=format_)
    people.dataset.commit("people", [{"id": 9, "email": "new@x.org"}], mode="append")

    same = people.dataset.verify("people@2", f"{tmp_path}/copy.{format_}")
    other = people.dataset.verify("people", f"{tmp_path}/copy.{format_}")

    assert (same.has_findings, other.has_findings) == (False, True)
    assert (other.n_only_a, other.n_only_b) == (1, 0)


def test_the_settings_say_where_catalog_and_objects_lie(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    places = {
        "HEADGATE_STORE_CATALOG": f"sqlite:///{elsewhere}/names.db",
        "HEADGATE_STORE_OBJECTS": str(elsewhere / "objects"),
    }

    made = command("init", tmp_path / "shop", "--json", **places)
    rows = tmp_path / "rows.csv"
    rows.write_text("id\n1\n", encoding="utf-8")
    done = in_folder(tmp_path / "shop", "dataset", "commit", "rows", rows)

    written = (tmp_path / "shop/headgate.toml").read_text(encoding="utf-8")
    assert made.said["name"] == "shop"
    assert done.said["n_rows"] == 1
    assert str(elsewhere / "names.db") in written
    assert (elsewhere / "names.db").is_file()
    assert len(list((elsewhere / "objects/segments").rglob("*.parquet"))) == 1
    assert not (tmp_path / "shop/.headgate/segments").exists()


def test_a_bucket_and_its_endpoint_stand_in_the_project_s_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with headgate.init(tmp_path / "shop"):
        pass
    settings = tmp_path / "shop/headgate.toml"
    text = settings.read_text(encoding="utf-8")
    where = 'objects = "s3://bucket/prefix"\nendpoint = "http://127.0.0.1:9"'
    settings.write_text(text.replace('objects = "."', where), encoding="utf-8")
    monkeypatch.setenv("HEADGATE_STORE_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("HEADGATE_STORE_SECRET_ACCESS_KEY", "secret")

    with headgate.open(tmp_path / "shop") as shop:
        shown = {one.name: one.value for one in shop.config.show("store")}

    assert shown["store.objects"] == "s3://bucket/prefix"
    assert shown["store.endpoint"] == "http://127.0.0.1:9"


@pytest.mark.row("S3-67", part="snapshots and hashes")
def test_a_stranger_counts_the_names_of_every_snapshot_with_the_reader_alone(
    tmp_path: Path,
) -> None:
    root = tmp_path / "shop"
    with headgate.init(root) as shop:
        shop.dataset.commit("people", PEOPLE, key=["id"])
        shop.dataset.commit("people", [{"id": 2, "email": None}], mode="upsert")
        shop.dataset.restore("people", to="1")
        names = [(f"people@{one.number}", one) for one in shop.dataset.log("people").snapshots]

    verified = [alone(root, ref, "--verify") for ref, _ in names]
    rows = [alone(root, ref) for ref, _ in names]

    assert [(done.code, done.out) for done in verified] == [
        (0, f"{ref} is what its names say\n") for ref, _ in names
    ]
    assert [len(done.out.splitlines()) for done in rows] == [one.n_rows for _, one in names]
    assert names[0][1].content_root == names[-1][1].content_root


@pytest.mark.row("S3-67", part="snapshots and hashes")
def test_a_cell_that_was_changed_behind_our_back_is_found_with_the_reader_alone(
    tmp_path: Path,
) -> None:
    import pyarrow.parquet as pq

    root = tmp_path / "shop"
    with headgate.init(root) as shop:
        shop.dataset.commit("people", PEOPLE, key=["id"])
    [segment] = (root / ".headgate/segments").rglob("*.parquet")
    table = pq.read_table(segment)
    email = table.column_names.index("email")
    forged = table.set_column(email, "email", pa.array(["eve@x.org", "bo@x.org", "cy@x.org"]))
    segment.chmod(0o600)
    pq.write_table(forged, segment)

    found = alone(root, "people", "--verify")

    assert found.code != 0
    assert found.out.splitlines() == [
        "_rh says something else",
        "content_root says something else",
    ]


@pytest.mark.row("S3-02")
def test_a_restore_brings_back_the_bytes_and_says_what_stood_on_the_rest(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    with headgate.init(root) as shop:
        first = shop.dataset.commit("people", PEOPLE, key=["id"])
        shop.dataset.commit("people", [{"id": 1, "email": "bad"}], mode="upsert")
        with shop.run("train") as run:
            shop.dataset.read("people")
            run.log_model("judge", {"weights": [1]})
        shop.dataset.export("people", root / "before.csv", at=1)

        report = shop.dataset.restore("people", to="1")
        shop.dataset.export("people", root / "after.csv")

    assert report.snapshot.content_root == first.content_root
    assert (root / "after.csv").read_bytes() == (root / "before.csv").read_bytes()
    assert any("judge@1" in one for one in report.dependents)


@pytest.mark.row("S3-26")
@pytest.mark.row("S3-27")
@pytest.mark.parametrize(
    ("mode", "more", "left"),
    [
        ("upsert", {}, [1, 2, 3, 4]),
        ("overwrite", {"where": "day = 2"}, [1, 3, 4]),
        ("replace", {}, [3, 4]),
    ],
)
def test_every_write_mode_done_twice_is_as_done_once(
    tmp_path: Path, mode: Any, more: dict[str, Any], left: list[int]
) -> None:
    with headgate.init(tmp_path / "shop") as shop:
        start = pa.table({"id": [1, 2], "day": [1, 2]})
        shop.dataset.commit("visits", start, key=["id"])
        again = pa.table({"id": [3, 4], "day": [2, 2]})

        once = shop.dataset.commit("visits", again, mode=mode, **more)
        twice = shop.dataset.commit("visits", again, mode=mode, **more)
        ids: list[Any] = shop.dataset.read("visits")["id"].to_pylist()

    assert (twice.content_root, twice.n_rows) == (once.content_root, once.n_rows)
    assert sorted(ids) == left


@pytest.mark.row("S3-52", part="ids across files")
def test_one_asset_id_joins_what_was_taken_of_one_thing(tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    (scans / "ward").mkdir(parents=True)
    for name in ("ward/7.jpg", "ward/7.json", "ward/7.wav", "ward/8.jpg"):
        (scans / name).write_text(name, encoding="utf-8")
    with headgate.init(tmp_path / "shop") as shop:
        shop.dataset.commit_folder("scans", scans)
        (scans / "ward/7.json").write_text("relabelled", encoding="utf-8")
        shop.dataset.commit_folder("scans", scans)

        found = shop.query(
            "select asset, count(*) as n from scans@2 group by asset order by asset"
        ).to_pylist()
        before, after = (
            shop.dataset.read("scans", at=at, row_ids=True).select(["path", "_rid"]).sort_by("path")
            for at in (1, 2)
        )

    assert found == [{"asset": "ward/7", "n": 3}, {"asset": "ward/8", "n": 1}]
    assert before == after


@pytest.mark.row("S3-72", part="folder")
def test_a_dataset_folder_with_its_card_is_read_by_the_library_it_is_for(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    with headgate.init(tmp_path / "shop") as shop:
        shop.dataset.commit("people", PEOPLE, key=["id"])
        shop.dataset.export("people", tmp_path / "hub", format="huggingface", license="cc0-1.0")

        found = datasets.load_dataset(
            str(tmp_path / "hub"), split="train", cache_dir=str(tmp_path / "cache")
        )
        back = shop.dataset.import_("again", tmp_path / "hub")

    card = (tmp_path / "hub/README.md").read_text(encoding="utf-8")
    assert found.to_list() == PEOPLE.to_pylist()
    assert "cc0-1.0" in card
    assert back.snapshots[-1].snapshot.n_rows == PEOPLE.num_rows


@pytest.mark.row("S3-75")
def test_the_command_goes_from_a_branch_over_a_diff_to_a_merge_and_a_backup(
    tmp_path: Path,
) -> None:
    root, rows, more = tmp_path / "shop", tmp_path / "rows.csv", tmp_path / "more.csv"
    rows.write_text("id,city\n1,Oslo\n2,Rome\n", encoding="utf-8")
    more.write_text("id,city\n2,Roma\n3,Bonn\n", encoding="utf-8")
    command("init", root)

    in_folder(root, "dataset", "commit", "towns", rows, "--key", "id")
    in_folder(root, "dataset", "branch", "towns", "dev")
    in_folder(root, "dataset", "commit", "towns", more, "--mode", "upsert", "--branch", "dev")
    diff = in_folder(root, "dataset", "diff", "towns", "--from", "main", "--to", "dev").said
    merged = in_folder(root, "dataset", "merge", "towns", "dev").said
    saved = in_folder(root, "project", "backup", tmp_path / "copy").said
    command("project", "restore", tmp_path / "copy", tmp_path / "again")
    read = in_folder(tmp_path / "again", "dataset", "read", "towns").said

    assert (diff["n_added"], diff["n_changed"], diff["n_removed"]) == (1, 1, 0)
    assert merged["conflicts"] == []
    assert saved["n_snapshots"] == 3
    assert sorted(row["city"] for row in read) == ["Bonn", "Oslo", "Roma"]


@pytest.mark.row("S3-75")
def test_a_merge_that_cannot_be_exits_with_one_and_names_the_rows(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    with headgate.init(root) as shop:
        shop.dataset.commit("towns", [{"id": 1, "city": "Rome"}], key=["id"])
        shop.dataset.branch("towns", "dev")
        for branch, city in (("main", "Roma"), ("dev", "Rom")):
            shop.dataset.commit("towns", [{"id": 1, "city": city}], mode="upsert", branch=branch)

    done = in_folder(root, "dataset", "merge", "towns", "dev")

    assert done.code == 1
    [conflict] = json.loads(done.out)["conflicts"]
    assert {"Rome", "Roma", "Rom"} <= set(str(conflict).replace("'", " ").split())
