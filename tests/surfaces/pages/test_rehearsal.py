"""Tests of the page of a policy tried on the past."""

from __future__ import annotations

from typing import Any

import msgspec

import headgate
from headgate.monitor.escalations.reports import Escalation, PolicyTested, Would
from tests.surfaces.pages.reading import records, section
from tests.surfaces.pages.reports import day

TICKET = Would(
    since=day(2).since,
    until=day(2).until,
    action="ticket",
    target="monitor:churn",
    rule="broken column",
    mode="act",
    subjects=("age",),
    why="broken column: unit change of age",
    did="done esc-1",
)
PROPOSED = msgspec.structs.replace(
    TICKET, action="quarantine_source", target="source:north", mode="propose", did=""
)
DONE = Escalation(
    escalation_id="esc-9",
    monitor="churn",
    watches="deployment:prod",
    since=day(3).since,
    until=day(3).until,
    rule="old rule",
    action="page",
    target="monitor:churn",
    state="undone",
    subjects=("plan",),
    why="old rule: new category of plan",
    settings={},
    evidence={},
    outcome={},
    decided_at=day(3).until,
)


def tried(**changes: Any) -> PolicyTested:
    """Make a policy that would have done two things, and not a third."""
    report = PolicyTested(
        monitor="churn",
        n_windows=30,
        n_findings=10,
        would=(TICKET, PROPOSED),
        did=(DONE,),
        counts={"ticket": 1, "quarantine_source": 1},
        held_back={"retrain lacks labels": 3},
    )
    return msgspec.structs.replace(report, **changes)


def test_what_would_have_been_done_stands_beside_what_was() -> None:
    page = headgate.page(tried())

    ticket, proposed = records(section(page, "What it would have done"))

    assert (ticket["window"], ticket["would"], ticket["to"]) == (
        *("2026-11-02", "ticket", "monitor:churn"),
    )
    assert (ticket["why"], ticket["what was done"]) == (TICKET.why, "done esc-1")
    assert (proposed["would"], proposed["what was done"]) == (
        *("propose quarantine source", "nothing"),
    )


def test_what_was_done_though_it_would_not_is_told_apart() -> None:
    page = headgate.page(tried())

    (row,) = records(section(page, "Done, though it would not have"))

    assert (row["window"], row["did"], row["is"]) == ("2026-11-03", "page", "undone")


def test_sums_and_what_was_lacking_are_told() -> None:
    page = headgate.page(tried())

    assert "<h1>Something would have been done 2 times</h1>" in page
    assert "<dd>30 windows, 10 findings</dd>" in page
    assert "<dd>ticket 1, quarantine source 1</dd>" in page
    assert records(section(page, "Held back")) == [
        {"what lacked": "retrain lacks labels", "windows": "3"}
    ]


def test_a_policy_that_does_nothing_says_so() -> None:
    page = headgate.page(tried(would=(), did=(), counts={}, held_back={}))

    assert "<h1>Nothing would have been done</h1>" in page
    assert "<h2>" not in page
