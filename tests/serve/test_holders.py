from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from headgate.core.nouns import Snapshot
from headgate.serve import operations
from headgate.serve.holders import PredictionHolder
from headgate.serve.nouns import GiveFeedback
from headgate.spine.lineage.affected import Affected
from headgate.spine.ports import Holding
from tests.serve.conftest import NOON, Serving, fresh


def affected_by(serving: Serving, *rids: int, rev: int = 1) -> Affected:
    affected = Affected(serving.context)
    affected.add(rev, BitMap64(rids))
    return affected


def find(serving: Serving, affected: Affected, *models: str) -> Holding:
    return PredictionHolder().find(serving.context, affected, frozenset(models))


@pytest.fixture
def world(serving: Serving) -> Serving:
    """Two models in two releases, a release with an index; ten orders in two batches."""
    serving.register("model:churn@1", "model:churn@2", "prompt:answer@1")
    serving.commit("orders", 5)
    serving.commit("orders", 5)
    serving.release("churn-api", model="churn@1")
    serving.release("churn-api", model="churn@2")
    serving.release("ask", index="orders@1", prompt="answer@1")
    serving.release("plain")
    serving.deploy("prod", "churn-api@1")
    serving.deploy("chat", "ask@1")
    return serving


def test_predictions_of_a_model_that_learned_from_the_rows_are_exposed(world: Serving) -> None:
    world.log([{"user_key": user} for user in ("ann", "bob", "ann")], deployment="prod")
    world.promote("prod", "churn-api@2")
    world.log([{"user_key": "cid"}], deployment="prod")

    holding = find(world, affected_by(world), "churn@1")

    assert (holding.n_exposed, holding.n_exact) == (3, 0)
    assert (holding.n_known, holding.n_unknown) == (4, 0)
    assert holding.detail["releases"] == ["churn-api@1"]
    assert holding.detail["deployments"] == [
        {"name": "prod", "release": "churn-api@1", "is_live": False, "n_exposed": 3}
    ]
    assert (holding.detail["n_users_exposed"], holding.detail["n_total"]) == (2, 4)


def test_an_index_that_holds_the_rows_exposes_what_it_answers(world: Serving) -> None:
    world.log([{"user_key": None}, {"user_key": "ann"}], deployment="chat")

    old = find(world, affected_by(world, 3, rev=1))
    new = find(world, affected_by(world, 8, rev=2))

    assert (old.n_exposed, old.detail["n_users_exposed"]) == (2, 1)
    assert old.detail["deployments"][0]["is_live"]
    assert (new.n_exposed, new.detail["releases"]) == (0, [])


def test_a_prompt_in_reach_reaches_its_release(world: Serving) -> None:
    world.log([{"output": "hello"}], deployment="chat")

    holding = find(world, affected_by(world), "prompt:answer@1")

    assert (holding.n_exposed, holding.detail["releases"]) == (1, ["ask@1"])


def test_a_deployment_in_reach_is_told_before_its_first_prediction(world: Serving) -> None:
    holding = find(world, affected_by(world), "churn@1")

    assert holding.detail["deployments"] == [
        {"name": "prod", "release": "churn-api@1", "is_live": True, "n_exposed": 0}
    ]


def test_exact_are_predictions_made_from_the_rows_themselves(world: Serving) -> None:
    world.log(
        [
            {"input_row_ids": [2, 3], "retrieved_row_ids": [2], "user_key": "ann"},
            {"input_row_ids": [4], "user_key": "bob"},
            {"retrieved_row_ids": [1, 2], "user_key": "ann"},
            {"input_row_ids": None, "user_key": "cid"},
        ],
        snapshot="orders@2",
    )
    world.log([{"input_row_ids": 7}])

    batch = find(world, affected_by(world, 2, 3))
    other = find(world, affected_by(world, 2, 3, rev=2))
    unknown = find(world, affected_by(world, 7, rev=2))

    assert (batch.n_exact, batch.detail["n_users_exact"]) == (2, 1)
    assert other.n_exact == 0
    assert unknown.n_exact == 1


def test_unknown_lineage_is_counted_and_named(world: Serving) -> None:
    world.log([{"output": 1}, {"input_row_ids": [1], "output": 2}], snapshot="orders@1")
    world.log([{"output": 3}], release="plain@1")
    world.log([{"output": 4}], deployment="prod")

    holding = find(world, affected_by(world), "churn@1")

    assert (holding.n_known, holding.n_unknown) == (2, 2)
    assert holding.detail["unknown"] == ["no release", "release:plain@1"]
    assert holding.detail["by_release"][""]["n_with_rows"] == 1


def test_an_empty_log_holds_nothing(serving: Serving) -> None:
    holding = find(serving, Affected(serving.context), "churn@1")

    assert (holding.n_exposed, holding.n_exact, holding.n_known, holding.n_unknown) == (0, 0, 0, 0)


def test_a_prediction_is_explained_by_its_release_rows_and_feedback(world: Serving) -> None:
    row = {"prediction_id": "p1", "at": NOON, "user_key": "ann", "input_row_ids": [2, 8]}
    world.log([row], deployment="prod", release="churn-api@2", snapshot="orders@2")
    operations.give_feedback(world.context, GiveFeedback("p1", "thumb", "up", at=NOON))
    holder = PredictionHolder()

    told = holder.explain(world.context, "prediction:p1")

    assert told is not None
    assert told == holder.explain(world.context, "p1")
    assert (told["kind"], told["id"], told["at"]) == ("prediction", "p1", "2026-11-03T12:00:00Z")
    assert (told["release"], told["model"], told["index"]) == ("churn-api@2", "churn@2", None)
    assert told["row_ids"] == [(2, 1), (8, 2)]
    assert told["user_present"]
    assert "ann" not in str(told)
    assert told["feedback"][0]["value"] == "up"
    assert [move["to"] for move in told["moves"]] == ["churn-api@1"]


def test_releases_and_deployments_are_explained(world: Serving) -> None:
    world.log([{"output": 1}], deployment="chat")
    holder = PredictionHolder()

    release = holder.explain(world.context, "release:ask@1")
    deployment = holder.explain(world.context, "deployment:chat")

    assert release is not None
    assert deployment is not None
    assert (release["index"], release["prompt"], release["n_predictions"]) == (
        "orders@1",
        "answer@1",
        1,
    )
    assert release["deployments"] == [{"name": "chat", "is_live": True}]
    assert (deployment["release"], deployment["index"], deployment["n_predictions"]) == (
        "ask@1",
        "orders@1",
        1,
    )


@pytest.mark.parametrize(
    "ref", ["p9", "prediction:p9", "release:ask@9", "deployment:dev", "snapshot:orders@1"]
)
def test_what_serving_does_not_have_is_not_explained(world: Serving, ref: str) -> None:
    assert PredictionHolder().explain(world.context, ref) is None


CALLS = st.lists(
    st.lists(
        st.fixed_dictionaries(
            {
                "release": st.sampled_from([None, "api@1", "api@2", "api@3"]),
                "user_key": st.sampled_from([None, "ann", "bob", "cid"]),
                "input_row_ids": st.lists(st.integers(1, 8), max_size=2),
                "snapshot": st.sampled_from([None, "orders@1"]),
            }
        ),
        min_size=1,
        max_size=12,
    ),
    min_size=1,
    max_size=4,
)


def with_releases(serving: Serving) -> Snapshot:
    serving.register("model:m@1", "model:m@2")
    snapshot = serving.commit("orders", 8)
    serving.release(model="m@1")
    serving.release(model="m@2")
    serving.release()
    return snapshot


@settings(max_examples=6)
@given(calls=CALLS, bad=st.sets(st.integers(1, 8)), models=st.sets(st.sampled_from(["m@1", "m@2"])))
def test_both_radii_equal_a_plain_count(
    calls: list[list[dict[str, Any]]], bad: set[int], models: set[str]
) -> None:
    with fresh() as serving:
        with_releases(serving)
        for rows in calls:
            serving.log(rows)
        logged = [row for rows in calls for row in rows]
        reached = {f"api@{model[-1]}" for model in models}
        exposed = [row for row in logged if row["release"] in reached]
        exact = [row for row in logged if bad & set(row["input_row_ids"])]

        holding = find(serving, affected_by(serving, *bad), *models)

        assert (holding.n_exposed, holding.n_exact) == (len(exposed), len(exact))
        assert holding.detail["n_users_exposed"] == len(users(exposed))
        assert holding.detail["n_users_exact"] == len(users(exact))
        assert holding.n_known + holding.n_unknown == len(logged)
        known = [row for row in logged if row["release"] in ("api@1", "api@2")]
        rest = [row for row in logged if row not in known and row["input_row_ids"]]
        assert holding.n_known == len(known) + len(rest)


def users(rows: list[dict[str, Any]]) -> set[str]:
    return {row["user_key"] for row in rows} - {None}


def test_radii_hold_over_several_row_groups(serving: Serving) -> None:
    with_releases(serving)
    n = 150_000
    release = np.where(np.arange(n) % 3 == 0, "api@1", "api@2")
    columns: Any = {
        "release": release,
        "user_key": np.arange(n) % 1000,
        "input_row_ids": np.arange(n) % 8 + 1,
    }
    rows = pa.table(columns)
    serving.log(rows, snapshot="orders@1")

    holding = find(serving, affected_by(serving, 5), "m@1")

    assert (holding.n_exposed, holding.n_exact) == (n // 3, n // 8)
    assert holding.detail["n_users_exposed"] == 1000
    assert holding.detail["n_users_exact"] == 1000 // 8
