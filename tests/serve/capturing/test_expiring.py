"""What outlived its time goes, and nothing else does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from headgate.core.errors import NotFound
from headgate.core.times import now
from headgate.serve import operations
from headgate.serve.capturing.reasons import why_gone
from headgate.serve.nouns import CapturePolicy, ExpirePredictions, ExpiryReport, ShowPrediction
from tests.serve.capturing.test_applying import decide
from tests.serve.conftest import NOON, Serving

DAY = timedelta(days=1)
OLD = now() - 40 * DAY


@pytest.fixture
def served(serving: Serving) -> Serving:
    """Old and new predictions of two deployments, in two calls."""
    for name in ("a", "b"):
        serving.deploy(name)
        rows = [
            {"prediction_id": f"{name}{n}", "input": {"x": n}, "at": OLD + n * 30 * DAY, "k": "v"}
            for n in range(2)
        ]
        serving.log([*rows, {"prediction_id": f"{name}2", "at": OLD}], deployment=name)
    return serving


def expire(serving: Serving, **asked: Any) -> ExpiryReport:
    return operations.expire_predictions(serving.context, ExpirePredictions(**asked))


def shown(serving: Serving, name: str) -> Any:
    return operations.show_prediction(serving.context, ShowPrediction(name))


def test_only_what_is_old_of_a_deployment_that_says_so_goes(served: Serving) -> None:
    decide(served, "a", policy="full", ttl="30d")

    plan, done = expire(served), expire(served, apply=True)

    assert [(one.deployment, one.n_expired) for one in plan.deployments] == [("a", 1)]
    assert (done.n_expired, done.is_applied) == (1, True)
    assert (shown(served, "a0").input, shown(served, "a0").extra) == (None, {})
    assert [shown(served, name).input for name in ("a1", "b0")] == [{"x": 1}, {"x": 0}]
    assert served.events("predictions_expired")[0].payload["n_expired"] == 1


def test_one_deployment_may_be_asked_for_alone(served: Serving) -> None:
    decide(served, "a", policy="full", ttl="30d")
    decide(served, "b", policy="full", ttl="1d")

    done = expire(served, deployment="b", apply=True)

    assert [(one.deployment, one.n_expired) for one in done.deployments] == [("b", 2)]
    assert [shown(served, name).input for name in ("a0", "b0", "b1")] == [{"x": 0}, None, None]


def test_asking_again_finds_nothing_and_writes_nothing(served: Serving) -> None:
    decide(served, "a", policy="full", ttl="30d")
    expire(served, apply=True)

    again = expire(served, apply=True)

    assert (again.n_expired, again.is_applied) == (0, True)
    assert len(served.events("predictions_expired")) == 1


def test_what_was_never_written_does_not_expire(serving: Serving) -> None:
    serving.deploy("a")
    decide(serving, "a", policy="none")
    serving.log([{"prediction_id": "p", "input": {"x": 1}, "at": OLD}], deployment="a")
    decide(serving, "a", policy="full", ttl="30d")

    done = expire(serving, apply=True)

    assert done.n_expired == 0
    assert shown(serving, "p").gone == "never written: a captured none of it"


def test_what_was_kept_before_a_deployment_kept_nothing_goes_as_it_would_have(
    served: Serving,
) -> None:
    decide(served, "a", policy="full", ttl="30d")

    made = decide(served, "a", policy="none")
    done = expire(served, apply=True)

    assert made.ttl_s == 30 * 86_400
    assert done.n_expired == 1
    assert shown(served, "a0").gone.startswith("expired: a kept it until ")


def test_without_a_time_to_live_nothing_expires_any_more(served: Serving) -> None:
    decide(served, "a", policy="full", ttl="1d")

    decide(served, "a", policy="full")

    assert expire(served).deployments == ()
    with pytest.raises(NotFound, match="no time after which") as caught:
        expire(served, deployment="a")
    assert "deployment capture a full --ttl" in caught.value.mend


def test_a_deployment_that_is_not_there_is_told_as_such(served: Serving) -> None:
    with pytest.raises(NotFound, match="no deployment named 'c'"):
        expire(served, deployment="c")


@pytest.mark.parametrize(
    ("given", "expired_before", "is_blank", "told"),
    [
        ({"input": {"x": 1}}, NOON, True, None),
        ({"output": False}, NOON, True, None),
        ({"extra": {"capture": "none"}}, NOON, True, "never written: prod captured none of it"),
        ({}, NOON + DAY, True, "expired: prod kept it until 2026-11-04T12:00:00Z at the longest"),
        ({}, NOON, True, "erased"),
        ({}, None, True, "erased"),
        ({}, NOON + DAY, False, None),
    ],
)
def test_it_is_said_why_a_prediction_has_nothing_to_show(
    serving: Serving, given: dict[str, Any], expired_before: Any, is_blank: bool, told: str | None
) -> None:
    from msgspec.structs import replace

    serving.deploy("prod")
    serving.log([{"prediction_id": "p", "at": NOON}], deployment="prod")
    policy = CapturePolicy("prod", "full", (), 86_400, expired_before, NOON, "ann")

    found = why_gone(replace(shown(serving, "p"), **given), policy, is_blank=is_blank)

    assert found == told
    assert why_gone(shown(serving, "p"), None, is_blank=False) is None
