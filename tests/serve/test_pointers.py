"""Releases and their parts, deployments that many move at once, and where a rollback goes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from headgate.core.errors import Conflict, HeadgateError, Invalid, NotFound
from headgate.core.times import now, render
from headgate.dataset.branching.branches import tag_snapshot
from headgate.dataset.branching.reports import TagRequest
from headgate.serve import operations
from headgate.serve.actions import RollbackAction
from headgate.serve.nouns import Deployment, ListReleases, ShowDeployment, ShowRelease
from tests.serve.conftest import Serving


def shown(serving: Serving, name: str = "prod") -> Deployment:
    return operations.show_deployment(serving.context, ShowDeployment(name))


def at_once(*deeds: Callable[[], Any]) -> list[BaseException]:
    """Do deeds in threads and return what they raised."""
    failed: list[BaseException] = []

    def run(deed: Callable[[], Any]) -> None:
        try:
            deed()
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failed.append(error)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_releases_made_at_once_get_each_number_once(serving: Serving) -> None:
    def make(name: str) -> Callable[[], object]:
        return lambda: [serving.release(name) for _ in range(5)]

    failed = at_once(make("api"), make("api"), make("ask"))

    assert failed == []
    every = operations.list_releases(serving.context, ListReleases())
    numbers = {name: {one.number for one in every if one.name == name} for name in ("api", "ask")}
    assert numbers == {"api": set(range(1, 11)), "ask": set(range(1, 6))}
    assert [len(serving.events("release_created")), len(every)] == [15, 15]


def test_a_release_keeps_every_part_it_was_made_of(serving: Serving) -> None:
    serving.register("model:churn@3", "prompt:answer@2")
    serving.commit("docs", 2)

    made = serving.release(
        model="churn@3",
        prompt="answer@2",
        index="docs@1",
        tools=("search", "sum"),
        parameters={"temperature": "0", "top": "ä"},
        provider_model="gpt-x",
        notes="two\nlines",
    )

    assert operations.show_release(serving.context, ShowRelease("api@1")) == made
    assert operations.list_releases(serving.context, ListReleases("api")) == (made,)
    assert made.created_by == serving.context.actor


def test_an_index_by_tag_or_time_stays_the_snapshot_it_was(serving: Serving) -> None:
    first = serving.commit("docs", 2)
    tag_snapshot(serving.context, TagRequest(name="docs", tag="good", at="1"))
    time = render(now())

    names = ["docs@good", f"docs@{time}", "docs@2999-01-01", f"docs@{first.version_id[:12]}"]
    releases = [serving.release(index=name) for name in names]
    serving.commit("docs", 2)

    assert [one.index for one in releases] == ["docs@1"] * 4
    assert serving.release(index="docs@2999-01-01").index == "docs@2"
    assert operations.show_release(serving.context, ShowRelease("api@3")).index == "docs@1"


@pytest.mark.parametrize(
    ("parts", "family", "told"),
    [
        ({"model": "churn@2"}, NotFound, "headgate model list"),
        ({"model": "answer@1"}, NotFound, "no model version 'answer@1'"),
        ({"model": "churn@1@1"}, NotFound, "no model version 'churn@1@1'"),
        ({"model": "churn@"}, Invalid, "such as churn@1"),
        ({"prompt": "churn@1"}, NotFound, "headgate prompt list"),
        ({"prompt": "answer"}, Invalid, "such as answer@1"),
        ({"index": "docs"}, Invalid, "such as docs@1"),
        ({"index": "docs@2"}, NotFound, "there is docs@1 alone"),
        ({"index": "doc@1"}, NotFound, "did you mean docs?"),
        ({"index": "docs@1999-01-01"}, NotFound, "headgate dataset log docs"),
        ({"name": "1api"}, Invalid, "start with a letter"),
        ({"name": "a" * 101}, Invalid, "100 at most"),
        ({"name": "api@1"}, Invalid, "'api@1' cannot name a release"),
    ],
)
def test_a_release_of_what_is_not_there_leaves_no_number_behind(
    serving: Serving,
    refuses: Callable[..., str],
    parts: dict[str, str],
    family: type[Exception],
    told: str,
) -> None:
    serving.register("model:churn@1", "prompt:answer@1")
    serving.commit("docs", 1)

    message = refuses(family, lambda: serving.release(**parts))

    assert told in message
    assert serving.release(model="churn@1").release_id == "api@1"


def test_deployments_made_at_once_are_one(serving: Serving) -> None:
    failed = at_once(*[lambda: serving.deploy("prod")] * 4)

    assert [type(error) for error in failed] == [Conflict] * 3
    assert len(serving.events("deployment_created")) == 1
    assert shown(serving).moves == ()


@pytest.mark.parametrize("name", ["", "1", "a b", "prod/eu", "x" * 101])
def test_a_deployment_of_a_strange_name_is_refused(
    serving: Serving, refuses: Callable[..., str], name: str
) -> None:
    assert "cannot name a deployment" in refuses(Invalid, lambda: serving.deploy(name))


def test_promotions_at_once_make_one_chain_of_moves(serving: Serving) -> None:
    for _ in range(4):
        serving.release()
    serving.deploy("prod", "api@1")

    def promote(numbers: list[int]) -> Callable[[], object]:
        return lambda: [serving.promote("prod", f"api@{n}") for n in numbers]

    failed = at_once(promote([2, 3, 4, 2]), promote([3, 4, 2, 3]), promote([4, 4, 1, 1]))

    moves = shown(serving).moves
    assert failed == []
    assert [move.position for move in moves] == list(range(1, len(moves) + 1))
    assert [move.from_release for move in moves] == [
        None,
        *(move.to_release for move in moves[:-1]),
    ]
    assert all(move.from_release != move.to_release for move in moves)
    assert shown(serving).release == moves[-1].to_release
    assert len(serving.events("deployment_moved")) == len(moves) - 1


def test_a_rollback_asked_for_by_many_at_once_is_done_once(serving: Serving) -> None:
    for _ in range(2):
        serving.release()
    serving.deploy("prod", "api@1")
    serving.promote("prod", "api@2")
    done: list[dict[str, Any]] = []

    def back() -> None:
        done.append(RollbackAction().apply(serving.context, "prod", {"reached": ["api@2"]}))

    failed = at_once(*[back] * 4)

    assert failed == []
    assert sorted(one["is_moved"] for one in done) == [False, False, False, True]
    assert {one["to"] for one in done} == {"api@1"}
    assert [move.kind for move in shown(serving).moves] == ["create", "promote", "rollback"]


@pytest.fixture
def world(serving: Serving) -> Serving:
    """prod went api@1, api@2, api@1, api@3; kin shares a model, api@4 a name, alien nothing."""
    serving.register("model:churn@1", "model:churn@2", "model:else@1")
    for model in ("churn@1", "churn@1", "churn@2"):
        serving.release(model=model)
    serving.release("kin", model="churn@1")
    serving.release("alien", model="else@1")
    serving.release()
    serving.deploy("prod", "api@1")
    for number in (2, 1, 3):
        serving.promote("prod", f"api@{number}")
    return serving


SERVED = "served this deployment before"
KIN = "shares its name or model"
BAD = "is in reach of what is undone"
NOW = "serves now"
NEVER = "never served this deployment"


@pytest.mark.parametrize(
    ("wanted", "to", "candidates"),
    [
        (
            {},
            "api@1",
            [
                ("api@3", False, NOW),
                ("api@1", True, SERVED),
                ("api@2", True, SERVED),
                ("api@4", False, NEVER),
                ("kin@1", False, NEVER),
            ],
        ),
        (
            {"reached": []},
            "api@3",
            [
                ("api@4", True, KIN),
                ("kin@1", True, KIN),
                ("api@3", True, NOW),
                ("api@2", True, SERVED),
                ("api@1", True, SERVED),
            ],
        ),
        (
            {"reached": ["api@3", "api@4", "alien@1"]},
            "kin@1",
            [
                ("api@4", False, BAD),
                ("kin@1", True, KIN),
                ("api@3", False, BAD),
                ("api@2", True, SERVED),
                ("api@1", True, SERVED),
            ],
        ),
        (
            {"reached": ["api@3", "api@4", "kin@1", "api@2"]},
            "api@1",
            [
                ("api@4", False, BAD),
                ("kin@1", False, BAD),
                ("api@3", False, BAD),
                ("api@2", False, BAD),
                ("api@1", True, SERVED),
            ],
        ),
    ],
    ids=["nothing said", "nothing bad", "served is bad", "all but one are bad"],
)
def test_candidates_are_told_best_first_with_their_verdict(
    world: Serving, wanted: dict[str, Any], to: str, candidates: list[tuple[str, bool, str]]
) -> None:
    planned = RollbackAction().plan(world.context, "prod", wanted)

    told = [(one["release"], one["is_eligible"], one["why"]) for one in planned["candidates"]]
    assert (planned["from"], planned["to"]) == ("api@3", to)
    assert told == candidates
    assert planned["already_there"] == (to == "api@3")


@pytest.mark.parametrize(
    ("to", "reached", "is_there"),
    [("alien@1", None, False), ("alien@1", [], False), ("api@3", None, True)],
)
def test_a_named_release_goes_before_every_candidate(
    world: Serving, to: str, reached: list[str] | None, is_there: bool
) -> None:
    done = RollbackAction().apply(world.context, "prod", {"to": to, "reached": reached})

    assert (done["to"], done["already_there"], done["is_moved"]) == (to, is_there, not is_there)
    assert shown(world).release == to


@pytest.mark.parametrize(
    "wanted",
    [{"reached": "api@3"}, {"reason": 5}, {"to": ["api@1"]}, {"to": "api@3", "reached": ["api@3"]}],
)
def test_a_rollback_told_badly_moves_nothing(
    world: Serving, refuses: Callable[..., str], wanted: dict[str, Any]
) -> None:
    before = shown(world)

    refuses(HeadgateError, lambda: RollbackAction().apply(world.context, "prod", wanted))

    assert shown(world) == before


def test_after_a_rollback_a_new_promotion_can_be_rolled_back_again(world: Serving) -> None:
    action = RollbackAction()
    first = action.apply(world.context, "prod", {"reason": "bad"})
    world.promote("prod", "api@4")

    second = action.apply(world.context, "prod", {"reason": "worse"})

    assert (first["to"], second["from"], second["to"]) == ("api@1", "api@4", "api@1")
    assert [move.reason for move in shown(world).moves if move.kind == "rollback"] == [
        "bad",
        "worse",
    ]
