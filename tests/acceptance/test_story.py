"""One user's whole story, told three times, and the same answers each time.

North brings good rows, then south brings bad ones; a model learns from each state and serves.
The damage is asked for, undone, and asked for again. Every number can be counted by hand.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import headgate
from headgate.surfaces.verbs import table
from tests.acceptance.outside import Served, comparable, up
from tests.acceptance.voices import CommandLine, RemotePython, Rest, Voice

NORTH = "id,age\n1,20\n2,30\n3,40\n"
SOUTH = "id,age\n4,2000\n5,3000\n5,3000,again\n"
BEFORE = [{"prediction_id": f"before-{n}", "user_key": f"user-{n}"} for n in (1, 2)]
AFTER = [
    {"prediction_id": f"after-{n}", "user_key": f"user-{n}", "input_row_ids": [n]} for n in (3, 4)
]
LATE = [{"prediction_id": "late-1", "user_key": "user-1"}]
VOICES = ("command line", "rest", "remote python")
Told = dict[str, Any]


def tell(say: Voice, folder: Path) -> Told:
    """Tell the story and keep the answers worth comparing."""
    answers = {"north": ingest(say, folder, "north", NORTH, "2026-11-01")}
    train(say, "people@1", b"first weights")
    answers["south"] = ingest(say, folder, "south", SOUTH, "2026-11-02")
    train(say, "people@2", b"second weights")
    say("release.create", name="api", model="churn@1")
    say("release.create", name="api", model="churn@2")
    say("deployment.create", name="prod", release="api@1")
    say("prediction.log", BEFORE, deployment="prod", snapshot="people@1")
    say("deployment.promote", deployment="prod", release="api@2", reason="newer")
    say("prediction.log", AFTER, deployment="prod", snapshot="people@2")
    window = {"from": "2026-11-02", "to": "2026-11-02"}
    answers["blast"] = say("blast", ref="source:south", **window)
    answers["diff"] = say("dataset.diff", name="people", **{"from": "1", "to": "2"})
    answers["trace"] = say("trace", id="after-4")
    why = {"because": "source:south", "from": "2026-11-02", "until": "2026-11-02"}
    answers["plan"] = say("rollback", deployment="prod", **why, plan=True)
    answers["rollback"] = say("rollback", deployment="prod", **why, apply=True)
    say("prediction.log", LATE, deployment="prod", snapshot="people@1")
    answers["afterwards"] = say("blast", ref="source:south", **window)
    answers["read"] = say("dataset.read", name="people", at="1")
    return answers


def ingest(say: Voice, folder: Path, source: str, text: str, day: str) -> Any:
    path = folder / f"{source}.csv"
    path.write_text(text, encoding="utf-8")
    return say("source.ingest", dataset="people", uri=str(path), source=source, at=day)


def train(say: Voice, snapshot: str, weights: bytes) -> None:
    name, _, number = snapshot.partition("@")
    run = say("run.start", name="train")["run_id"]
    say("dataset.read", name=name, at=number, run=run)
    say("model.register", weights, name="churn", run=run, format="file")
    say("run.finish", run_id=run, state="done")


def voice_of(name: str, root: Path, stack: ExitStack) -> Voice:
    if name == "command line":
        return CommandLine(root, {verb.name: keys(verb.fields) for verb in table().verbs.values()})
    server: Served = stack.enter_context(up(root))
    if name == "rest":
        return Rest(server)
    opened = headgate.open(server.address, token=server.token)
    return RemotePython(stack.enter_context(opened))


def keys(fields: Any) -> tuple[str, ...]:
    return tuple(field.key for field in fields if field.required)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """The answers of each voice, each on a project of its own."""
    answers: dict[str, Told] = {}
    for name in VOICES:
        folder = tmp_path_factory.mktemp(name.replace(" ", "-"))
        headgate.init(folder / "shop", name="shop").close()
        with ExitStack() as stack:
            answers[name] = tell(voice_of(name, folder / "shop", stack), folder)
    return answers


@pytest.mark.parametrize(
    "answer",
    ["north", "south", "blast", "diff", "trace", "plan", "rollback", "afterwards", "read"],
)
def test_the_story_is_answered_alike_by_every_voice(told: dict[str, Told], answer: str) -> None:
    found = {name: comparable(told[name][answer]) for name in VOICES}

    assert found == dict.fromkeys(VOICES, found["rest"])


@pytest.mark.parametrize("voice", VOICES)
def test_good_rows_go_in_and_a_malformed_one_waits(told: dict[str, Told], voice: str) -> None:
    south = told[voice]["south"]

    assert (south["n_read"], south["n_taken"], south["n_quarantined"]) == (3, 2, 1)
    assert south["snapshot"]["n_rows"] == 5


@pytest.mark.row("S3-64", part="blast and rollback")
@pytest.mark.parametrize("voice", VOICES)
def test_the_damage_is_what_the_story_says(told: dict[str, Told], voice: str) -> None:
    report = told[voice]["blast"]

    models = [(each["ref"], each["n_bad"], each["n_rows"]) for each in report["models"]]
    live = [(each["name"], each["release"], each["is_live"]) for each in report["deployments"]]
    assert (report["n_rows"], models, live) == (
        2,
        [("churn@2", 2, 5)],
        [("prod", "api@2", True)],
    )
    assert report["predictions"] == {"n_exposed": 2, "n_exact": 1, "n_all": 4}
    assert report["users"] == {"n_exposed": 2, "n_exact": 1}
    assert "not harm" in report["sentence"]


@pytest.mark.row("S1-14")
@pytest.mark.parametrize("voice", VOICES)
def test_the_rollback_does_what_its_plan_said_and_ends_the_exposure(
    told: dict[str, Told], voice: str
) -> None:
    plan, done, after = (told[voice][name] for name in ("plan", "rollback", "afterwards"))

    assert (plan["to_release"], plan["live_release"]) == ("api@1", "api@2")
    assert (done["is_applied"], done["live_release"]) == (True, "api@1")
    assert after["predictions"] == {"n_exposed": 2, "n_exact": 1, "n_all": 5}
    assert not any(each["is_live"] for each in after["deployments"])


@pytest.mark.row("S3-31")
@pytest.mark.parametrize("voice", VOICES)
def test_a_prediction_is_traced_to_its_sources(told: dict[str, Told], voice: str) -> None:
    refs = [node["ref"] for node in told[voice]["trace"]["nodes"]]

    wanted = {"prediction:after-4", "release:api@2", "model:churn@2", "snapshot:people@2", "row:4"}
    assert wanted | {"source:north", "source:south"} <= set(refs)


def test_the_diff_names_the_rows_south_brought(told: dict[str, Told]) -> None:
    report = told["command line"]["diff"]

    assert (report["n_added"], report["n_removed"], report["n_changed"]) == (2, 0, 0)
    assert [each["after"]["id"] for each in report["examples"]] == [4, 5]
