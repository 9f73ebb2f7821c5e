"""From a bad day to the deed: who is told, what is held or rolled back, and how it is undone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.incident.receivers import Receiver
from tests.monitor.escalations.world import World
from tests.surfaces.shell import shell

HOUR = timedelta(hours=1)
NOTIFIER = '\n[notifiers.oncall]\ntype = "webhook"\nurl = "{url}"\nsecret = "env:ONCALL_SECRET"\n'
SERVED = "monitor: churn\nwatch: deployment:prod\nwindow: 1h\ncolumns: {exclude: [id]}\n"


@pytest.fixture
def oncall(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Somebody who is told, over a webhook on loopback."""
    monkeypatch.setenv("ONCALL_SECRET", "0123456789abcdef")
    with Receiver() as receiver:
        path = Path(project.address, "headgate.toml")
        text = path.read_text(encoding="utf-8") + NOTIFIER.format(url=receiver.url)
        path.write_text(text, encoding="utf-8")
        yield receiver


def told(receiver: Receiver) -> list[tuple[str, str, str]]:
    """What somebody was told: kind, severity and title."""
    messages: list[dict[str, Any]] = [one.json for one in receiver.got]
    found = [one.get("message", one) for one in messages]
    return [(one["kind"], one["severity"], one["title"]) for one in found]


@pytest.mark.row("S2-33")
def test_a_column_that_is_gone_pages_and_drift_of_a_column_nobody_minds_is_logged(
    project: Project, oncall: Receiver
) -> None:
    now_is = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    served(project, random.Random(3))
    asked(project, now_is - 3 * HOUR, age=70)
    asked(project, now_is - 2 * HOUR, age=70)
    asked(project, now_is - HOUR)
    watched(project, "")

    drifted = project.monitor.run("churn", until=(now_is - HOUR).isoformat())
    quiet = list(oncall.got)
    broken = project.monitor.run("churn", until=now_is.isoformat())

    assert {(one.check, one.subject) for one in drifted.findings} == {("data_drift", "age")}
    assert (drifted.action.action, drifted.action.rule) == ("log", "drift alone")
    assert quiet == []
    assert (broken.action.action, broken.action.rule) == ("page", "broken schema")
    assert sorted(told(oncall)) == [
        ("trigger", "critical", "churn: broken schema: age"),
        ("trigger", "warning", "churn: new column: city"),
    ]


@pytest.mark.row("S1-24")
@pytest.mark.row("S2-03")
def test_a_bad_day_of_a_source_is_told_held_released_and_over(
    world: World, project: Project, oncall: Receiver
) -> None:
    headgate = shell(table(), world.root)
    world.day(broken="south")

    ran = headgate("monitor", "run", "people", "--until", world.until)
    proposed = headgate("escalation", "list", "--state", "proposed")
    name = project.escalation.list(state="proposed").escalations[0].escalation_id
    shown = headgate("escalation", "show", name)
    applied = headgate("escalation", "apply", name)
    world.day()
    tried = headgate("escalation", "test", "people")
    undone = headgate("escalation", "undo", name, "--because", "south mended its export")
    released = project.quarantine.release("people", reason="held", apply=True)
    project.monitor.run("people", until=world.until)

    assert ran.code == 1
    assert "source:south" in proposed.out
    assert "140 of 700 from south broke a promise" in shown.out
    assert (applied.code, undone.code, tried.code) == (0, 0, 0)
    assert "propose quarantine_source of source:south" in tried.out
    assert released.n_released == 700
    assert [one[0] for one in told(oncall)] == ["trigger", "resolve"]
    assert all("age" in one[2] for one in told(oncall))


@pytest.mark.row("S1-24", part="dry run")
def test_a_policy_is_tried_on_the_past_before_it_is_in_force(
    world: World, project: Project
) -> None:
    headgate = shell(table(), world.root)
    for number in range(3):
        world.day(missing="south" if number else "")
    project.monitor.run("people", until=world.until)
    headgate("escalation", "init")
    path = world.root / "monitors" / "policy.yaml"
    text = path.read_text(encoding="utf-8")
    louder = text.replace(
        "    when: {check: missing, severity: [critical, error, warning]}\n    then: ticket",
        "    when: {check: missing}\n    then: page",
    )
    path.write_text(louder, encoding="utf-8")

    before = project.escalation.list().escalations
    tried = headgate("escalation", "test", "people", "--days", "30")

    assert louder != text
    assert [one.action for one in before] == ["ticket"]
    assert "in all: 1 page" in tried.out
    assert "done, though the policy would not have" in tried.out
    assert project.escalation.list().escalations == before


@pytest.mark.row("S1-24", part="rollback")
def test_a_worse_release_is_rolled_back_when_the_one_before_does_better_on_the_same_hours(
    project: Project,
) -> None:
    draw = random.Random(3)
    now_is = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    served(project, draw)
    for hour in (4, 3, 2, 1):
        answered(project, draw, "api@1", now_is - hour * HOUR, right=0.9)
    ending = (now_is - HOUR).isoformat()
    watched(project, f"answers: {{days: 1, ending: '{ending}'}}\n")
    project.monitor.run("churn", until=now_is.isoformat())
    project.deployment.promote("prod", "api@2")
    for hour in (0, 1):
        answered(project, draw, "api@1", now_is + hour * HOUR, right=0.9)
        answered(project, draw, "api@2", now_is + hour * HOUR + HOUR / 2, right=0.5)
        report = project.monitor.run("churn", until=(now_is + (hour + 1) * HOUR).isoformat())

    (proposed,) = project.escalation.list(state="proposed").escalations
    done = project.escalation.apply(proposed.escalation_id)
    behind = project.deployment.show("prod").release
    project.escalation.undo(proposed.escalation_id)

    assert (report.action.action, report.action.rule) == ("rollback", "bad release")
    assert (proposed.outcome["plan"]["from"], proposed.outcome["plan"]["to"]) == ("api@2", "api@1")
    assert (done.state, behind) == ("done", "api@1")
    assert project.deployment.show("prod").release == "api@2"


@pytest.fixture
def world(project: Project) -> World:
    """Two good days, the first of which is the reference."""
    made = World(project)
    made.day()
    return made


def served(project: Project, draw: random.Random) -> None:
    """A model with two releases, the first of which serves."""
    rows = [{"id": n, "age": draw.gauss(40, 10)} for n in range(1500)]
    project.dataset.commit("people", rows)
    with project.run("train") as run:
        project.dataset.read("people", run=run.id)
        project.model.register("churn", b"1", run=run.id, format="file")
    for _ in range(2):
        project.release.create("api", model="churn@1")
    project.deployment.create("prod", release="api@1")


def watched(project: Project, more: str) -> None:
    """Watch the deployment hour by hour."""
    path = Path(project.address, "monitors", "churn.yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(SERVED + more, encoding="utf-8")


def asked(project: Project, at: datetime, *, age: float | None = None) -> None:
    """Let the deployment be asked for an hour: about people of an age, or of none at all."""
    draw = random.Random(at.hour)
    rows = [
        {
            "prediction_id": f"{at:%H}-{n}",
            "at": (at + timedelta(seconds=n)).isoformat(),
            "input": {"city": "Oslo"} if age is None else {"age": draw.gauss(age, 10)},
            "output": True,
        }
        for n in range(600)
    ]
    project.prediction.log(rows, deployment="prod")


def answered(
    project: Project, draw: random.Random, release: str, at: datetime, *, right: float
) -> None:
    """Let a release answer for half an hour, and let the truth of it be known."""
    rows: list[dict[str, Any]] = []
    truths: dict[str, bool] = {}
    for n in range(300):
        truth = draw.random() < 0.5
        name = f"{release}-{at:%H%M}-{n}"
        truths[name] = truth
        rows.append(
            {
                "prediction_id": name,
                "at": (at + timedelta(seconds=n)).isoformat(),
                "input": {"age": draw.gauss(40, 10)},
                "output": truth if draw.random() < right else not truth,
            }
        )
    project.prediction.log(rows, deployment="prod", release=release)
    project.feedback.log([{"prediction_id": n, "value": one} for n, one in truths.items()])
