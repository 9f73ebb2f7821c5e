"""Two tenants in one store: what one keeps, the other can neither read nor tell is there.

Two oracles. An answer to a tenant that has nothing equals the answer of a store in which nobody
has anything; and no word that the first tenant planted stands in any answer to the second.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import headgate
from headgate.core.errors import HeadgateError, NotFound
from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import Verb, table
from tests.acceptance.outside import as_json, command, comparable, up
from tests.contract.sample import contract_text
from tests.surfaces import examples
from tests.surfaces.callers import Call, method

WORDS = (
    *("quetzal", "xylograph", "zephyr", "kumquat", "narwhal", "okapi", "wombat", "yurt"),
    *("jicama", "fjordling", "bandicoot", "gnomon"),
)
# settings, contracts, monitors, notifiers and pipeline files lie in the folder, which everybody
# sees who opens it; of what monitors saw see tests/monitor/test_queries.py
OF_THE_FOLDER = {
    "ci",
    "config.show",
    "contract.compat",
    "contract.diff",
    "contract.list",
    "escalation.policy",
    "monitor.backtest",
    "monitor.list",
    "monitor.show",
    "notifier.list",
    "pipeline.list",
    "pipeline.plan",
    "pipeline.status",
}
READS = sorted({each.name for each in table().verbs.values() if not each.writes} - OF_THE_FOLDER)
NAMED = [name for name in READS if table().verbs[name].positional]


@dataclass
class Store:
    """One store, opened as any tenant."""

    root: Path
    stack: ExitStack

    def as_tenant(self, tenant: str) -> Project:
        context = open_context(self.root, flags={"tenant": tenant, "actor": "someone"})
        return self.stack.enter_context(Project(Local(context)))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    root = tmp_path_factory.mktemp("tenants") / "store"
    headgate.init(root, name="store").close()
    with ExitStack() as stack:
        yield Store(root, stack)


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A tenant without anything, in a store where nobody has anything."""
    root = tmp_path_factory.mktemp("nobody") / "store"
    headgate.init(root, name="store").close()
    with ExitStack() as stack:
        yield Store(root, stack).as_tenant("newcomer")


@pytest.fixture(scope="module")
def planted(store: Store) -> dict[str, str]:
    """What the first tenant keeps, every name and value an unusual word; by kind, its names."""
    project = store.as_tenant("alpha")
    path = store.root / "wombat.csv"
    path.write_text("id,gnomon\n1,jicama\n2,fjordling\n3,yurt,yurt\n", encoding="utf-8")
    project.source.ingest("quetzal", str(path), source="wombat", owner="bandicoot", key="id")
    project.dataset.tag("quetzal", "yurt")
    with project.run("fjordling", note="jicama") as run:
        project.dataset.read("quetzal", where="id > 0")
        run.log_model("xylograph", {"jicama": 1}, notes="yurt")
    project.prompt.create("zephyr", "jicama {yurt}")
    project.release.create("kumquat", model="xylograph@1", prompt="zephyr@1", notes="yurt")
    project.deployment.create("narwhal", release="kumquat@1")
    (store.root / "pipelines").mkdir(exist_ok=True)
    (store.root / "pipelines" / "plain.py").write_text(
        "from headgate import step\n\n@step\ndef kept(quetzal):\n    return quetzal\n",
        encoding="utf-8",
    )
    ran = project.pipeline.run("plain")
    _promise(project, store.root)
    rows = [{"prediction_id": "okapi-1", "user_key": "bandicoot", "input": "jicama"}]
    project.prediction.log(rows, deployment="narwhal", snapshot="quetzal@1")
    project.prediction.feedback("okapi-1", "correction", "fjordling")
    table = {"namespace": "wombat", "name": "quetzal"}
    job = {"namespace": "wombat", "name": "zephyr"}
    event = {"eventTime": "2100-01-01", "job": job, "inputs": [table], "note": "jicama"}
    project.lineage.take(json.dumps(event).encode())
    return {
        "contract": "quetzal",
        "dataset": "quetzal",
        "quarantine": "quetzal",
        "model": "xylograph@1",
        "prompt": "zephyr@1",
        "release": "kumquat@1",
        "deployment": "narwhal",
        "prediction": "okapi-1",
        "run": run.id,
        "pipeline": ran.pipeline_run_id,
    }


def _promise(project: Project, root: Path) -> None:
    """Publish a contract whose file is gone afterwards, for files are everybody's."""
    file = root / "contracts" / "yurtzeph.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(contract_text({"name": "gnomon"}), encoding="utf-8")
    project.contract.publish("yurtzeph")
    file.unlink()


def told(verb: Verb, project: Project, call: Call) -> Any:
    """Answer a call as JSON, an error with its family, message and mend."""
    try:
        result = method(project, verb)(*call.arguments, **call.keywords)
    except HeadgateError as error:
        return {"code": error.code, "message": error.message, "mend": error.mend}
    return "bytes" if isinstance(result, bytes) else comparable(as_json(result))


def asking_for(verb: Verb, names: dict[str, str]) -> list[Call]:
    """Ask a verb for each thing the first tenant has, by its right name and by one misspelt."""
    noun = verb.name.partition(".")[0]
    if verb.name == "query":
        return [Call((f"select * from {names['dataset']}",)), Call(("select * from quetzel",))]
    if verb.name in {"blast", "trace"}:
        refs = ["dataset", "model", "prompt", "release", "deployment", "prediction", "run"]
        kinds = {kind: f"{kind.replace('dataset', 'snapshot')}:{names[kind]}" for kind in refs}
        others = ("source:wombat", "source:wombta", "foreign:wombat/zephyr")
        return [Call((ref,)) for ref in (*kinds.values(), *others)]
    dataset, place = names["dataset"], names["deployment"]
    words = {
        "rollback": [(place,), ("narwhla",)],
        "monitor.compare": [(f"deployment:{place}",), ("deployment:narwhla",)],
        "source.diff": [(dataset,), ("quetzel",)],
        "source.compare": [(dataset, dataset), ("quetzel", "quetzel")],
        "escalation.show": [("wombat",), ("esc-00000000000000aa",)],
        "escalation.test": [("wombat",), ("esc-00000000000000aa",)],
        "adopt.read": [(dataset,), ("wombat",)],
        "dataset.export": [(dataset, "leak.csv")],
    }
    if verb.name in words or not verb.positional:
        return [Call(each) for each in words.get(verb.name, [()])]
    rest = {"prompt.diff": (names["prompt"],), "dataset.verify": (names["dataset"],)}
    rest |= {"dataset.file": ("a.txt",), "dataset.verify_folder": (".",)}
    more = {"keys": [1]} if verb.name == "dataset.get" else {}
    rest |= {"deployment.skew": (names["dataset"], "id")}
    near = names[noun].replace("a", "aa").replace("z", "s")
    return [Call((name, *rest.get(verb.name, ())), more) for name in (names[noun], near)]


@pytest.fixture(scope="module", params=READS)
def own(request: pytest.FixtureRequest, store: Store) -> SimpleNamespace:
    """A verb, and a tenant with what its example needs; its tests run after each other."""
    project = store.as_tenant(f"beta-{request.param}")
    call = examples.INSTALLED[request.param](project)
    return SimpleNamespace(verb=table().verbs[request.param], project=project, call=call)


@pytest.mark.row("S3-43", part="ids")
def test_a_tenant_without_anything_is_answered_as_if_nobody_had_anything(
    store: Store, nobody: Project, own: SimpleNamespace
) -> None:
    verb, call = own.verb, own.call

    found = told(verb, store.as_tenant("newcomer"), call)

    assert found == told(verb, nobody, call)


@pytest.mark.row("S3-43", part="ids")
def test_no_word_of_one_tenant_stands_in_any_answer_to_another(
    planted: dict[str, str], own: SimpleNamespace
) -> None:
    calls = [own.call, *asking_for(own.verb, planted)]

    answers = [(call, told(own.verb, own.project, call)) for call in calls]

    for call, answer in answers:
        typed = json.dumps([call.arguments, call.keywords], default=str)
        said = json.dumps(answer)
        assert [word for word in WORDS if word in said and word not in typed] == []


@pytest.mark.row("S3-43", part="ids")
@pytest.mark.parametrize("name", NAMED)
def test_what_another_tenant_has_is_not_found(
    store: Store, planted: dict[str, str], name: str
) -> None:
    verb = table().verbs[name]
    stranger = store.as_tenant("stranger")

    for call in asking_for(verb, planted):
        answer = told(verb, stranger, call)

        # blast takes no deployment
        families = {"not-found", "invalid"} if name == "blast" else {"not-found"}
        assert answer["code"] in families, call


@pytest.mark.row("S3-43", part="ids")
def test_a_step_reads_nothing_of_another_tenant_and_leaves_it_no_memo(
    store: Store, planted: dict[str, str]
) -> None:
    (store.root / "pipelines").mkdir(exist_ok=True)
    (store.root / "pipelines" / "flow.py").write_text(
        "from headgate import step\n\n@step\ndef made(quetzal):\n    return quetzal\n",
        encoding="utf-8",
    )
    own, other = store.as_tenant("alpha"), store.as_tenant("stranger")

    (first,) = own.pipeline.run("flow").steps
    with pytest.raises(NotFound):
        other.pipeline.plan("flow")
    other.dataset.commit(planted["dataset"], own.dataset.read(planted["dataset"]))
    (second,) = other.pipeline.run("flow").steps

    assert (first.state, second.state) == ("ran", "ran")


@pytest.mark.row("S3-43", part="ids")
def test_the_planted_words_are_there_for_their_own_tenant(
    store: Store, planted: dict[str, str]
) -> None:
    verbs, owner = table().verbs, store.as_tenant("alpha")
    lists = [verbs[name] for name in READS if name.endswith(".list")]

    said = json.dumps([told(verb, owner, Call()) for verb in lists])

    assert planted["dataset"] in said
    assert {word for word in WORDS if word not in said} <= {"jicama", "yurt", "gnomon"}


@pytest.mark.row("S3-43", part="ids")
def test_the_same_rows_of_two_tenants_lie_in_two_folders(store: Store) -> None:
    home, tenants = store.root / ".headgate", ("east", "west")

    for tenant in tenants:
        store.as_tenant(tenant).dataset.commit("shared", [{"id": 1}])

    segments = [sorted((home / "segments" / tenant).rglob("*.parquet")) for tenant in tenants]
    assert [len(found) for found in segments] == [1, 1]
    assert segments[0][0].name == segments[1][0].name
    assert not segments[0][0].samefile(segments[1][0])


@pytest.mark.row("S3-43", part="ids")
def test_every_blob_lies_in_the_folder_of_a_tenant(store: Store, planted: dict[str, str]) -> None:
    home, owner = store.root / ".headgate", store.as_tenant("alpha")
    tenants = {entry.name for entry in (home / "segments").iterdir()}

    others = {"keys", "cache"}
    areas = [entry for entry in home.iterdir() if entry.is_dir() and entry.name not in others]

    assert owner.dataset.read(planted["dataset"]).num_rows == 2
    assert {"segments", "manifests"} <= {area.name for area in areas}
    for area in areas:
        assert all(entry.is_dir() for entry in area.iterdir())
        assert {entry.name for entry in area.iterdir()} - tenants <= {"own-config.show"}


@pytest.mark.row("S3-43", part="ids")
def test_every_table_of_the_catalog_keeps_the_tenant(store: Store, planted: dict[str, str]) -> None:
    del planted
    path = store.root / ".headgate" / "catalog.db"

    with contextlib.closing(sqlite3.connect(path)) as catalog:
        names = [
            row[0] for row in catalog.execute("select name from sqlite_master where type='table'")
        ]
        without = [
            name
            for name in names
            if "tenant"
            not in [column[1] for column in catalog.execute(f"pragma table_info({name})")]
        ]

    assert set(without) <= {"alembic_version", "sqlite_sequence", "sqlite_stat1"}


@pytest.mark.row("S3-43", part="ids")
def test_each_tenant_has_an_event_log_of_its_own_without_gaps(store: Store) -> None:
    one, two = store.as_tenant("north"), store.as_tenant("south")

    for project in (one, two, one):
        project.prompt.create("greet", f"Hello {len(project.event.list().events)}")

    logs = [[event.seq for event in project.event.list().events] for project in (one, two)]
    assert logs == [[2, 1], [1]]


@pytest.mark.row("S3-43", part="ids")
def test_what_one_tenant_writes_does_not_change_what_another_reads(store: Store) -> None:
    one, two = store.as_tenant("left"), store.as_tenant("right")
    one.dataset.commit("shared", [{"id": 1, "v": "left"}], key=["id"])

    made = two.dataset.commit("shared", [{"id": 1, "v": "right"}], key=["id"])

    assert (made.number, made.n_added) == (1, 1)
    assert one.dataset.read("shared")["v"].to_pylist() == ["left"]
    assert [each.number for each in one.dataset.log("shared").snapshots] == [1]


@pytest.mark.row("S3-43", part="ids")
def test_a_models_bytes_are_not_reached_by_its_digest(
    store: Store, planted: dict[str, str]
) -> None:
    owner, stranger = store.as_tenant("alpha"), store.as_tenant("stranger")
    content = owner.model.fetch(planted["model"])

    with pytest.raises(NotFound):
        stranger.model.fetch(owner.model.show(planted["model"]).version.digest)

    assert content


@pytest.mark.row("S3-43", part="ids")
def test_the_environment_chooses_the_tenant_of_a_command_and_of_a_server(
    store: Store, planted: dict[str, str]
) -> None:
    place = ("--project", store.root, "--json")

    owner = command("dataset", "list", *place, HEADGATE_TENANT="alpha")
    other = command("dataset", "read", planted["dataset"], *place, HEADGATE_TENANT="omega")
    with up(store.root, HEADGATE_TENANT="omega") as server:
        listed = server.post("dataset/list", {})
        status, data = server.send("/api/v1/dataset/read", b'{"name": "quetzal"}', {})

    assert "quetzal" in [each["name"] for each in owner.said["datasets"]]
    assert (other.code, json.loads(other.err)["code"]) == (2, "not-found")
    assert (listed, status) == ({"datasets": []}, 404)
    assert json.loads(data)["mend"] == "there is no dataset yet"


@pytest.mark.row("S3-43", part="ids")
@pytest.mark.parametrize("tenant", ["../alpha", "", "al pha", "alpha/..", "a" * 101, "ålpha"])
def test_a_tenant_that_could_leave_its_folder_is_refused(store: Store, tenant: str) -> None:
    with pytest.raises(HeadgateError) as refused:
        store.as_tenant(tenant)

    assert refused.value.code == "invalid"
