"""The names the outside relies on, exactly as written: on a folder, and behind `headgate up`."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

import headgate
from headgate.core.errors import Conflict, Denied, NotFound
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.acceptance.outside import Served, command, up
from tests.surfaces.shell import shell

ORDERS = pa.table({"id": [1, 2, 3], "city": ["Oslo", "Rome", "Bonn"]})
CHANGED = pa.table({"id": [2, 3, 4], "city": ["Rome", "Köln", "Lima"]})


@dataclass(frozen=True)
class Shop:
    """A project as it is opened: by its folder or by the address of its server."""

    place: str
    root: Path
    project: Project
    options: tuple[str, ...]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Served]]:
    root = tmp_path_factory.mktemp("names") / "shop"
    headgate.init(root, name="shop").close()
    with up(root) as server:
        yield root, server


@pytest.fixture(scope="module", params=["local", "remote"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """A project with two snapshots, a source, a model, a release, a deployment and predictions."""
    if request.param == "local":
        root = tmp_path_factory.mktemp("names") / "shop"
        project = headgate.init(root, name="shop")
        place, options = str(root), ("--project", str(root))
    else:
        root, server = request.getfixturevalue("served")
        project = headgate.open(server.address, token=server.token)
        place = server.address
        options = ("--project", server.address, "--token-file", str(server.token_path))
    with project:
        fill(project, root)
        yield Shop(place, root, project, options)


def fill(project: Project, root: Path) -> None:
    (root / "people.csv").write_text("id,age\n1,20\n2,3000\n", encoding="utf-8")
    project.dataset.commit("orders", ORDERS, key=["id"])
    project.dataset.commit("orders", CHANGED, mode="replace")
    project.source.ingest("people", str(root / "people.csv"), source="clinic", at="2026-11-03")
    with project.run("train") as run:
        project.dataset.read("people")
        run.log_model("churn", {"weights": [1, 2]})
    project.prompt.create("greet", "Hello {name}")
    project.prompt.create("greet", "Good day {name}")
    project.release.create("api", model="churn@1")
    project.release.create("api", prompt="greet@1")
    project.deployment.create("prod", release="api@1")
    project.prediction.log([{"prediction_id": "p1", "user_key": "u1"}], deployment="prod")


def test_init_makes_a_project_and_a_second_init_refuses_to(tmp_path: Path) -> None:
    with headgate.init(tmp_path / "shop", name="corner") as made:
        named = {each.name: each.value for each in made.config.show("name")}

    with pytest.raises(Conflict) as refused:
        headgate.init(tmp_path / "shop")

    assert named == {"name": "corner"}
    assert str(tmp_path / "shop") in refused.value.mend


def test_open_takes_a_folder_or_an_address_and_says_which_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as no_folder:
        headgate.open(tmp_path / "nothing")
    with pytest.raises(Denied) as no_token:
        headgate.open("http://127.0.0.1:9")

    assert "headgate init" in no_folder.value.mend
    assert "HEADGATE_TOKEN" in no_token.value.mend


def test_open_reads_the_token_from_the_environment(
    served: tuple[Path, Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, server = served
    monkeypatch.setenv("HEADGATE_TOKEN", server.token)

    with headgate.open(server.address) as opened:
        shown = opened.config.show("name")

    assert shown[0].value == "shop"


def test_commit_answers_a_snapshot(shop: Shop) -> None:
    first = shop.project.dataset.commit("stock", ORDERS, mode="append", key=["id"], message="one")
    again = shop.project.dataset.commit("stock", CHANGED, mode="upsert")

    assert (first.number, first.n_rows, first.message) == (1, 3, "one")
    assert (again.number, again.n_rows) == (2, 4)
    assert len(first.version_id) == len(first.content_root) == 64
    assert first.version_id != again.version_id


def test_read_answers_a_table_at_any_version(shop: Shop) -> None:
    newest = shop.project.dataset.read("orders")
    first = shop.project.dataset.read("orders", at=1, columns=["city"])

    assert isinstance(newest, pa.Table)
    assert newest.sort_by("id").equals(CHANGED)
    assert first.to_pydict() == {"city": ["Oslo", "Rome", "Bonn"]}


def test_diff_counts_rows_added_removed_and_changed(shop: Shop) -> None:
    report = shop.project.dataset.diff("orders", from_=1, to=2)

    assert (report.n_added, report.n_removed, report.n_changed) == (1, 1, 1)


def test_ingest_takes_a_file_with_its_connector_mode_and_key(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "taps.txt"
    path.write_text("id,litres\n1,5\n", encoding="utf-8")

    report = shop.project.source.ingest("taps", str(path), connector="csv", mode="upsert", key="id")

    assert (report.n_taken, report.snapshot.n_rows) == (1, 1)
    assert shop.project.dataset.read("taps").to_pylist() == [{"id": 1, "litres": 5}]


def test_a_run_records_what_is_read_inside_it(shop: Shop) -> None:
    with shop.project.run("count") as run:
        shop.project.dataset.read("orders", at=1)

    shown = shop.project.run.show(run.id)
    assert [(each.dataset, each.number) for each in shown.reads] == [("orders", 1)]
    assert shown.record.state == "done"


def test_blast_and_trace_meet_in_the_middle(shop: Shop) -> None:
    down = shop.project.blast("source:clinic", from_="2026-11-03", to="2026-11-03")
    up_again = shop.project.trace("p1")

    assert [model.ref for model in down.models] == ["churn@1"]
    assert (down.predictions.n_exposed, down.users.n_exposed) == (1, 1)
    assert "source:clinic" in [node.ref for node in up_again.nodes]


def test_a_remote_project_is_the_same_object_with_the_same_names(shop: Shop) -> None:
    nouns = {name for name in dir(shop.project) if not name.startswith("_")}

    assert type(shop.project) is Project
    assert set(table().nouns()) | set(table().bare()) <= nouns
    assert shop.project.address == shop.place


COMMANDS: dict[str, tuple[str, ...]] = {
    "config show": (),
    "source ingest": ("visits", "{root}/people.csv", "--source", "clinic", "--mode", "append"),
    "source list": (),
    "dataset commit": ("lamps", "{root}/lamps.csv", "--key", "id", "--message", "new"),
    "dataset list": (),
    "dataset log": ("orders",),
    "dataset show": ("orders@1",),
    "dataset diff": ("orders", "--from", "1", "--to", "2"),
    "dataset read": ("orders", "--at", "1", "--columns", "city"),
    "dataset tag": ("orders", "clean", "--at", "1"),
    "dataset export": ("orders", "{root}/out.parquet"),
    "dataset restore": ("orders", "--to", "1"),
    "query": ("select count(*) as n from orders@1",),
    "prompt create": ("farewell", "Good bye {name}"),
    "prompt list": (),
    "prompt diff": ("greet@1", "greet@2"),
    "prompt show": ("greet",),
    "release create": ("web", "--model", "churn@1"),
    "release list": (),
    "deployment create": ("{fresh}", "--release", "api@1"),
    "deployment promote": ("prod", "api@2"),
    "deployment list": (),
    "model list": (),
    "run list": (),
    "event list": ("--limit", "3"),
    "quarantine list": (),
    "prediction show": ("p1",),
    "prediction feedback": ("p1", "thumb", "up"),
    "trace": ("p1",),
    "blast": ("source:clinic", "--from", "2026-11-03", "--to", "2026-11-03"),
    "rollback": ("prod", "--to", "api@1", "--plan"),
}


@pytest.mark.parametrize("words", sorted(COMMANDS))
def test_a_command_answers_json_about_the_project_named(shop: Shop, words: str) -> None:
    (shop.root / "lamps.csv").write_text("id,watt\n1,40\n", encoding="utf-8")
    given = [word.format(root=shop.root, fresh="fresh", name="{name}") for word in COMMANDS[words]]

    done = shell(table())(*words.split(), *given, "--json", *shop.options)

    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) is not None


def test_rollback_applies_what_it_planned(shop: Shop) -> None:
    shop.project.deployment.promote("prod", "api@2")
    headgate_ = shell(table())
    words = ("rollback", "prod", "--to", "api@1", "--json", *shop.options)

    plan = json.loads(headgate_(*words, "--plan").out)
    done = json.loads(headgate_(*words, "--apply", "--reason", "worse").out)

    assert (plan["is_applied"], plan["live_release"]) == (False, "api@2")
    assert (done["is_applied"], done["live_release"], done["reason"]) == (True, "api@1", "worse")


def test_a_model_that_was_logged_is_fetched_by_its_command(shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "churn.pickle"

    done = shell(table())("model", "fetch", "churn@1", "--output", out, "--json", *shop.options)

    assert json.loads(done.out) == {"output": str(out), "n_bytes": out.stat().st_size}
    assert pickle.loads(out.read_bytes()) == {"weights": [1, 2]}


@pytest.mark.row("S3-69", part="no server")
def test_the_installed_command_goes_from_init_to_an_answer(tmp_path: Path) -> None:
    root, rows = tmp_path / "shop", tmp_path / "rows.csv"
    rows.write_text("id,age\n1,20\n", encoding="utf-8")

    made = command("init", root, "--name", "corner", "--json")
    taken = command("source", "ingest", "people", rows, "--project", root, "--json")
    found = command("blast", "source:people", "--project", root, "--json")

    assert made.said["name"] == "corner"
    assert taken.said["snapshot"]["n_rows"] == 1
    assert [each["dataset"] for each in found.said["datasets"]] == ["people"]
