"""A new monitor finds its reference and its columns, and its file says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.monitor import operations
from headgate.monitor.documents import Days
from headgate.monitor.files import named
from headgate.monitor.requests import InitMonitor, MonitorMade
from headgate.spine.context import Context
from headgate.spine.ports import Reference
from headgate.surfaces.python import Project
from tests.monitor.worlds import START, Stream, days_of, watch

DAY = timedelta(days=1)


def make(day: int, n: int) -> dict[str, Any]:
    rng = np.random.default_rng(day)
    return {
        "age": rng.normal(40, 9, n),
        "visits": rng.poisson(3, n),
        "order_id": np.arange(n) + day * n,
        "session": ["web"] * n,
        "code": [f"k{day}-{i}" for i in range(n)],
        "born": pa.array([START.replace(tzinfo=None)] * n, pa.timestamp("us")),
    }


def init(context: Context, **more: Any) -> MonitorMade:
    given: dict[str, Any] = {"name": "churn", "watch": "deployment:prod"} | more
    return operations.init(context, InitMonitor(**given))


@pytest.fixture
def stream(project: Project, context: Context) -> Stream:
    columns = make(50, 2000)
    learned = {name: one for name, one in columns.items() if name != "session"}
    project.dataset.commit("train", pa.table({**learned, "churned": [True] * 2000}))
    found = watch(context, Stream("deployment", {"prod": days_of(make, 10, 300), "empty": none()}))
    found.learned["prod"] = (Reference("train", 1, ("prod", "api@1", "churn@1")),)
    found.learned["empty"] = found.learned["prod"]
    return found


def none() -> pa.Table:
    return pa.table({"at": pa.array([], pa.timestamp("us", "UTC"))})


def reasons(made: MonitorMade) -> dict[str, str]:
    return {one.value: one.why for one in made.choices}


def test_ids_times_and_what_is_not_served_are_left_out_with_the_reason(
    context: Context, stream: Stream
) -> None:
    made = init(context)

    why = reasons(made)
    assert why["order_id"] == "no two rows have the same: an id"
    assert why["born"] == "time goes on"
    assert why["churned"].startswith("it is not served")
    monitor = named(context.root, "churn", context.registry)
    assert set(monitor.columns.exclude) == {"order_id", "born", "churned", "session"}
    assert why["session"] == "it is served, but nothing was learned from it"
    assert made.reference.n_columns == 2
    text = (context.root / made.path).read_text()
    assert "# exclude born: time goes on" in text


def test_the_reference_is_what_lineage_says_and_the_first_week_is_what_answers_are_held_against(
    context: Context, stream: Stream
) -> None:
    made = init(context, owner="ann", window="1h")

    monitor = named(context.root, "churn", context.registry)
    assert (monitor.reference, monitor.owner, monitor.window) == ("lineage", "ann", "1h")
    assert monitor.answers == Days(7, "2026-10-08")
    assert made.reference.references == stream.learned["prod"]
    assert 'Schedule("5 * * * *")' in made.schedule


@pytest.mark.parametrize(
    ("signature", "important"),
    [
        ({"importances": {"age": 0.95, "visits": 0.05, "gone": 3}}, ("age",)),
        ({"features": ["visits", "gone"]}, ("visits",)),
        ({"inputs": [{"name": "age"}]}, ("age",)),
        ({"importances": "none"}, ()),
        ({"importances": {"age": "high"}}, ()),
        ({}, ()),
    ],
)
def test_what_matters_is_taken_from_the_models_signature(
    project: Project,
    context: Context,
    stream: Stream,
    signature: dict[str, Any],
    important: tuple[str, ...],
) -> None:
    project.model.register("churn", b"weights", format="file", signature=signature)

    init(context)

    assert named(context.root, "churn", context.registry).columns.important == important


def test_of_a_deployment_that_has_not_answered_yet_the_data_alone_is_watched(
    context: Context, stream: Stream
) -> None:
    made = init(context, watch="deployment:empty")

    assert made.reference.n_answers == 0
    assert "churned" not in reasons(made)


def test_without_lineage_the_days_until_now_are_normal(context: Context) -> None:
    watch(context, Stream("dataset", {"orders": days_of(make, 10, 300)}))

    made = init(context, name="orders", watch="dataset:orders")

    monitor = named(context.root, "orders", context.registry)
    assert monitor.reference == Days(9, "2026-10-10")
    assert made.reference.after == START + 9 * DAY
    assert made.reference.references == ()


def test_a_snapshot_may_be_named(context: Context, stream: Stream) -> None:
    made = init(context, reference="train@1")

    assert [one.path for one in made.reference.references] == [("train@1",)]
    assert reasons(made)["train@1"] == "as asked"


def test_a_monitor_is_not_made_twice_unless_that_is_said(context: Context, stream: Stream) -> None:
    init(context)

    with pytest.raises(Conflict, match="there is a monitor churn"):
        init(context)

    assert init(context, replace=True).reference.number == 2


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"watch": "prod"}, Invalid, "'prod' is nothing to watch"),
        ({"watch": ""}, Invalid, "not said what is watched"),
        ({"name": "policy"}, Invalid, "no name of a monitor"),
        ({"name": "../up"}, Invalid, "cannot name a monitor"),
        ({"watch": "deployment:gone"}, NotFound, "no deployment named 'gone'"),
        ({"watch": "dataset:gone"}, NotFound, "no dataset named 'gone'"),
        ({"window": "soon"}, Invalid, "no length of time"),
        ({"reference": "train@9"}, NotFound, "no snapshot train@9"),
    ],
)
def test_what_cannot_be_watched_leaves_no_file(
    context: Context, stream: Stream, more: dict[str, str], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        init(context, **more)

    assert not (context.root / "monitors").exists()


def test_a_reference_without_columns_says_so(project: Project, context: Context) -> None:
    project.dataset.commit("train", pa.table({"born": [START]}))
    watch(context, Stream("deployment", {"prod": none()}))

    with pytest.raises(Invalid, match="nothing that could be watched"):
        init(context, reference="train@1")
