"""A churn model is watched from its release on: the reference by lineage, the bad day by name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import headgate
from headgate.monitor.nouns import MonitorReport
from headgate.surfaces.python import Project
from tests.acceptance.outside import command
from tests.incident.receivers import Receiver

START = datetime(2026, 10, 1, tzinfo=UTC)
N_DAYS, N = 14, 800
BAD_DAY = 12
FEATURES = ("age", "balance", "tenure", "country")


def customers(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Draw customers."""
    return {
        "age": rng.normal(45, 12, n),
        "balance": rng.lognormal(6, 0.8, n),
        "tenure": rng.integers(0, 120, n).astype(float),
        "country": rng.choice(["DE", "FR", "IT", "ES"], n, p=[0.4, 0.3, 0.2, 0.1]),
    }


def score(rows: dict[str, Any]) -> Any:
    """The model: calibrated by construction, so that what is estimated can be checked."""
    index = 0.08 * (np.asarray(rows["age"], float) - 45) - 0.02 * (rows["tenure"] - 60)
    return 1 / (1 + np.exp(-index))


def answered(rng: np.random.Generator, rows: dict[str, Any], day: int) -> list[dict[str, Any]]:
    """Answer each row of a day, and say what came true of it."""
    chances = score(rows)
    n = len(chances)
    return [
        {
            "prediction_id": f"p{day}-{i}",
            "at": START + timedelta(days=day, seconds=86_400 * (i + 0.5) / n),
            "input": {
                "customer_id": f"c{day}-{i}",
                **{name: unboxed(rows[name][i]) for name in rows},
            },
            "output": {"prediction": "churn" if chances[i] >= 0.5 else "stay"},
            "confidence": float(chances[i]),
        }
        for i in range(n)
    ]


def unboxed(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and np.isnan(value) else value


def trained(project: Project, rng: np.random.Generator) -> None:
    """Register a model with the snapshot it learned from, and put it in service."""
    rows = customers(rng, 6000)
    churned = rng.random(6000) < score(rows)
    ids = [f"t{n}" for n in range(6000)]
    project.dataset.commit("clients", pa.table({"customer_id": ids, **rows, "churned": churned}))
    project.dataset.commit("clients", pa.table({"customer_id": ["new"], "age": [30.0]}))
    with project.run("train") as run:
        project.dataset.read("clients@1")
        weights = {"age": 0.55, "tenure": 0.4, "balance": 0.03, "country": 0.02}
        signature = {"features": list(FEATURES), "importances": weights}
        run.log_model("churn", {"weights": weights}, signature=signature)
    project.release.create("api", model="churn@1")
    project.deployment.create("prod", release="api@1")


def serve(project: Project, rng: np.random.Generator, days: range, change: Any = None) -> None:
    """Answer the customers of some days."""
    for day in days:
        rows = customers(rng, N)
        if change is not None:
            change(rng, rows)
        project.prediction.log(answered(rng, rows, day), deployment="prod", release="api@1")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A project whose model has answered for twelve quiet days, closed; to be copied."""
    rng, root = np.random.default_rng(11), tmp_path_factory.mktemp("quiet") / "churn"
    with headgate.init(root) as project:
        trained(project, rng)
        serve(project, rng, range(BAD_DAY))
    return SimpleNamespace(root=root, rng=rng)


@pytest.fixture
def churn(quiet: SimpleNamespace, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A copy of the project of twelve quiet days."""
    root = shutil.copytree(quiet.root, tmp_path / "churn")
    with headgate.open(root) as project:
        yield SimpleNamespace(project=project, rng=deepcopy(quiet.rng), root=root)


def label(project: Project, days: range) -> None:
    """Say of the predictions of some days what came true, as likely as the model had said."""
    rng = np.random.default_rng(3)
    rows = [
        {"prediction_id": one["prediction_id"], "value": came}
        for day in days
        for one in shown(project, day)
        for came in ["churn" if rng.random() < one["confidence"] else "stay"]
    ]
    project.feedback.log(rows)


def shown(project: Project, day: int) -> list[dict[str, Any]]:
    since = START + timedelta(days=day)
    table = project.prediction.list(
        deployment="prod", from_=since, to=since + timedelta(days=1), limit=N
    )
    return table.to_pylist()


def until(day: int) -> str:
    return (START + timedelta(days=day)).date().isoformat()


def found(report: MonitorReport) -> dict[str, str]:
    return {one.subject: one.kind for one in report.findings}


@pytest.mark.row("S1-04")
@pytest.mark.row("S3-76", part="reference by lineage")
def test_a_monitor_is_held_against_the_very_snapshot_its_model_learned_from(
    churn: SimpleNamespace,
) -> None:
    made = churn.project.monitor.init("churn", watch="deployment:prod")

    (reference,) = made.reference.references
    assert (reference.dataset, reference.number) == ("clients", 1)
    assert "churn@1" in reference.path
    assert made.reference.n_rows == 6000
    text = (churn.root / "monitors" / "churn.yaml").read_text()
    assert "reference: lineage" in text
    assert "customer_id" in text
    assert "# important age, tenure: churn@1" in text
    assert len(text.splitlines()) < 30
    assert "Schedule(" in made.schedule


@pytest.mark.row("S2-10", part="schedule")
def test_what_init_says_to_schedule_is_a_pipeline_that_runs_the_monitor(
    churn: SimpleNamespace,
) -> None:
    made = churn.project.monitor.init("churn", watch="deployment:prod")
    (churn.root / "pipelines").mkdir(exist_ok=True)
    name = made.schedule.splitlines()[0].removeprefix("# pipelines/")
    (churn.root / "pipelines" / name).write_text(made.schedule)

    ran = command("pipeline", "run", "churn_watched", "--project", churn.root)

    assert ran.code == 0, ran.err
    assert churn.project.monitor.list().monitors[0].n_windows == BAD_DAY + 1
    (row,) = churn.project.dataset.read("churn_watched").to_pylist()
    assert row["findings"] == 1


@pytest.mark.row("S1-19")
def test_the_reference_holds_data_predictions_confidence_and_outcome_in_versions(
    churn: SimpleNamespace,
) -> None:
    label(churn.project, range(7))
    churn.project.monitor.init("churn", watch="deployment:prod")

    again = churn.project.monitor.reference("churn")

    assert [one.number for one in again.versions] == [2, 1]
    assert again.made.n_columns == len(FEATURES)
    assert again.made.n_answers == 7 * N
    assert 0.7 < again.made.outcome["roc_auc"] < 0.9
    report = churn.project.monitor.run("churn", until=until(BAD_DAY))
    drawn = {one.column for one in report.distributions}
    assert drawn == {*FEATURES, "prediction", "confidence"}


@pytest.mark.row("S1-20")
@pytest.mark.row("S2-10", part="the bad day")
def test_a_bad_day_is_named_for_what_went_wrong(churn: SimpleNamespace) -> None:
    def spoil(rng: np.random.Generator, rows: dict[str, Any]) -> None:
        rows["balance"] = rows["balance"] * 100
        rows["country"] = np.where(rng.random(N) < 0.2, "XX", rows["country"])
        rows["tenure"] = np.where(rng.random(N) < 0.3, np.nan, rows["tenure"])
        rows["age"] = rows["age"] + 12

    churn.project.monitor.init("churn", watch="deployment:prod")
    quiet = churn.project.monitor.run("churn", until=until(BAD_DAY))
    serve(churn.project, churn.rng, range(BAD_DAY, BAD_DAY + 1), spoil)

    report = churn.project.monitor.run("churn", until=until(BAD_DAY + 1))

    assert quiet.findings == ()
    assert report.window.since == START + timedelta(days=BAD_DAY)
    assert found(report) | {"prediction": "", "confidence": ""} == {
        "balance": "unit change",
        "country": "new category",
        "tenure": "missing values",
        "age": "mean shift",
        "prediction": "",
        "confidence": "",
    }
    assert report.action.action == "page"


@pytest.mark.row("S1-22")
def test_another_mix_of_inputs_is_different_and_not_harmful(churn: SimpleNamespace) -> None:
    def mix(rng: np.random.Generator, rows: dict[str, Any]) -> None:
        rows["country"] = rng.choice(["DE", "FR", "IT", "ES"], N, p=[0.1, 0.2, 0.3, 0.4])

    label(churn.project, range(7))
    churn.project.monitor.init("churn", watch="deployment:prod")
    serve(churn.project, churn.rng, range(BAD_DAY, BAD_DAY + 1), mix)

    report = churn.project.monitor.run("churn", until=until(BAD_DAY + 1))

    (finding,) = report.findings
    assert (finding.subject, finding.harm) == ("country", "different")
    assert any(one.check == "estimated_performance" for one in report.measured)
    said = command("monitor", "show", "churn", "--project", churn.root)
    assert "country" in said.out


@pytest.mark.row("S2-31")
def test_a_sample_says_the_smallest_shift_it_would_see(churn: SimpleNamespace) -> None:
    churn.project.monitor.init("churn", watch="deployment:prod")
    path = churn.root / "monitors" / "churn.yaml"
    whole = churn.project.monitor.run("churn", until=until(BAD_DAY))
    path.write_text(path.read_text() + "sample: {rows: 600, by: [country]}\n")

    part = churn.project.monitor.run("churn", since=until(BAD_DAY - 1), until=until(BAD_DAY))

    shares = {one.column: one.current for one in part.distributions}["country"]
    exact = {one.column: one.current for one in whole.distributions}["country"]
    assert (whole.is_partial, part.is_partial) == (False, True)
    assert 0.05 < whole.smallest_shift < part.smallest_shift < 0.3
    assert shares == pytest.approx(exact, abs=2 / 600)
    days = ("--since", until(BAD_DAY - 1), "--until", until(BAD_DAY))
    said = command("monitor", "run", "churn", *days, "--project", churn.root)
    assert f"a sample a mean moved by {part.smallest_shift:.2f}" in " ".join(said.out.split())


@pytest.mark.row("S2-33", part="tiers")
def test_a_schema_that_changed_pages_and_drift_of_a_column_that_matters_little_is_written_down(
    churn: SimpleNamespace,
) -> None:
    def shift(rng: np.random.Generator, rows: dict[str, Any]) -> None:
        rows["balance"] = rows["balance"] * 1.25

    def drop(rng: np.random.Generator, rows: dict[str, Any]) -> None:
        del rows["country"]

    churn.project.monitor.init("churn", watch="deployment:prod")
    serve(churn.project, churn.rng, range(BAD_DAY, BAD_DAY + 2), shift)
    drifted = churn.project.monitor.run("churn", until=until(BAD_DAY + 2))
    serve(churn.project, churn.rng, range(BAD_DAY + 2, BAD_DAY + 3), drop)
    broken = churn.project.monitor.run("churn", until=until(BAD_DAY + 3))

    (finding,) = drifted.findings
    assert (finding.subject, finding.severity) == ("balance", "warning")
    assert (drifted.action.action, drifted.action.rule) == ("log", "drift alone")
    assert found(broken) == {"country": "schema change"}
    assert (broken.action.action, broken.findings[0].severity) == ("page", "critical")


@pytest.mark.row("S2-40", part="alert")
@pytest.mark.row("S3-76", part="one file")
def test_a_spike_of_a_key_feature_pages_its_owner_once_and_is_resolved_when_it_is_over(
    churn: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spike(rng: np.random.Generator, rows: dict[str, Any]) -> None:
        rows["age"] = rows["age"] * 0.9 + 17

    monkeypatch.setenv("HOOK_SECRET", "hush")
    with Receiver() as receiver:
        with (churn.root / "headgate.toml").open("a") as file:
            file.write(f'\n[notifiers.desk]\ntype = "webhook"\nurl = "{receiver.url}"\n')
            file.write('secret = "env:HOOK_SECRET"\n')
        churn.project.monitor.init("churn", watch="deployment:prod", owner="ann")
        path = churn.root / "monitors" / "churn.yaml"
        path.write_text(path.read_text() + "notify: [desk]\n")
        serve(churn.project, churn.rng, range(BAD_DAY, BAD_DAY + 2), spike)
        serve(churn.project, churn.rng, range(BAD_DAY + 2, BAD_DAY + 3))

        reports = [churn.project.monitor.run("churn", until=until(BAD_DAY + n)) for n in (1, 2, 3)]

    first = next(one for one in reports[0].findings if one.subject == "age")
    psi = next(one for one in first.measured if one.metric == "psi")
    assert psi.value is not None
    assert psi.value >= 0.25
    assert (first.severity, reports[0].action.action) == ("error", "page")
    assert not reports[2].findings
    told = [(one.json["kind"], one.json["title"]) for one in receiver.got]
    about_age = [(kind, title) for kind, title in told if "age" in title]
    assert [kind for kind, _ in about_age] == ["trigger", "resolve"]
    assert "ann" in receiver.got[0].body.decode()
    assert "c12-" not in b"".join(one.body for one in receiver.got).decode()


@pytest.mark.row("S1-22", part="harmful")
def test_labels_that_come_late_open_their_window_again_and_say_that_drift_is_harmful(
    churn: SimpleNamespace,
) -> None:
    def shift(_: np.random.Generator, rows: dict[str, Any]) -> None:
        rows["balance"] = rows["balance"] * 2

    label(churn.project, range(7))
    churn.project.monitor.init("churn", watch="deployment:prod")
    serve(churn.project, churn.rng, range(BAD_DAY, BAD_DAY + 1), shift)
    before = churn.project.monitor.run("churn", until=until(BAD_DAY + 1))
    wrong = [
        {
            "prediction_id": one["prediction_id"],
            "value": "stay" if one["confidence"] > 0.5 else "churn",
        }
        for one in shown(churn.project, BAD_DAY)
    ]
    churn.project.feedback.log(wrong)

    after = churn.project.monitor.run("churn", until=until(BAD_DAY + 1))

    assert before.window == after.window
    assert harms(before) == {"balance": "different"}
    assert harms(after)["balance"] == "harmful"
    realised = [one for one in after.findings if one.check == "realised_performance"]
    assert realised
    assert all(one.kind == "performance" for one in realised)


def harms(report: MonitorReport) -> dict[str, str]:
    return {one.subject: one.harm for one in report.findings}
