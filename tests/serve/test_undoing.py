"""A rollback that is undone, and one that has become something else meanwhile."""

from __future__ import annotations

import pytest

from headgate.core.errors import Conflict
from headgate.spine.context import Context
from headgate.spine.work import Work
from headgate.surfaces.python import Project


@pytest.fixture(autouse=True)
def moved(project: Project) -> None:
    """A deployment that went from the first release to the second."""
    for _ in range(3):
        project.release.create("api")
    project.deployment.create("prod", release="api@1")
    project.deployment.promote("prod", "api@2")


def test_a_rollback_is_undone_in_the_unit_that_asks_for_it(
    project: Project, context: Context
) -> None:
    action = context.registry.action("rollback")
    done = action.apply(context, "prod", {"reason": "worse"})

    with Work(context) as work:
        undone = action.undo(work, context, "prod", done)

    assert (done["to"], undone["to"]) == ("api@1", "api@2")
    assert project.deployment.show("prod").release == "api@2"


def test_a_deployment_that_moved_on_is_left_where_it_is(project: Project, context: Context) -> None:
    action = context.registry.action("rollback")
    done = action.apply(context, "prod", {})
    project.deployment.promote("prod", "api@3")

    with pytest.raises(Conflict, match="points at api@3 by now"), Work(context) as work:
        action.undo(work, context, "prod", done)

    assert project.deployment.show("prod").release == "api@3"


def test_a_rollback_that_moved_nothing_has_nothing_to_be_undone(context: Context) -> None:
    action = context.registry.action("rollback")
    action.apply(context, "prod", {})
    again = action.apply(context, "prod", {})

    with Work(context) as work:
        undone = action.undo(work, context, "prod", again)

    assert (again["is_moved"], undone) == (False, {"is_moved": False})
