"""Tickets and pages: who is told what, and that it is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.spine.context import Context, open_context
from headgate.surfaces.python import Project

TOLD = {"key": "monitor/churn/page/1", "title": "age is gone", "body": "since Monday"}
TWO = """
[notifiers.desk]
type = "webhook"
url = "http://127.0.0.1:9/desk"
secret = "env:NOBODY"
[notifiers.oncall]
type = "webhook"
url = "http://127.0.0.1:9/oncall"
secret = "env:NOBODY"
"""


@pytest.fixture
def told(project: Project, tmp_path: Path) -> Context:
    """A project with two notifiers."""
    path = tmp_path / "project" / "headgate.toml"
    path.write_text(path.read_text(encoding="utf-8") + TWO, encoding="utf-8")
    return open_context(tmp_path / "project")


def test_all_notifiers_are_told_if_none_is_named(told: Context, project: Project) -> None:
    action = told.registry.action("page")

    plan = action.plan(told, "churn", TOLD)
    done = action.apply(told, "churn", TOLD)

    assert plan["to"] == done["to"] == ["desk", "oncall"]
    messages = project.outbox.list().messages
    assert {one.notifier for one in messages} == {"desk", "oncall"}
    assert {one.dedup_key for one in messages} == {TOLD["key"]}


def test_a_plan_puts_nothing_into_the_outbox(told: Context, project: Project) -> None:
    told.registry.action("ticket").plan(told, "churn", TOLD)

    assert project.outbox.list().messages == ()


def test_only_those_are_told_who_are_named(told: Context) -> None:
    done = told.registry.action("ticket").apply(told, "churn", TOLD | {"to": ["desk"]})

    assert done["to"] == ["desk"]
    assert len(done["messages"]) == 1


def test_one_who_is_not_there_cannot_be_told(told: Context, project: Project) -> None:
    with pytest.raises(NotFound, match="no notifier named 'dsek'"):
        told.registry.action("ticket").apply(told, "churn", TOLD | {"to": ["dsek"]})

    assert project.outbox.list().messages == ()


def test_where_nobody_can_be_told_that_is_said(context: Context) -> None:
    done = context.registry.action("page").apply(context, "churn", TOLD)

    assert (done["to"], done["messages"]) == ([], [])
    assert "no notifier" in done["note"]


def test_a_message_without_a_title_is_refused(context: Context) -> None:
    with pytest.raises(Invalid, match="title"):
        context.registry.action("page").apply(context, "churn", {"key": "a"})
