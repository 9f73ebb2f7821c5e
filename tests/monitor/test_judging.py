"""From numbers to findings: chance taken off, bad ones first, lasting ones told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headgate.monitor.baseline import Baseline
from headgate.monitor.documents import Budget
from headgate.monitor.judging import discovered, exceeded, judged, share_of
from headgate.monitor.nouns import Finding, Measured
from headgate.monitor.reference import Profile
from headgate.monitor.tiers import decided, tier_of
from tests.monitor.seeing import baseline_of, seen_of

BEFORE = {"a": np.random.default_rng(0).normal(size=5000), "b": ["x", "y"] * 2500}


def number(check: Any = "data_drift", subject: str = "a", **more: Any) -> Measured:
    values = {"metric": "psi", "value": 0.3, "threshold": 0.1, "n": 1000, "is_exceeded": True}
    return Measured(check=check, subject=subject, **(values | more))


def found(
    *measured: Measured, history: list[set[tuple[str, str]]] | None = None, important: Any = ()
) -> tuple[Finding, ...]:
    window = seen_of(BEFORE, {"a": BEFORE["a"][:600] + 1, "b": ["x"] * 600}, important=important)
    past = [frozenset(one) for one in history or []]
    return judged(baseline_of(BEFORE), window, measured, past)


def test_few_large_p_values_among_many_are_taken_for_chance() -> None:
    chance = [number(subject=f"c{n}", p_value=0.04) for n in range(1)]
    quiet = [number(subject=f"q{n}", p_value=0.6, is_exceeded=False) for n in range(49)]
    real = [number(subject="real", p_value=1e-9), number("schema", "gone", p_value=None)]

    left = discovered([*chance, *quiet, *real])

    assert exceeded(left) == {("data_drift", "real"), ("schema", "gone")}


@pytest.mark.parametrize(
    ("tickets", "length", "n_columns", "share"),
    [
        (3, 86_400, 50, 1 - 3 / (30 * 250)),
        (3, 3600, 50, 1 - 3 / (720 * 250)),
        (3, None, 50, 1 - 3 / (30 * 250)),
        (300, 86_400, 50, 1 - 0.001),
        (0, 86_400, 50, 1 - 0.1 / (30 * 250)),
    ],
)
def test_a_budget_of_tickets_says_how_rare_a_number_has_to_be(
    tickets: int, length: float | None, n_columns: int, share: float
) -> None:
    column = baseline_of({"a": BEFORE["a"]}).data.columns["a"]
    baseline = Baseline(data=Profile({f"c{n}": column for n in range(n_columns)}))

    assert share_of(Budget(tickets=tickets), baseline, length) == pytest.approx(share)


def test_drift_that_shows_once_is_noted_and_in_two_of_three_windows_it_is_a_warning() -> None:
    drift = number(value=0.15)

    once = found(drift, history=[{("data_drift", "b")}, set()])
    again = found(drift, history=[{("data_drift", "a")}, set()])

    assert [(one.severity, one.persists) for one in once] == [("info", False)]
    assert [(one.severity, one.persists) for one in again] == [("warning", True)]


@pytest.mark.parametrize(
    ("measured", "important", "severity", "action"),
    [
        (number("schema", metric="gone"), (), "critical", "page"),
        (number("schema", metric="type"), (), "critical", "page"),
        (number("schema", metric="new"), (), "warning", "ticket"),
        (number("freshness", "rows"), (), "error", "page"),
        (number("volume", "rows"), (), "warning", "ticket"),
        (number("missing", value=0.4, before=0.1, evidence={"jump": 0.2}), (), "warning", "ticket"),
        (number("missing", value=0.2, before=0.1, evidence={"jump": 0.2}), (), "info", "log"),
        (number(value=0.3, evidence={"large": 0.25}), ("a",), "error", "page"),
        (number(value=0.3, evidence={"large": 0.25}), (), "info", "log"),
        (number("estimated_performance", "roc_auc"), (), "warning", "log"),
        (number("contract", "orders"), (), "error", "page"),
        (number("concept_drift", "error"), (), "info", "log"),
    ],
)
def test_each_kind_of_finding_has_its_severity_and_its_tier(
    measured: Measured, important: tuple[str, ...], severity: str, action: str
) -> None:
    (finding,) = found(measured, important=important)

    assert finding.severity == severity
    assert tier_of(finding)[0] == action


def test_lasting_drift_asks_for_a_ticket_where_the_column_matters_and_is_logged_elsewhere() -> None:
    history = [{("data_drift", "a")}]

    ticket = found(number(value=0.15), history=history, important=("a",))
    log = found(number(value=0.15), history=history)

    assert (decided(ticket).action, decided(ticket).subjects) == ("ticket", ("a",))
    assert (decided(log).action, decided(log).rule) == ("log", "drift alone")
    assert decided(()).rule == ""


def test_performance_outside_its_band_for_two_windows_pages() -> None:
    outside = number("realised_performance", "roc_auc", metric="roc_auc", value=0.6)

    (once,) = found(outside)
    (twice,) = found(outside, history=[{("realised_performance", "roc_auc")}])

    assert (tier_of(once)[0], tier_of(twice)[0]) == ("log", "page")
    assert (once.kind, once.harm) == ("performance", "harmful")


@pytest.mark.parametrize(
    ("performance", "harm"),
    [
        ([], "unknown"),
        ([number("estimated_performance", "auc", is_exceeded=False)], "different"),
        ([number("estimated_performance", "auc")], "harmful"),
    ],
)
def test_drift_is_harmful_or_just_different_by_what_performance_says(
    performance: list[Measured], harm: str
) -> None:
    findings = found(number(), *performance)

    assert [one.harm for one in findings if one.check == "data_drift"] == [harm]


def test_one_trouble_is_told_once() -> None:
    new = number("new_categories", "b", evidence={"names": ["z"]})
    nothing = number("freshness", "rows", n=0)

    findings = found(number(subject="b"), new, number("volume", "rows"), nothing)

    assert [(one.check, one.kind) for one in findings] == [
        ("freshness", "nothing came"),
        ("new_categories", "new category"),
    ]


def test_a_sentence_says_what_is_wrong_with_its_numbers() -> None:
    (finding,) = found(number("missing", value=0.4, before=0.1, metric="missing_share"))

    assert finding.says == (
        "a misses in 40.0% of rows, 10.0% in the reference (missing_share 0.4, threshold 0.1)"
    )


def test_the_worst_comes_first_and_a_decision_names_it() -> None:
    findings = found(number(value=0.15), number("schema", "b", metric="gone"))

    decision = decided(findings)

    assert [one.check for one in findings] == ["schema", "data_drift"]
    assert (decision.action, decision.rule, decision.also) == ("page", "broken schema", ("log",))
    assert decision.why.startswith("broken schema: b is gone")
