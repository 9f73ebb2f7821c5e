"""A policy tried on the past: what it would have done when, against what was done."""

from __future__ import annotations

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.surfaces.python import Project
from tests.monitor.escalations.world import World


@pytest.mark.row("S1-24", part="dry run")
def test_the_past_is_told_as_it_was_where_the_policy_is_the_same(
    world: World, project: Project
) -> None:
    world.day(broken="south")
    project.monitor.run("people", until=world.until)
    world.day()
    project.monitor.run("people", until=world.until)

    told = project.escalation.test("people")

    done = {one.escalation_id for one in project.escalation.list().escalations}
    assert {one.did.partition(" ")[2] for one in told.would} == done
    assert told.counts == {"quarantine_source": 1, "page": 1}
    assert told.did == ()


@pytest.mark.row("S1-24", part="dry run")
def test_another_policy_says_what_it_would_have_done_and_what_not(
    world: World, project: Project
) -> None:
    for _ in range(3):
        world.day(missing="south")
        project.monitor.run("people", until=world.until)
    world.policy("rules: [{name: loud, when: {check: missing}, then: page, cooldown: 2d}]")

    told = project.escalation.test("people", days=30)

    assert [(one.action, one.rule, one.did) for one in told.would] == [
        ("page", "loud", ""),
        ("page", "loud", ""),
    ]
    first, second = told.would
    assert (second.until - first.until).days == 2
    assert [one.action for one in told.did] == ["ticket"]


def test_nothing_is_done_by_trying(world: World, project: Project) -> None:
    world.day(broken="south")
    project.monitor.run("people", until=world.until)
    before = project.escalation.list(), project.event.list()

    project.escalation.test("people")

    assert (project.escalation.list(), project.event.list()) == before


def test_what_a_rule_lacked_is_counted(world: World, project: Project) -> None:
    world.day(missing="south")
    project.monitor.run("people", until=world.until)
    world.policy(
        "rules:\n"
        "  - {name: back, when: {}, needs: {deployment_moved: true}, then: rollback}\n"
        "  - {name: ask, when: {}, then: ticket}\n"
    )

    told = project.escalation.test("people")

    assert told.held_back == {"back lacks deployment_moved: true": 1}


def test_only_so_many_days_are_gone_through(world: World, project: Project) -> None:
    for _ in range(3):
        world.day()
    project.monitor.run("people", until=world.until)

    told = project.escalation.test("people", days=2)

    assert told.n_windows == 2


def test_a_monitor_that_looked_at_nothing_has_no_past(world: World, project: Project) -> None:
    with pytest.raises(NotFound, match="has looked at nothing yet"):
        project.escalation.test("people")


@pytest.mark.parametrize("days", [0, 3651, 10**12])
def test_a_past_that_is_longer_than_a_policy_looks_back_is_refused(
    world: World, project: Project, days: int
) -> None:
    with pytest.raises(Invalid, match="days"):
        project.escalation.test("people", days=days)
