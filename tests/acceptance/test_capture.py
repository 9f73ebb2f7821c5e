"""What of predictions is written down is decided per deployment, and the secret is nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import HeadgateError, Invalid, NotFound
from headgate.spine.context import open_context

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

SECRET = "quixotic-zebra-4417"
OLD = datetime.now(UTC) - timedelta(days=40)


def is_on_disk(root: Path, word: str) -> bool:
    """Look for a word in every file of a project, in Parquet's text columns too."""
    import pyarrow.parquet as pq

    for path in (root / ".headgate").rglob("*"):
        if path.is_file() and word.encode() in path.read_bytes():
            return True
        if path.suffix == ".parquet" and word in str(pq.read_table(path).to_pydict()):
            return True
    return False


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "project"


@pytest.fixture
def prod(project: Project) -> Project:
    project.dataset.commit("people", [{"x": 1}, {"x": 2}])
    project.release.create("api", provider_model="m")
    project.deployment.create("prod", release="api@1")
    return project


def log(project: Project, **given: Any) -> None:
    row = {
        "prediction_id": "p1",
        "input": {"note": SECRET, "city": "Ulm", "age": 40},
        "output": {"answer": f"about {SECRET}", "score": 0.5},
        "shade": SECRET,
        "input_row_ids": [1],
        "snapshot": "people@1",
    }
    project.prediction.log([row | given], deployment="prod", release="api@1")


@pytest.mark.row("S2-32", part="capture")
def test_where_nothing_is_captured_a_secret_is_nowhere_on_disk(prod: Project, root: Path) -> None:
    prod.deployment.capture("prod", "none")

    log(prod)
    log(prod, prediction_id="p2", input={"age": 80}, output=None, shade=None)

    shown = prod.prediction.show("p1")
    assert not is_on_disk(root, SECRET)
    assert shown.input is shown.output is None
    assert shown.gone == "never written: prod captured none of it"
    counted = {row["field"]: row for row in prod.deployment.sketches("prod").to_pylist()}
    assert (counted["input.age"]["n"], counted["input.age"]["n_missing"]) == (2, 0)
    assert counted["input.age"]["high"] == pytest.approx(80, rel=0.05)
    assert counted["input.note"]["of"] == "lengths"
    assert counted["input.note"]["n_missing"] == 1


@pytest.mark.row("S2-32", part="capture")
def test_a_blast_stays_exact_where_nothing_is_captured(prod: Project) -> None:
    prod.deployment.capture("prod", "none")

    log(prod)

    assert prod.blast("row:1").predictions.n_exact == 1


@pytest.mark.row("S2-32", part="capture")
def test_redacted_texts_can_be_counted_but_not_read(prod: Project, root: Path) -> None:
    prod.deployment.capture("prod", "redacted")

    log(prod)
    log(prod, prediction_id="p2")

    first, second = prod.prediction.show("p1"), prod.prediction.show("p2")
    assert not is_on_disk(root, SECRET)
    assert first.input == second.input
    assert first.input["note"].startswith("[redacted ")
    assert first.input["note"].endswith(f" {len(SECRET)}]")
    assert (first.input["age"], first.output["score"]) == (40, 0.5)


@pytest.mark.row("S2-32", part="capture")
def test_only_the_fields_that_are_named_are_redacted(prod: Project, root: Path) -> None:
    prod.deployment.capture("prod", "redacted", fields=["note", "answer", "shade"])

    log(prod)

    shown = prod.prediction.show("p1")
    assert not is_on_disk(root, SECRET)
    assert shown.input["city"] == "Ulm"


@pytest.mark.row("S2-32", part="capture")
def test_what_outlived_its_time_goes_when_it_is_told_to(prod: Project, root: Path) -> None:
    prod.deployment.capture("prod", "full", ttl="30d")
    log(prod, at=OLD.isoformat())
    log(prod, prediction_id="p2", input="fresh", output="kept", shade=None)

    plan = prod.prediction.expire()
    was_there = is_on_disk(root, SECRET)
    done = prod.prediction.expire(apply=True)

    gone, kept = prod.prediction.show("p1"), prod.prediction.show("p2")
    assert (plan.n_expired, plan.is_applied, was_there) == (1, False, True)
    assert (done.n_expired, done.is_applied) == (1, True)
    assert not is_on_disk(root, SECRET)
    assert gone.gone is not None
    assert gone.gone.startswith("expired: prod kept it until ")
    assert (kept.input, kept.output, kept.gone) == ("fresh", "kept", None)
    assert prod.blast("row:1").predictions.n_exact == 2
    assert prod.prediction.expire(apply=True).n_expired == 0
    assert prod.dataset.fsck().problems == ()
    assert prod.dataset.erasures().erasures == ()


@pytest.mark.row("S2-32", part="capture")
def test_what_expired_is_not_watched_and_stays_gone_when_the_log_is_merged(
    prod: Project, root: Path
) -> None:
    prod.deployment.capture("prod", "full", ttl="30d")
    log(prod, at=OLD.isoformat())
    prod.prediction.expire(apply=True)

    for number in range(40):
        log(prod, prediction_id=f"n{number}", at=(OLD + timedelta(days=1)).isoformat())

    context = open_context(root)
    watched = context.registry.watched["deployment"]
    parts = watched.rows(context, "prod", OLD, OLD + timedelta(days=2))
    ids = [name for part in parts for name in part["prediction_id"].to_pylist()]
    context.opened.close()
    assert sorted(ids) == sorted(f"n{number}" for number in range(40))
    assert (prod.prediction.show("p1").gone or "").startswith("expired")


def test_a_policy_holds_from_when_it_is_made(prod: Project) -> None:
    log(prod)

    prod.deployment.capture("prod", "none")
    log(prod, prediction_id="p2")
    prod.deployment.capture("prod", "full")
    log(prod, prediction_id="p3")

    held = [prod.prediction.show(name).input is not None for name in ("p1", "p2", "p3")]
    assert held == [True, False, True]


@pytest.mark.parametrize(
    ("policy", "given", "family"),
    [
        ("none", {"ttl": "3d"}, Invalid),
        ("full", {"fields": ["a"]}, Invalid),
        ("full", {"ttl": "soon"}, Invalid),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(
    prod: Project, policy: Any, given: dict[str, Any], family: type[HeadgateError]
) -> None:
    with pytest.raises(family) as told:
        prod.deployment.capture("prod", policy, **given)

    assert told.value.mend


def test_a_deployment_without_a_time_to_live_has_nothing_to_expire(prod: Project) -> None:
    with pytest.raises(NotFound) as told:
        prod.prediction.expire(deployment="prod")

    assert "--ttl" in told.value.mend
    assert prod.prediction.expire().n_expired == 0
