"""What the policies of deployments let be written, call by call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.serve import operations
from headgate.serve.capturing.applying import MARK
from headgate.serve.capturing.sketches import WIDTH
from headgate.serve.nouns import CaptureDeployment, CapturePolicy, ReadSketches
from tests.serve.conftest import NOON, Serving, fresh


@pytest.fixture(scope="module")
def three() -> Iterator[Serving]:
    """Deployments of each policy and one of which nothing was decided."""
    with fresh() as serving:
        for name in ("none", "redacted", "full", "open"):
            serving.deploy(name)
            if name != "open":
                decide(serving, name, policy=name)
        yield serving


def decide(serving: Serving, deployment: str, **given: Any) -> CapturePolicy:
    return operations.capture_deployment(serving.context, CaptureDeployment(deployment, **given))


def sketches(serving: Serving, deployment: str, **asked: Any) -> dict[str, dict[str, Any]]:
    found = operations.read_sketches(serving.context, ReadSketches(deployment, **asked))
    return {row["field"]: row for row in found.to_pylist()}


def test_a_call_for_several_deployments_is_written_as_each_allows(three: Serving) -> None:
    names = ["none", "open", None, "redacted", "full", "none"]
    rows = [
        {"prediction_id": f"a{n}", "deployment": name, "input": {"t": "hush"}, "output": n}
        for n, name in enumerate(names)
    ]

    three.log(rows)

    listed = {row["prediction_id"]: row for row in three.listed(limit=100)}
    inputs = [listed[f"a{n}"]["input"] for n in range(6)]
    assert [inputs[n] for n in (0, 5)] == [None, None]
    assert [inputs[n] for n in (1, 2, 4)] == ['{"t":"hush"}'] * 3
    assert msgspec.json.decode(inputs[3])["t"].startswith("[redacted ")
    assert [listed[f"a{n}"]["extra"] for n in range(6)] == [MARK, *[None] * 4, MARK]
    assert [listed[f"a{n}"]["output"] for n in range(6)] == [None, "1", "2", "3", "4", None]


def test_counts_go_on_over_calls_and_are_those_of_numpy(three: Serving) -> None:
    three.deploy("counted")
    decide(three, "counted", policy="none")
    values = np.random.default_rng(5).lognormal(2, 1, 300)
    for part in np.split(values, 3):
        rows = [{"input": {"x": float(x), "ok": x > 5}, "at": NOON} for x in part]
        three.log(rows, deployment="counted")

    found = sketches(three, "counted")

    assert (found["input.x"]["n"], found["input.x"]["n_missing"]) == (300, 0)
    assert found["input.ok"]["n_true"] == int((values > 5).sum())
    for name, share in {"low": 0.05, "middle": 0.5, "high": 0.95}.items():
        exact = np.quantile(values, share, method="inverted_cdf")
        assert found["input.x"][name] == pytest.approx(exact, rel=WIDTH - 1 + 0.005)


def test_a_field_named_with_a_dot_and_one_of_an_object_add_up(three: Serving) -> None:
    three.deploy("dotted")
    decide(three, "dotted", policy="none")
    rows = [{"input": '{"a.b": 1}'}, {"input": '{"a": {"b": 2}}'}, {"input": '{"c": 3}'}]

    three.log([row | {"at": NOON} for row in rows], deployment="dotted")

    found = sketches(three, "dotted")["input.a.b"]
    assert (found["n"], found["n_missing"]) == (3, 1)


def test_counts_are_read_by_hours_whose_beginning_lies_in_the_window(three: Serving) -> None:
    three.deploy("hourly")
    decide(three, "hourly", policy="none")
    half = NOON.replace(minute=30)
    three.log([{"input": {"x": 1}, "at": half}], deployment="hourly")

    asked = [{"since": NOON}, {"since": half}, {"until": NOON}, {"until": half}]
    found = [bool(sketches(three, "hourly", **one)) for one in asked]

    assert found == [True, False, False, True]


def test_a_text_too_deep_to_look_through_is_redacted_as_a_whole(three: Serving) -> None:
    deep = '{"s":' * 900 + '"hush"' + "}" * 900

    three.log([{"prediction_id": "deep", "input": deep}], deployment="redacted")

    (row,) = [one for one in three.listed(limit=100) if one["prediction_id"] == "deep"]
    assert "hush" not in row["input"]
    assert row["input"].endswith(f' {len(deep)}]"')


@pytest.mark.parametrize(
    ("given", "family", "told"),
    [
        ({"policy": "full", "ttl": "0d"}, Invalid, "0d"),
        ({"policy": "full", "ttl": "0.1s"}, Invalid, "0.1s"),
        ({"policy": "full", "ttl": "36501d"}, Invalid, "36501d"),
        ({"policy": "full", "ttl": "99999999999999d"}, Invalid, "too long"),
        ({"policy": "none", "fields": ("a",)}, Invalid, "fields"),
        ({"policy": "none", "ttl": "1d"}, Invalid, "expires"),
    ],
)
def test_a_policy_that_cannot_hold_is_refused_and_the_old_one_stays(
    three: Serving, given: dict[str, Any], family: type[Exception], told: str
) -> None:
    n_before = len(three.events("capture_decided"))

    with pytest.raises(family, match=told) as caught:
        decide(three, "full", **given)

    assert getattr(caught.value, "mend", "")
    assert len(three.events("capture_decided")) == n_before


@pytest.mark.parametrize(
    ("ttl", "seconds"), [("1s", 1), ("1h30m", 5400), ("36500d", 3_153_600_000)]
)
def test_a_time_to_live_is_kept_in_seconds(three: Serving, ttl: str, seconds: int) -> None:
    three.deploy(f"kept-{seconds}")

    assert decide(three, f"kept-{seconds}", policy="full", ttl=ttl).ttl_s == seconds


def test_a_deployment_that_is_not_there_has_no_policy_and_no_counts(three: Serving) -> None:
    with pytest.raises(NotFound, match="nobody"):
        decide(three, "nobody", policy="none")
    with pytest.raises(NotFound, match="nobody"):
        sketches(three, "nobody")
