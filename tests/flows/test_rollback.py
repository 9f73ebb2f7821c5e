"""The rollback: a plan that changes nothing, then one move, then nothing more to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from tests.flows.conftest import Story


@pytest.mark.row("S1-14")
def test_a_deployment_goes_back_to_the_newest_release_the_blast_does_not_reach(
    story: Story,
) -> None:
    plan = story.project.rollback("prod", because="source:south", plan=True)
    before = story.project.deployment.show("prod").release
    done = story.project.rollback("prod", because="source:south", apply=True)
    again = story.project.rollback("prod", because="source:south", apply=True)

    assert (plan.to_release, plan.is_applied, before) == ("api@1", False, "api@2")
    assert (done.is_applied, done.live_release, done.actor) == (True, "api@1", done.actor)
    assert (again.is_applied, again.already_there) == (False, True)
    assert "source:south was bad" in story.project.deployment.show("prod").moves[-1].reason


def test_predictions_after_the_rollback_are_not_in_reach(story: Story) -> None:
    story.project.rollback("prod", because="source:south", apply=True)
    story.project.prediction.log([{"prediction_id": "late"}], deployment="prod")

    report = story.project.blast("source:south")

    assert (report.predictions.n_exposed, report.predictions.n_all) == (4, 7)
    assert not any(one.is_live for one in report.deployments)


def test_what_was_rolled_back_can_be_undone_by_the_command_it_names(story: Story) -> None:
    done = story.project.rollback("prod", because="source:south", apply=True)
    back = story.project.rollback("prod", to="api@2", apply=True)

    assert done.undo == "headgate rollback prod --to api@2 --apply"
    assert back.live_release == "api@2"


def test_a_named_release_in_reach_is_refused(story: Story) -> None:
    with pytest.raises(Conflict) as refused:
        story.project.rollback("prod", because="source:south", to="api@2")

    assert "reach" in refused.value.message


def test_no_clean_release_left_is_said_with_a_mend(story: Story) -> None:
    with pytest.raises(Conflict) as refused:
        story.project.rollback("prod", because="source:north", apply=True)

    assert "clean" in refused.value.mend
    assert story.project.deployment.show("prod").release == "api@2"


def test_contradictions_are_refused(story: Story) -> None:
    with pytest.raises(Invalid):
        story.project.rollback("prod", plan=True, apply=True)
    with pytest.raises(Invalid):
        story.project.rollback("prod", from_="2026-11-01")
    with pytest.raises(NotFound):
        story.project.rollback("prdo", apply=True)
