from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.serve import operations
from headgate.serve.nouns import ListDeployments, ListReleases, ShowDeployment, ShowRelease
from tests.serve.conftest import NOON, Serving


def test_releases_of_one_name_are_counted(serving: Serving) -> None:
    first = serving.release("churn-api", parameters={"threshold": "0.5"}, tools=("search",))
    other = serving.release("answers")
    second = serving.release("churn-api")

    assert [one.release_id for one in (first, second, other)] == [
        "churn-api@1",
        "churn-api@2",
        "answers@1",
    ]
    shown = operations.show_release(serving.context, ShowRelease("churn-api@1"))
    assert shown == first
    assert shown.parameters == {"threshold": "0.5"}
    assert shown.tools == ("search",)


def test_releases_are_listed_newest_first(serving: Serving) -> None:
    for name in ("a", "b", "a"):
        serving.release(name)

    every = operations.list_releases(serving.context, ListReleases())
    newest = operations.list_releases(serving.context, ListReleases(name="a", limit=1))

    assert [one.release_id for one in every] == ["a@2", "b@1", "a@1"]
    assert [one.release_id for one in newest] == ["a@2"]


def test_a_release_stands_on_parts_that_exist(serving: Serving) -> None:
    serving.register("model:churn@3", "prompt:answer@2")
    serving.commit("docs", 3)

    release = serving.release(model="churn@3", prompt="answer@2", index="docs@1")

    assert (release.model, release.prompt, release.index) == ("churn@3", "answer@2", "docs@1")
    [event] = serving.events("release_created")
    assert event.subject == "release:api@1"
    assert event.payload["model"] == "churn@3"


@pytest.mark.parametrize(
    ("part", "ref"),
    [("model", "churn@4"), ("prompt", "answer@9"), ("index", "docs@7"), ("index", "dogs@1")],
)
def test_a_release_of_an_unknown_part_is_refused(
    serving: Serving, refuses: Callable[..., str], part: str, ref: str
) -> None:
    serving.register("model:churn@3", "prompt:answer@2")
    serving.commit("docs", 3)

    message = refuses(NotFound, lambda: serving.release(**{part: ref}))

    assert ref.partition("@")[0] in message
    assert operations.list_releases(serving.context, ListReleases()) == ()


@pytest.mark.parametrize("part", ["model", "prompt", "index"])
def test_a_part_without_its_version_is_refused(
    serving: Serving, refuses: Callable[..., str], part: str
) -> None:
    message = refuses(Invalid, lambda: serving.release(**{part: "churn"}))

    assert "such as churn@1" in message


def test_an_unknown_release_names_its_neighbour(
    serving: Serving, refuses: Callable[..., str]
) -> None:
    serving.release("churn-api")
    request = ShowRelease("chrun-api@1")

    message = refuses(NotFound, lambda: operations.show_release(serving.context, request))

    assert "did you mean churn-api@1?" in message


def test_a_promotion_moves_the_pointer_and_says_who_and_why(serving: Serving) -> None:
    first, second = serving.release(), serving.release()
    serving.deploy("prod", first.release_id)

    report = serving.promote("prod", second.release_id)

    shown = operations.show_deployment(serving.context, ShowDeployment("prod"))
    assert (report.from_release, report.to_release, report.is_moved) == ("api@1", "api@2", True)
    assert shown.release == "api@2"
    assert [(move.kind, move.to_release) for move in shown.moves] == [
        ("create", "api@1"),
        ("promote", "api@2"),
    ]
    [event] = serving.events("deployment_moved")
    assert event.subject == "deployment:prod"
    assert event.actor == serving.context.actor
    assert event.payload == {"from": "api@1", "to": "api@2"}


def test_a_promotion_to_where_it_stands_changes_nothing(serving: Serving) -> None:
    release = serving.release()
    serving.deploy("prod")
    first = serving.promote("prod", release.release_id)

    second = serving.promote("prod", release.release_id)

    assert (first.is_moved, second.is_moved) == (True, False)
    assert second.moved_at == first.moved_at
    assert len(serving.events("deployment_moved")) == 1


def test_deployments_are_listed_with_their_release(serving: Serving) -> None:
    release = serving.release()
    serving.deploy("prod", release.release_id)
    serving.deploy("canary")

    every = operations.list_deployments(serving.context, ListDeployments())
    pointing = operations.list_deployments(serving.context, ListDeployments(release="api@1"))

    assert [(one.name, one.release) for one in every] == [("canary", None), ("prod", "api@1")]
    assert [one.name for one in pointing] == ["prod"]


def test_a_deployment_is_made_once(serving: Serving, refuses: Callable[..., str]) -> None:
    serving.deploy("prod")

    message = refuses(Conflict, lambda: serving.deploy("prod"))

    assert "headgate deployment promote prod" in message


def test_a_deployment_of_an_unknown_release_is_not_made(
    serving: Serving, refuses: Callable[..., str]
) -> None:
    refuses(NotFound, lambda: serving.deploy("prod", "api@1"))

    assert operations.list_deployments(serving.context, ListDeployments()) == ()


def test_what_is_not_there_cannot_be_promoted(
    serving: Serving, refuses: Callable[..., str]
) -> None:
    serving.release()
    serving.deploy("prod")

    assert "did you mean prod?" in refuses(NotFound, lambda: serving.promote("prd", "api@1"))
    assert "did you mean api@1?" in refuses(NotFound, lambda: serving.promote("prod", "api@3"))


def test_a_prediction_bears_the_release_of_its_time(serving: Serving) -> None:
    serving.release()
    serving.release()
    serving.deploy("prod", "api@1")
    serving.promote("prod", "api@2")
    moved = operations.show_deployment(serving.context, ShowDeployment("prod")).moves[1].at

    serving.log(
        [
            {"prediction_id": "long-before", "at": NOON - timedelta(days=9999)},
            {"prediction_id": "just-before", "at": moved - timedelta(microseconds=1)},
            {"prediction_id": "then", "at": moved},
            {"prediction_id": "said", "at": moved, "release": "api@1"},
        ],
        deployment="prod",
    )

    assert {row["prediction_id"]: row["release"] for row in serving.listed()} == {
        "long-before": None,
        "just-before": "api@1",
        "then": "api@2",
        "said": "api@1",
    }
