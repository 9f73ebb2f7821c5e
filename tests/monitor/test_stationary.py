"""Thirty days of fifty columns: quiet while nothing happens, and awake when something does.

What stationary means is in `columns`: normal, skewed, heavy-tailed, tied and correlated numbers,
few and many categories, flags, missing values. All of it is drawn anew each day from one world.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.monitor import operations
from headgate.monitor.nouns import Finding
from headgate.monitor.requests import Backtest, BacktestMonitor, RunMonitor
from headgate.spine.context import Context
from headgate.surfaces.python import Project
from tests.monitor.worlds import Daily, watch

N_DAYS = 30
N_REFERENCE = 20_000
NAMES = [f"name{n}" for n in range(40)]
BAD_DAY = 20


def columns(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Draw fifty columns."""
    found: dict[str, Any] = {}
    shared = rng.normal(size=n)
    for i in range(12):
        found[f"normal{i}"] = rng.normal(10 * i, 1 + i, n)
    for i in range(8):
        found[f"linked{i}"] = shared * 0.9 + rng.normal(size=n) * 0.4
    for i in range(6):
        found[f"skewed{i}"] = rng.lognormal(i / 2, 0.5 + i / 4, n)
    for i in range(4):
        found[f"heavy{i}"] = rng.standard_t(1.5 + i / 2, n)
    for i in range(6):
        found[f"tied{i}"] = rng.poisson(1 + 2 * i, n)
    for i in range(3):
        found[f"zeros{i}"] = np.where(rng.random(n) < 0.6, 0.0, rng.gamma(2, 3, n))
    for i in range(6):
        weights = 1 / np.arange(1, len(NAMES) + 1) ** (0.5 + i / 3)
        drawn = rng.choice(len(NAMES), n, p=weights / weights.sum())
        found[f"names{i}"] = [f"{i}{NAMES[each]}" for each in drawn]
    for i in range(3):
        found[f"flag{i}"] = rng.random(n) < 0.1 + i * 0.3
    for i in range(2):
        values = rng.normal(i, 1, n)
        found[f"gaps{i}"] = pa.array(values, mask=rng.random(n) < 0.05 + i * 0.1)
    return found


def planted(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Draw a bad day: five columns, or pairs of them, that went wrong."""
    found = columns(rng, n)
    found["normal1"] = found["normal1"] + 0.3 * 2
    found["names1"] = ["fresh" if rng.random() < 0.05 else one for one in found["names1"]]
    found["normal2"] = pa.array(found["normal2"], mask=rng.random(n) < 0.1)
    found["normal3"], found["normal9"] = found["normal9"], found["normal3"]
    found["skewed2"] = found["skewed2"] * 1000
    return found


PLANTED = {
    "normal1": "mean shift",
    "names1": "new category",
    "normal2": "missing values",
    "normal3": "swapped columns",
    "normal9": "swapped columns",
    "skewed2": "unit change",
}


def world(project: Project, context: Context, n: int, *, seed: int, bad: bool = False) -> None:
    """Commit a reference, offer thirty days, and write the monitor's file."""
    rng = np.random.default_rng(seed)
    reference = pa.table(columns(rng, N_REFERENCE))
    project.dataset.commit("train", reference)

    def make(day: int, n: int) -> dict[str, Any]:
        today = np.random.default_rng([seed, day])
        return (planted if bad and day >= BAD_DAY else columns)(today, n)

    watch(context, Daily("deployment", make, N_DAYS, n))
    names = ", ".join(reference.column_names)
    write(context, f"columns: {{important: [{names}]}}")


def write(context: Context, *more: str) -> None:
    """Write the monitor's file."""
    folder = context.root / "monitors"
    folder.mkdir(exist_ok=True)
    head = ("monitor: churn", "watch: deployment:prod", "reference: train@1")
    (folder / "churn.yaml").write_text("\n".join((*head, *more)) + "\n")


def tried(context: Context) -> Backtest:
    return operations.backtest(context, BacktestMonitor(name="churn"))


@pytest.mark.row("S1-07", part="false alerts")
@pytest.mark.parametrize(
    "n",
    [
        pytest.param(1000, id="1k"),
        pytest.param(10_000, id="10k", marks=pytest.mark.full),
        pytest.param(100_000, id="100k", marks=pytest.mark.full),
    ],
)
def test_thirty_quiet_days_of_fifty_columns_page_once_and_make_three_tickets_at_most(
    project: Project, context: Context, n: int
) -> None:
    world(project, context, n, seed=n)

    seen = tried(context)

    assert seen.n_windows == N_DAYS
    assert (seen.pages, seen.tickets) == (1, 3)
    assert seen.n_pages <= 1
    assert seen.n_tickets <= 3


def test_the_budget_holds_by_the_null_alone_where_every_shift_counts_however_small(
    project: Project, context: Context
) -> None:
    world(project, context, 1000, seed=7)
    drift = "{psi: 0, ks: 0, wasserstein: 0, jensen_shannon: 0, l_infinity: 0}"
    checks = f"{{data_drift: {drift}, missing: {{change: 0}}, new_categories: {{share: 0}}}}"
    names = ", ".join(columns(np.random.default_rng(0), 2))
    write(context, f"columns: {{important: [{names}]}}", f"checks: {checks}")

    seen = tried(context)

    assert seen.n_pages <= 1
    assert seen.n_tickets <= 3


@pytest.mark.row("S1-07", part="planted shifts")
@pytest.mark.row("S1-20")
@pytest.mark.parametrize(
    "n",
    [
        pytest.param(1000, id="1k"),
        pytest.param(10_000, id="10k", marks=pytest.mark.full),
        pytest.param(100_000, id="100k", marks=pytest.mark.full),
    ],
)
def test_each_planted_shift_is_found_within_two_days_and_named(
    project: Project, context: Context, n: int
) -> None:
    world(project, context, n, seed=n + 1, bad=True)

    first = operations.run(context, RunMonitor(name="churn", until="2026-10-22"))
    second = operations.run(context, RunMonitor(name="churn", until="2026-10-23"))

    found = named(first.findings) | named(second.findings)
    assert {subject: found.get(subject) for subject in PLANTED} == PLANTED
    assert set(found) == set(PLANTED)
    assert (first.window.n_rows, second.window.n_rows) == (n, n)
    assert all(one.persists for one in second.findings)
    assert second.action.action in ("ticket", "page")


def named(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {one.subject: one.kind for one in findings}
