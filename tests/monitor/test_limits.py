"""A report says how much of a window was looked at, and what is not told apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import headgate
from headgate.monitor import limits, operations, seen
from headgate.monitor.nouns import MonitorReport
from headgate.monitor.requests import RunMonitor
from headgate.spine.context import Context
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show.monitor import run_lines
from headgate.surfaces.python import Project
from tests.monitor.worlds import START, Stream, days_of, watch

N = 600


def make(day: int, n: int) -> dict[str, Any]:
    """Numbers and a kind of row; an answer that is right as often as it says."""
    rng = np.random.default_rng([3, day + 1])
    confidence = rng.uniform(0.5, 1, n)
    return {
        "amount": rng.normal(size=n),
        "country": ["DE", "FR"] * (n // 2),
        "prediction": ["yes"] * n,
        "confidence": confidence,
        "label": np.where(rng.random(n) < confidence, "yes", "no"),
    }


@pytest.fixture
def _stream(project: Project, context: Context) -> None:
    reference = make(-1, 2000)
    data = {name: reference[name] for name in ("amount", "country")}
    project.dataset.commit("train", pa.table(data))
    watch(context, Stream("deployment", {"prod": days_of(make, 4, N)}))


def run(context: Context, *more: str) -> MonitorReport:
    """Run a monitor whose first three days are normal over the fourth."""
    head = ["monitor: m", "watch: deployment:prod", "reference: train@1"]
    head += ["answers: {days: 3, ending: 2026-10-04}", *more]
    file = context.root / "monitors" / "m.yaml"
    file.parent.mkdir()
    file.write_text("\n".join(head) + "\n")
    until = (START + timedelta(days=4)).isoformat()
    return operations.run(context, RunMonitor(name="m", until=until))


def told(report: MonitorReport) -> list[str]:
    """Read what a terminal and a page say of limits."""
    lines = " ".join(" ".join(run_lines(report, Paint(width=60))).split())
    page = headgate.page(report)
    return [one for one in report.limits if one in lines and one in page]


@pytest.mark.usefixtures("_stream")
def test_a_window_that_was_looked_at_as_a_whole_has_no_limits(context: Context) -> None:
    report = run(context)

    assert report.limits == ()
    assert "limits" not in " ".join(run_lines(report, Paint(width=60)))


@pytest.mark.usefixtures("_stream")
def test_slices_are_told_for_performance_alone(context: Context) -> None:
    report = run(context, "slices: [country]")

    assert report.limits == ("drift is told over all rows, and by country performance alone",)
    assert told(report) == list(report.limits)


@pytest.mark.usefixtures("_stream")
def test_checks_on_rows_say_how_many_they_looked_at(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (seen, limits):
        monkeypatch.setattr(module, "KEPT", 400)

    report = run(context)

    (one,) = report.limits
    assert one.endswith("looked at 400 of 600 rows, drawn by chance")
    assert "realised performance" in one
    assert told(report) == [one]


@pytest.mark.usefixtures("_stream")
def test_a_sample_says_how_large_it_is(context: Context) -> None:
    report = run(context, "sample: {rows: 500}")

    assert report.is_partial
    assert report.limits == ("a sample of 500 of 600 rows was looked at",)
    assert told(report) == list(report.limits)
