from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.serve import operations
from headgate.serve.actions import RollbackAction
from headgate.serve.nouns import Deployment, ShowDeployment
from tests.serve.conftest import Serving, fresh


def standing(serving: Serving) -> Deployment:
    return operations.show_deployment(serving.context, ShowDeployment("prod"))


def plan(serving: Serving, **wanted: Any) -> dict[str, Any]:
    return RollbackAction().plan(serving.context, "prod", wanted)


def apply(serving: Serving, **wanted: Any) -> dict[str, Any]:
    return RollbackAction().apply(serving.context, "prod", wanted)


@pytest.fixture
def served(serving: Serving) -> Serving:
    """A deployment that went from api@1 to api@2 to api@3; another release that it never had."""
    for _ in range(3):
        serving.release()
    serving.release("other")
    serving.deploy("prod", "api@1")
    serving.promote("prod", "api@2")
    serving.promote("prod", "api@3")
    return serving


@pytest.mark.row("S1-14")
def test_a_rollback_goes_to_the_newest_release_out_of_reach(served: Serving) -> None:
    done = apply(served, reached=["api@3", "api@2"], reason="clinic was bad")

    assert (done["from"], done["to"], done["is_moved"]) == ("api@3", "api@1", True)
    assert standing(served).release == "api@1"
    assert standing(served).moves[-1].reason == "clinic was bad"
    [event] = served.events("deployment_rolled_back")
    assert event.subject == "deployment:prod"
    assert event.actor == served.context.actor
    assert event.payload == {"from": "api@3", "to": "api@1"}


@pytest.mark.row("S1-14")
@pytest.mark.parametrize(
    "wanted",
    [{"to": "api@1"}, {"reached": ["api@3"]}, {}],
    ids=["named", "bad data", "just back"],
)
def test_a_rollback_done_twice_is_done_once(served: Serving, wanted: dict[str, Any]) -> None:
    first = apply(served, **wanted)
    after = standing(served)

    second = apply(served, **wanted)

    assert first["is_moved"]
    assert (second["is_moved"], second["already_there"]) == (False, True)
    assert (second["to"], second["at"]) == (first["to"], first["at"])
    assert standing(served) == after
    assert len(served.events("deployment_rolled_back")) == 1


def test_a_plan_changes_nothing_and_says_why(served: Serving) -> None:
    before = standing(served)

    planned = plan(served, reached=["api@3"])

    assert (planned["deployment"], planned["from"], planned["to"]) == ("prod", "api@3", "api@2")
    assert not planned["already_there"]
    assert [(one["release"], one["is_eligible"], one["why"]) for one in planned["candidates"]] == [
        ("api@3", False, "is in reach of what is undone"),
        ("api@2", True, "served this deployment before"),
        ("api@1", True, "served this deployment before"),
    ]
    assert standing(served) == before


def test_without_a_cause_the_release_before_comes_back(served: Serving) -> None:
    served.promote("prod", "api@1")

    planned = plan(served)

    assert planned["to"] == "api@3"
    assert [one["release"] for one in planned["candidates"] if one["is_eligible"]] == [
        "api@3",
        "api@2",
    ]


def test_a_deployment_out_of_reach_stays(served: Serving) -> None:
    done = apply(served, reached=[])

    assert (done["to"], done["already_there"], done["is_moved"]) == ("api@3", True, False)


def test_a_release_of_the_same_model_may_be_chosen_though_it_never_served(
    serving: Serving,
) -> None:
    serving.register("model:churn@1", "model:churn@2", "model:else@1")
    serving.release("one", model="churn@1")
    serving.release("two", model="churn@2")
    serving.release("three", model="else@1")
    serving.deploy("prod", "one@1")

    planned = plan(serving, reached=["one@1"])

    assert planned["to"] == "two@1"
    assert [one["release"] for one in planned["candidates"]] == ["two@1", "one@1"]


def test_a_rollback_without_a_place_to_go_is_refused(
    served: Serving, refuses: Callable[..., str]
) -> None:
    every = [f"api@{number}" for number in (1, 2, 3)]

    message = refuses(Conflict, lambda: apply(served, reached=every))

    assert "no release that prod could be rolled back to" in message
    assert standing(served).release == "api@3"


def test_a_deployment_that_points_nowhere_has_no_way_back(
    serving: Serving, refuses: Callable[..., str]
) -> None:
    serving.release()
    serving.deploy("prod")

    refuses(Conflict, lambda: plan(serving))
    refuses(Conflict, lambda: plan(serving, reached=[]))


@pytest.mark.parametrize(
    ("wanted", "family", "told"),
    [
        ({"to": "api@2", "reached": ["api@2"]}, Conflict, "in reach"),
        ({"to": "api@9"}, NotFound, "did you mean api@"),
        ({"to": 3}, Invalid, "give to, reached and reason"),
    ],
)
def test_a_rollback_that_contradicts_itself_is_refused(
    served: Serving,
    refuses: Callable[..., str],
    wanted: dict[str, Any],
    family: type[Exception],
    told: str,
) -> None:
    assert told in refuses(family, lambda: apply(served, **wanted))
    assert standing(served).release == "api@3"


def test_an_unknown_deployment_cannot_be_rolled_back(
    serving: Serving, refuses: Callable[..., str]
) -> None:
    assert "no deployment" in refuses(NotFound, lambda: plan(serving))


@settings(max_examples=10)
@given(
    path=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    reached=st.one_of(st.none(), st.sets(st.integers(1, 4))),
)
def test_a_plan_comes_true_and_ends_out_of_reach(path: list[int], reached: set[int] | None) -> None:
    with fresh() as serving:
        for _ in range(4):
            serving.release()
        serving.deploy("prod", f"api@{path[0]}")
        for number in path[1:]:
            serving.promote("prod", f"api@{number}")
        bad = None if reached is None else [f"api@{number}" for number in sorted(reached)]
        try:
            planned = plan(serving, reached=bad)
        except Conflict:
            assert reached == {1, 2, 3, 4} or (reached is None and len(set(path)) == 1)
            return

        done = apply(serving, reached=bad)

        assert standing(serving).release == planned["to"] == done["to"]
        assert done["to"] not in (bad or [])
        assert apply(serving, reached=bad)["already_there"]
