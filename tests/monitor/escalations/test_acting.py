"""What is done about a window: once, with its reasons, and so that it can be undone."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.surfaces.python import Project
from tests.monitor.escalations.world import World

ACT = """\
rules:
  - name: hold it
    when: {at_fault: true}
    then: [quarantine_source, page]
    mode: act
    cooldown: 2d
  - {name: ask, when: {check: missing}, then: ticket, cooldown: 2d}
"""
KILLED = """\
import os, signal, sys
from pathlib import Path
from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project

context = open_context(Path(sys.argv[1]))


class Deadly:
    def __init__(self, own):
        self.own, self.name = own, own.name

    def __getattr__(self, name):
        return getattr(self.own, name)

    def write(self, *words):
        self.own.write(*words)
        os.kill(os.getpid(), signal.SIGKILL)


actions = context.registry.actions
actions[:] = [Deadly(one) if one.name == sys.argv[2] else one for one in actions]
Project(Local(context)).monitor.run("people", until=sys.argv[3])
"""


def test_a_quiet_window_escalates_nothing(world: World, project: Project) -> None:
    report = project.monitor.run("people", until=world.until)

    assert (report.findings, report.action.action) == ((), "log")
    assert project.escalation.list().escalations == ()


@pytest.mark.row("S2-03")
def test_a_source_at_fault_is_proposed_to_be_held_and_somebody_is_told(
    world: World, project: Project
) -> None:
    world.day(broken="south")

    report = project.monitor.run("people", until=world.until)

    page, hold = project.escalation.list().escalations
    assert (report.action.action, report.action.also) == ("quarantine_source", ("page",))
    assert (hold.action, hold.target, hold.state) == (
        "quarantine_source",
        "source:south",
        "proposed",
    )
    assert (page.action, page.state) == ("page", "done")
    assert f"headgate escalation show {hold.escalation_id}" in page.settings["body"]
    assert not project.source.list().sources[1].held_at


def test_the_evidence_says_how_much_of_which_source_broke_what(
    world: World, project: Project
) -> None:
    world.day(broken="south")

    project.monitor.run("people", until=world.until)

    hold = project.escalation.list(state="proposed").escalations[0]
    fact = hold.evidence["facts"]["at_fault"]
    assert fact["value"] == ["south"]
    assert fact["evidence"]["south"] == {
        "share": 0.2,
        "n_broken": 140,
        "n_rows": 700,
        "datasets": ["people"],
        "reasons": {"type": 140},
    }


def test_values_that_go_missing_without_a_broken_promise_ask_for_a_ticket(
    world: World, project: Project
) -> None:
    world.day(missing="south")

    report = project.monitor.run("people", until=world.until)

    assert (report.action.action, report.action.rule) == ("ticket", "missing values")
    assert [one.action for one in project.escalation.list().escalations] == ["ticket"]


@pytest.mark.row("S2-03")
def test_what_is_proposed_is_done_when_it_is_applied_and_undone_again(
    world: World, project: Project
) -> None:
    world.day(broken="south")
    project.monitor.run("people", until=world.until)
    name = project.escalation.list(state="proposed").escalations[0].escalation_id

    applied = project.escalation.apply(name)
    world.day()
    waiting = project.source.hold("south").n_waiting
    undone = project.escalation.undo(name, because="south mended it")

    assert (applied.state, applied.outcome["done"]["is_changed"]) == ("done", True)
    assert applied.outcome["done"]["n_rows_that_passed"] == {"people": 560}
    assert waiting == 140 + 700
    assert undone.state == "undone"
    assert undone.outcome["undone"]["is_held"] is False
    assert undone.outcome["because"] == "south mended it"
    assert project.source.list().sources[1].held_at is None


def test_what_was_done_is_not_done_twice_by_hand(world: World, project: Project) -> None:
    world.day(broken="south")
    project.monitor.run("people", until=world.until)
    name = project.escalation.list(state="proposed").escalations[0].escalation_id
    project.escalation.apply(name)
    project.escalation.undo(name)

    with pytest.raises(Conflict, match="undone already"):
        project.escalation.apply(name)
    with pytest.raises(Conflict, match="undone already"):
        project.escalation.undo(name)
    with pytest.raises(NotFound):
        project.escalation.show(name[:-1])


def test_a_proposal_can_be_withdrawn(world: World, project: Project) -> None:
    world.day(broken="south")
    project.monitor.run("people", until=world.until)
    name = project.escalation.list(state="proposed").escalations[0].escalation_id

    withdrawn = project.escalation.undo(name)

    assert withdrawn.state == "undone"
    assert project.source.list().sources[1].held_at is None


@pytest.mark.row("S2-03")
def test_a_rule_in_mode_act_holds_the_source_itself(world: World, project: Project) -> None:
    world.policy(ACT)
    world.day(broken="south")

    project.monitor.run("people", until=world.until)
    world.day()

    assert [one.state for one in project.escalation.list().escalations] == ["done", "done"]
    assert project.source.list().sources[1].held_at is not None
    newest = project.dataset.log("people")
    assert newest is not None
    assert project.quarantine.list(source="south", reason="held").reasons["held"] == 700


def test_running_a_monitor_again_does_nothing_again(world: World, project: Project) -> None:
    world.policy(ACT)
    world.day(broken="south")
    first = project.monitor.run("people", until=world.until)
    before = project.escalation.list()

    again = project.monitor.run("people", until=world.until)

    assert project.escalation.list() == before
    assert (again.action.action, again.action.also) == (first.action.action, first.action.also)
    assert again.action.why.startswith("done before")


@pytest.mark.row("S2-03")
def test_what_goes_on_rests_for_the_cooldown_and_is_told_once(
    world: World, project: Project
) -> None:
    world.policy(ACT)
    for _ in range(3):
        world.day(missing="south")
        project.monitor.run("people", until=world.until)

    found = project.escalation.list().escalations

    assert [one.action for one in found] == ["ticket"]


@pytest.mark.parametrize("action", ["page", "quarantine_source"])
def test_a_process_that_is_killed_between_plan_and_act_leaves_all_or_nothing(
    world: World, project: Project, tmp_path: Path, action: str
) -> None:
    world.policy(ACT)
    world.day(broken="south")
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")

    killed = subprocess.run(
        [sys.executable, str(script), str(world.root), action, world.until],
        env=os.environ,
        capture_output=True,
        check=False,
    )
    after_kill = project.escalation.list().escalations
    held_after_kill = [one.held_at for one in project.source.list().sources]
    project.monitor.run("people", until=world.until)

    assert killed.returncode == -9, killed.stderr.decode()
    assert (after_kill, held_after_kill) == ((), [None, None])
    assert sorted(one.action for one in project.escalation.list().escalations) == [
        "page",
        "quarantine_source",
    ]
    kinds = [one.kind for one in project.event.list(limit=1000).events]
    assert kinds.count("source_held") == 1


def test_several_that_decide_at_once_act_once(world: World, project: Project) -> None:
    world.policy(ACT)
    world.day(broken="south")

    with ThreadPoolExecutor(4) as pool:
        reports = list(
            pool.map(lambda _: project.monitor.run("people", until=world.until), range(4))
        )

    assert {one.action.action for one in reports} == {"quarantine_source"}
    assert len(project.escalation.list().escalations) == 2


def test_an_alert_is_over_when_its_subject_is_well(world: World, project: Project) -> None:
    world.day(missing="south")
    project.monitor.run("people", until=world.until)
    world.day()

    project.monitor.run("people", until=world.until)

    (ticket,) = project.escalation.list().escalations
    assert ticket.well_at is not None
    assert [one.kind for one in project.event.list().events].count("escalation_well") == 1


def test_the_events_of_an_escalation_name_no_column_and_no_value(
    world: World, project: Project
) -> None:
    world.day(missing="south")

    project.monitor.run("people", until=world.until)

    (event,) = [one for one in project.event.list().events if one.kind == "escalation_decided"]
    assert set(event.payload) == {"rule", "action", "state", "monitor", "until"}


def test_an_action_that_cannot_be_planned_is_proposed_with_the_reason(
    world: World, project: Project
) -> None:
    world.policy("rules: [{when: {check: missing}, then: retrain}]")
    world.day(missing="south")

    project.monitor.run("people", until=world.until)

    (retrain,) = project.escalation.list().escalations
    assert retrain.state == "proposed"
    assert "no pipelines" in retrain.outcome["plan"]["cannot"]


def test_a_retraining_that_fails_says_so_and_is_done_when_it_is_applied_again(
    world: World, project: Project
) -> None:
    flow = world.root / "pipelines" / "weekly.py"
    flow.parent.mkdir(exist_ok=True)
    text = "from headgate import step\n\n@step\ndef trained(people):\n    {}\n"
    flow.write_text(text.format("raise ValueError"), encoding="utf-8")
    world.policy("rules: [{when: {}, then: retrain, pipeline: weekly, mode: act}]")
    world.day(missing="south")

    project.monitor.run("people", until=world.until)
    (failed,) = project.escalation.list().escalations
    flow.write_text(text.format("return people"), encoding="utf-8")
    done = project.escalation.apply(failed.escalation_id)

    assert failed.state == "failed"
    assert "pipeline weekly failed" in failed.outcome["cannot"]
    assert (done.state, done.outcome["done"]["steps"]) == ("done", {"trained": "ran"})
    with pytest.raises(Conflict, match="not undone in one step"):
        project.escalation.undo(done.escalation_id)


def test_a_monitor_may_go_by_a_policy_of_its_own(world: World, project: Project) -> None:
    folder = world.root / "monitors"
    (folder / "policies").mkdir()
    text = "rules: [{name: loud, when: {}, then: page}]"
    (folder / "policies" / "strict.yaml").write_text(text, encoding="utf-8")
    with (folder / "people.yaml").open("a", encoding="utf-8") as file:
        file.write("policy: strict\n")
    world.day(missing="south")

    report = project.monitor.run("people", until=world.until)
    tried = project.escalation.test("people")

    assert (report.action.action, report.action.rule) == ("page", "loud")
    assert [one.rule for one in tried.would] == ["loud"]


def test_a_policy_that_is_named_and_not_there_is_told(world: World, project: Project) -> None:
    with (world.root / "monitors" / "people.yaml").open("a", encoding="utf-8") as file:
        file.write("policy: strict\n")

    with pytest.raises(NotFound, match=r"monitors/policies/strict\.yaml"):
        project.monitor.run("people", until=world.until)


def test_a_broken_policy_stops_the_run_with_its_line(world: World, project: Project) -> None:
    world.policy("rules:\n  - {when: {}, then: pge}\n")

    with pytest.raises(Invalid, match=r"monitors/policy\.yaml:2:\d+: rules\[0\]\.then"):
        project.monitor.run("people", until=world.until)


def test_the_last_page_of_a_budget_is_not_followed_by_a_ticket_when_the_monitor_runs_again(
    world: World, project: Project
) -> None:
    world.policy(
        "budget: {page: 1, ticket: 9, days: 30}\n"
        "rules:\n"
        "  - {name: loud, when: {}, needs: {budget: left}, then: page}\n"
        "  - {name: quiet, when: {}, then: ticket}\n"
    )
    world.day(missing="south")
    project.monitor.run("people", until=world.until)

    project.monitor.run("people", until=world.until)

    assert [one.action for one in project.escalation.list().escalations] == ["page"]


def test_a_notifier_that_is_gone_does_not_stop_the_monitor_when_trouble_is_over(
    world: World, project: Project
) -> None:
    path = world.root / "headgate.toml"
    text = path.read_text(encoding="utf-8")
    desk = '[notifiers.desk]\ntype = "webhook"\nurl = "http://127.0.0.1:9/"\nsecret = "env:NONE"\n'
    path.write_text(f"{text}\n{desk}", encoding="utf-8")
    world.day(missing="south")
    project.monitor.run("people", until=world.until)
    path.write_text(text, encoding="utf-8")
    world.day()

    report = project.monitor.run("people", until=world.until)

    (ticket,) = project.escalation.list().escalations
    assert report.findings == ()
    assert ticket.outcome["done"]["to"] == ["desk"]
    assert ticket.well_at is not None


def test_a_rule_that_tells_somebody_who_is_not_there_says_so_and_holds_nothing_up(
    world: World, project: Project
) -> None:
    world.policy(
        "rules:\n"
        "  - {name: ask, when: {check: missing}, then: [ticket, rollback], to: [dsek]}\n"
        "  - {when: {}, then: log}\n"
    )
    world.day(missing="south")

    report = project.monitor.run("people", until=world.until)

    (ticket,) = project.escalation.list(state="failed").escalations
    assert report.action.action == "ticket"
    assert "no notifier named 'dsek'" in ticket.outcome["cannot"]
    assert report.action.evidence["held_back"][0]["lacks"][0]["says"] == "no deployment is watched"


def test_escalations_are_listed_newest_first_by_monitor_and_state(
    world: World, project: Project
) -> None:
    world.day(broken="south")
    project.monitor.run("people", until=world.until)

    every = project.escalation.list().escalations

    assert [one.state for one in every] == ["done", "proposed"]
    assert project.escalation.list(limit=1).escalations == every[:1]
    assert project.escalation.list(state="proposed").escalations == every[1:]
    assert project.escalation.list(monitor="people", state="undone").escalations == ()
    assert project.escalation.list(monitor="else").escalations == ()
    assert project.escalation.show(every[1].escalation_id) == every[1]
