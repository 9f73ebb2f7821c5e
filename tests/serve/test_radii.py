"""Both radii against a plain count over rows, releases and revisions; and what a trace tells."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from headgate.core.times import now, render
from headgate.serve import merging, operations
from headgate.serve.actions import RollbackAction
from headgate.serve.holders import PredictionHolder
from headgate.serve.nouns import GiveFeedback, ShowDeployment
from headgate.spine.lineage.affected import Affected
from headgate.spine.ports import Holding
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.serve.conftest import NOON, Serving, fresh

N_ROWS = 6
N_UPDATED = 3
STANDING = {
    "orders@1": dict.fromkeys(range(1, N_ROWS + 1), 1),
    "orders@2": {rid: 1 if rid > N_UPDATED else 2 for rid in range(1, N_ROWS + 1)},
}
"""Which batch wrote the content of each row, by snapshot."""
PARTS: dict[str, dict[str, str]] = {
    "api@1": {"model": "m@1"},
    "api@2": {"model": "m@2", "prompt": "p@1"},
    "ask@1": {"index": "orders@1"},
    "ask@2": {"index": "orders@2", "model": "m@2"},
    "bare@1": {},
}
KINDS = {"model": "", "prompt": "prompt:"}


def build(serving: Serving) -> Serving:
    """Six orders of which three are updated, five releases, two deployments."""
    serving.register("model:m@1", "model:m@2", "prompt:p@1")
    for n_rows in (N_ROWS, N_UPDATED):
        rows = pa.table({"id": range(n_rows), "n": [n_rows] * n_rows})
        part = Part(rows, Origin(kind="commit", arrived_at=now()))
        with Work(serving.context) as work:
            work.write(Write(dataset="orders", mode="upsert", key=("id",)), [part])
    for release_id, parts in PARTS.items():
        assert serving.release(release_id.partition("@")[0], **parts).release_id == release_id
    serving.deploy("prod", "api@1")
    serving.deploy("chat", "ask@2")
    return serving


def find(serving: Serving, bad: set[tuple[int, int]], models: set[str]) -> Holding:
    affected = Affected(serving.context)
    for rev in {rev for _, rev in bad}:
        affected.add(rev, BitMap64([rid for rid, batch in bad if batch == rev]))
    return PredictionHolder().find(serving.context, affected, frozenset(models))


def reached(bad: set[tuple[int, int]], models: set[str]) -> set[str]:
    """Releases whose model or prompt is bad, or whose index holds a bad revision."""
    return {
        release_id
        for release_id, parts in PARTS.items()
        if any(prefix + parts[kind] in models for kind, prefix in KINDS.items() if kind in parts)
        or bad & set(STANDING.get(parts.get("index", ""), {}).items())
    }


def is_exact(row: dict[str, Any], bad: set[tuple[int, int]]) -> bool:
    """Without a snapshot any revision of the row counts."""
    rids = [*(row["input_row_ids"] or ()), *(row["retrieved_row_ids"] or ())]
    if row["snapshot"] is None:
        return any(rid == one for rid in rids for one, _ in bad)
    return any((rid, STANDING[row["snapshot"]][rid]) in bad for rid in rids)


def has_lineage(row: dict[str, Any]) -> bool:
    parts = PARTS.get(row["release"], {})
    return bool(
        "model" in parts or "index" in parts or row["input_row_ids"] or row["retrieved_row_ids"]
    )


def users(rows: list[dict[str, Any]]) -> int:
    return len({row["user_key"] for row in rows} - {None})


RIDS = st.none() | st.lists(st.integers(1, N_ROWS), max_size=3)
ROW = st.fixed_dictionaries(
    {
        "release": st.sampled_from([None, *PARTS]),
        "deployment": st.sampled_from([None, "prod", "chat"]),
        "user_key": st.sampled_from([None, "", "ann", "bob", "cid"]),
        "input_row_ids": RIDS,
        "retrieved_row_ids": RIDS,
        "snapshot": st.sampled_from([None, *STANDING]),
    }
)
CALLS = st.lists(st.lists(ROW, min_size=1, max_size=15), min_size=1, max_size=5)
BAD = st.sets(st.tuples(st.integers(1, N_ROWS), st.integers(1, 2)), max_size=5)
MODELS = st.sets(st.sampled_from(["m@1", "m@2", "prompt:p@1", "run:x", "m@9"]), max_size=3)
ASKED = st.lists(st.tuples(BAD, MODELS), min_size=1, max_size=4)


def standing_release(row: dict[str, Any]) -> str | None:
    """A row that names a deployment alone has the release it points at."""
    return row["release"] or {"prod": "api@1", "chat": "ask@2"}.get(row["deployment"])


@settings(max_examples=12)
@given(calls=CALLS, asked=ASKED, is_merged=st.booleans())
def test_what_is_in_reach_equals_a_plain_count(
    calls: list[list[dict[str, Any]]],
    asked: list[tuple[set[tuple[int, int]], set[str]]],
    is_merged: bool,
) -> None:
    with fresh() as serving, pytest.MonkeyPatch.context() as patch:
        build(serving)
        for call in calls:
            serving.log(call)
        if is_merged:
            patch.setattr(merging, "MANY", 1)
            merging.merge_small(serving.context)
        logged = [row | {"release": standing_release(row)} for call in calls for row in call]

        for bad, models in asked:
            check(find(serving, bad, models), logged, bad, models)


def check(
    holding: Holding, logged: list[dict[str, Any]], bad: set[tuple[int, int]], models: set[str]
) -> None:
    releases = reached(bad, models)
    exposed = [row for row in logged if row["release"] in releases]
    exact = [row for row in logged if is_exact(row, bad)]
    known = [row for row in logged if has_lineage(row)]
    detail = holding.detail
    assert set(detail["releases"]) == releases
    assert (holding.n_exposed, detail["n_users_exposed"]) == (len(exposed), users(exposed))
    assert (holding.n_exact, detail["n_users_exact"]) == (len(exact), users(exact))
    assert (holding.n_known, holding.n_unknown) == (len(known), len(logged) - len(known))
    assert detail["n_total"] == len(logged)
    live = {("prod", "api@1"), ("chat", "ask@2")}
    made = Counter((row["deployment"], row["release"]) for row in exposed if row["deployment"])
    told = {(one["name"], one["release"]): one for one in detail["deployments"]}
    assert set(told) == set(made) | {pair for pair in live if pair[1] in releases}
    assert {pair: one["n_exposed"] for pair, one in told.items() if made[pair]} == dict(made)
    assert {pair for pair, one in told.items() if one["is_live"]} == set(told) & live
    by_release = Counter(row["release"] or "" for row in logged)
    assert {name: row["n"] for name, row in detail["by_release"].items()} == dict(by_release)
    unknown = {row["release"] for row in logged if not has_lineage(row)}
    assert set(detail["unknown"]) == {f"release:{one}" if one else "no release" for one in unknown}


def test_nothing_affected_reaches_nothing(serving: Serving) -> None:
    build(serving).log([{"input_row_ids": [1]}], snapshot="orders@1", deployment="prod")

    holding = find(serving, set(), set())

    assert (holding.n_exposed, holding.n_exact, holding.n_known) == (0, 0, 1)
    assert (holding.detail["releases"], holding.detail["deployments"]) == ([], [])


def test_a_row_in_both_lists_of_a_prediction_counts_once(serving: Serving) -> None:
    row = {"input_row_ids": [1, 1, 2], "retrieved_row_ids": [1], "user_key": "ann"}
    build(serving).log([row, row], snapshot="orders@2")

    holding = find(serving, {(1, 2), (2, 2)}, set())

    assert (holding.n_exact, holding.detail["n_users_exact"]) == (2, 1)
    assert holding.detail["by_release"][""]["n_with_rows"] == 2


def test_few_users_are_picked_out_of_a_large_segment(serving: Serving) -> None:
    n, every = 70_000, 10_000
    rids = [[1] if place % every == 0 else [6] for place in range(n)]
    names = [f"u{place}" for place in range(n)]
    build(serving).log(pa.table({"input_row_ids": rids, "user_key": names}), snapshot="orders@1")

    few, most = find(serving, {(1, 1)}, set()), find(serving, {(6, 1)}, set())

    assert (few.n_exact, few.detail["n_users_exact"]) == (n // every, n // every)
    assert (most.n_exact, most.detail["n_users_exact"]) == (n - n // every, n - n // every)


def told(serving: Serving, ref: str) -> dict[str, Any]:
    found = PredictionHolder().explain(serving.context, ref)
    assert found is not None
    return found


def test_a_prediction_tells_all_it_stands_on(serving: Serving) -> None:
    build(serving).promote("chat", "ask@1")
    row = {"prediction_id": "p", "at": NOON, "input_row_ids": [1, 5], "release": "ask@2"}
    serving.log([row], snapshot="orders@2", deployment="chat")
    for day, value in ((9, "right"), (1, "wrong")):
        at = NOON + timedelta(days=day)
        operations.give_feedback(serving.context, GiveFeedback("p", "label", value, at=at))

    found = told(serving, "p")

    assert found == told(serving, "prediction:p")
    parts = ("model", "prompt", "index", "provider_model", "snapshot")
    assert [found[part] for part in parts] == ["m@2", None, "orders@2", None, "orders@2"]
    assert found["row_ids"] == [(1, 2), (5, 1)]
    assert not found["user_present"]
    assert [(one["value"], one["at"]) for one in found["feedback"]] == [
        ("wrong", "2026-11-04T12:00:00Z"),
        ("right", "2026-11-12T12:00:00Z"),
    ]
    assert [(one["from"], one["to"]) for one in found["moves"]] == [
        (None, "ask@2"),
        ("ask@2", "ask@1"),
    ]


def test_a_prediction_of_nobody_tells_no_more_than_itself(serving: Serving) -> None:
    serving.log([{"prediction_id": "release:api@1", "at": NOON}])

    found = told(serving, "prediction:release:api@1")

    held = {name: value for name, value in found.items() if value}
    assert held == {"kind": "prediction", "id": "release:api@1", "at": "2026-11-03T12:00:00Z"}
    assert PredictionHolder().explain(serving.context, "release:api@1") is None


def test_a_release_tells_where_it_serves_and_served(serving: Serving) -> None:
    build(serving).log([{"output": 1}, {"output": 2}], deployment="prod")
    serving.promote("prod", "bare@1")
    serving.log([{"output": 3}], deployment="chat", release="api@1")
    serving.log([{"output": 4}], release="api@1")

    found, idle = told(serving, "release:api@1"), told(serving, "release:bare@1")

    assert (found["model"], found["prompt"], found["n_predictions"]) == ("m@1", None, 4)
    assert found["deployments"] == [
        {"name": "chat", "is_live": False},
        {"name": "prod", "is_live": False},
    ]
    assert (idle["deployments"], idle["n_predictions"]) == ([{"name": "prod", "is_live": True}], 0)
    assert found["by"] == serving.context.actor


def test_a_deployment_tells_every_move_with_its_reason(serving: Serving) -> None:
    build(serving).promote("prod", "api@2")
    RollbackAction().apply(serving.context, "prod", {"reached": ["api@2"], "reason": "bad clinic"})

    found = told(serving, "deployment:prod")

    shown = operations.show_deployment(serving.context, ShowDeployment("prod"))
    moves = [(one["kind"], one["from"], one["to"], one["reason"]) for one in found["moves"]]
    assert moves[:2] == [("create", None, "api@1", ""), ("promote", "api@1", "api@2", "why")]
    assert moves[2][:2] == ("rollback", "api@2")
    assert moves[2][3] == "bad clinic"
    assert found["release"] == moves[2][2] == shown.release
    assert found["at"] == found["moves"][-1]["at"] == render(shown.moved_at)
    assert {one["actor"] for one in found["moves"]} == {serving.context.actor}


def test_a_deployment_that_points_nowhere_tells_so(serving: Serving) -> None:
    serving.deploy("idle")

    found = told(serving, "deployment:idle")

    assert (found["release"], found["model"], found["moves"]) == (None, None, [])
    assert found["n_predictions"] == 0
