"""Every method of Evidently has its counterpart, or a word on why it has none."""

from __future__ import annotations

import pytest

from headgate.monitor.exchange.methods import METHODS, Method, method
from headgate.spine.registry import load_module


def test_each_of_the_twenty_methods_is_known_by_both_of_its_names() -> None:
    assert len(METHODS) == 20
    for one in METHODS:
        assert method(one.name) == method(one.display.upper()) == one
    assert method("mine") is None


@pytest.mark.parametrize("one", METHODS, ids=lambda one: one.name)
def test_a_counterpart_is_a_metric_of_ours_and_the_lack_of_one_is_told(one: Method) -> None:
    assert bool(one.number) != bool(one.instead)
    for name in filter(None, (one.metric, one.number)):
        file = "ks_statistic" if name == "ks_pvalue" else name.removesuffix("_pvalue")
        assert callable(getattr(load_module(f"headgate.monitor.metrics.{file}"), name))


@pytest.mark.parametrize(
    ("name", "score", "verdict"),
    [("psi", 0.1, True), ("ed", 0.1, False), ("ks", 0.1, True), ("chisquare", 0.1, False)],
)
def test_a_number_at_the_threshold_is_drift_or_not_as_there(
    name: str, score: float, verdict: object
) -> None:
    known = method(name)

    assert known is not None
    assert known.is_drift(score, 0.1) is verdict
    assert known.is_drift(0.01, 0.1) is known.is_p_value
