"""How a terminal shows escalations, policies and inspections, however narrow it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from headgate.monitor.escalations.describing import shown
from headgate.monitor.escalations.reports import Escalation, EscalationList, PolicyTested, Would
from headgate.monitor.policies.deciding import evidence_of
from headgate.spine.inspecting.requests import Inspected
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show import escalation
from headgate.surfaces.cli.show.ci import ci_lines
from tests.monitor.policies.sample import finding
from tests.spine.inspecting.cases import CASES

WIDTHS = [60, 80, 120]
SINCE = datetime(2026, 11, 2, tzinfo=UTC)
HOLD = Escalation(
    escalation_id="esc-0123456789abcdef",
    monitor="people",
    watches="dataset:people",
    since=SINCE,
    until=SINCE + timedelta(days=1),
    rule="source at fault",
    action="quarantine_source",
    target="source:south",
    state="proposed",
    subjects=("age",),
    why="source at fault: missing values in age: missing_share 0.44, threshold 0.03",
    settings={},
    evidence={
        "findings": [evidence_of(finding("missing", kind="missing values"))],
        "conditions": [{"condition": "at_fault: true", "says": "140 of 700 from south broke it"}],
    },
    outcome={"plan": {"is_held": False, "n_rows_that_passed": {"people": 560}, "undo": ["a", "b"]}},
    decided_at=SINCE + timedelta(days=1),
)
DONE = msgspec.structs.replace(
    HOLD,
    state="done",
    settled_at=SINCE,
    settled_by="ann",
    well_at=SINCE,
    outcome={"done": {"to": []}, "because": "south is well"},
)


def fits(lines: list[str], width: int) -> bool:
    return all(len(line) <= width and line == line.rstrip() for line in lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_an_escalation_shows_its_findings_conditions_plan_and_what_to_do(width: int) -> None:
    lines = escalation.show_lines(HOLD, Paint(width=width))

    text = "\n".join(lines)
    assert fits(lines, width)
    assert "missing values" in text
    assert "140 of 700 from south" in text
    assert "people 560" in text
    assert lines[-1] == "do it: headgate escalation apply esc-0123456789abcdef"


def test_what_was_done_says_by_whom_when_it_was_over_and_how_to_undo_it() -> None:
    text = "\n".join(escalation.show_lines(DONE, Paint(width=80)))

    assert "2026-11-02 00:00:00Z by ann" in text
    assert "well     2026-11-02 00:00:00Z" in text
    assert "south is well" in text
    assert text.endswith("undo: headgate escalation undo esc-0123456789abcdef")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_list_shows_each_with_its_state(width: int) -> None:
    lines = escalation.list_lines(EscalationList((HOLD, DONE)), Paint(width=width))

    assert fits(lines, width)
    assert [line.split()[0] for line in lines if "esc-" in line] == ["proposed", "done"]
    assert escalation.list_lines(EscalationList(()), Paint()) == ["nothing was escalated"]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_policy_is_told_in_words(width: int, tmp_path: Path) -> None:
    lines = escalation.policy_lines(shown(tmp_path), Paint(width=width))

    text = " ".join(" ".join(lines).split())
    assert fits(lines, width)
    assert "1. source at fault" in text
    assert "then propose quarantine_source, page again after 1d" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_a_try_on_the_past_shows_what_would_and_what_did_happen(width: int) -> None:
    would = Would(
        since=SINCE,
        until=SINCE,
        action="page",
        target="monitor:people",
        rule="loud",
        mode="act",
        subjects=("age",),
        why="loud: missing values in age",
    )
    report = PolicyTested(
        monitor="people",
        n_windows=30,
        n_findings=4,
        would=(would,),
        did=(HOLD,),
        counts={"page": 1},
        held_back={"bad release lacks previous_release_passes: true": 2},
    )

    lines = escalation.test_lines(report, Paint(width=width))

    assert fits(lines, width)
    assert lines[0] == "people: 30 windows, 4 findings"
    assert "  did  nothing" in lines
    assert "done, though the policy would not have" in lines
    assert lines[-1] == "in all: 1 page"


@pytest.mark.parametrize("width", WIDTHS)
def test_an_inspection_shows_each_remark_with_its_place_and_the_sum(width: int) -> None:
    report = Inspected(cases=CASES, n_looked=4, n_broken=2, wrote=("out/a.md",), has_findings=True)

    lines = ci_lines(report, Paint(width=width))

    assert fits(lines, width)
    assert "  error contracts/orders.yaml:18" in lines
    assert "  warning a b/new.csv" in lines
    assert "  left out size: 20 rows are too few" in lines
    assert lines[-2:] == ["found something: 4 things looked at, 2 broken", "wrote out/a.md"]


def test_where_there_is_nothing_that_is_said() -> None:
    nothing = Inspected(cases=(), n_looked=0, n_broken=0, has_findings=False)

    assert ci_lines(nothing, Paint()) == ["there is nothing to look at"]
