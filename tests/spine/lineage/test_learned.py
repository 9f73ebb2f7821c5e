from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import NotFound
from headgate.spine.context import open_context
from headgate.spine.lineage import learned
from headgate.spine.lineage.learned import learned_from, read_by
from headgate.spine.ports import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


@pytest.fixture
def opened(project: Project, tmp_path: Path) -> Iterator[Context]:
    found = open_context(tmp_path / "project")
    yield found
    found.opened.close()


def references(context: Context) -> tuple[Reference, ...]:
    return context.registry.watched["deployment"].references(context, "prod")


def trained(project: Project) -> tuple[str, str]:
    """A model of a training set, which a run made of raw rows; returns both runs."""
    project.dataset.commit("raw", [{"x": 1}, {"x": 2}])
    with project.run("prepare") as prepare:
        rows = project.dataset.read("raw")
        project.dataset.commit("train", rows.to_pylist(), run=prepare.id)
    project.dataset.commit("raw", [{"x": 3}])
    with project.run("fit") as fit:
        project.dataset.read("train")
        fit.log_model("churn", {"n": 1})
    return prepare.id, fit.id


def test_a_deployment_learned_from_what_its_models_run_read_and_what_that_was_made_of(
    project: Project, opened: Context
) -> None:
    prepare, fit = trained(project)
    project.dataset.commit("docs", [{"t": "a"}])
    project.release.create("api", model="churn@1", index="docs@1")
    project.deployment.create("prod", release="api@1")

    found = references(opened)

    model = ("prod", "api@1", "churn@1", f"run:{fit}")
    assert found == (
        Reference(dataset="train", number=1, path=model),
        Reference(dataset="docs", number=1, path=("prod", "api@1", "index")),
        Reference(dataset="raw", number=1, path=(*model, "train@1", f"run:{prepare}")),
    )


def test_only_the_release_in_service_counts(project: Project, opened: Context) -> None:
    trained(project)
    project.release.create("api", model="churn@1")
    project.release.create("api", provider_model="theirs")
    project.deployment.create("prod", release="api@1")

    before = references(opened)
    project.deployment.promote("prod", "api@2")

    assert [one.dataset for one in before] == ["train", "raw"]
    assert references(opened) == ()


def test_a_deployment_that_is_not_there_is_told(opened: Context) -> None:
    with pytest.raises(NotFound, match="prod"):
        references(opened)


def test_a_run_that_read_a_snapshot_twice_read_it_once(project: Project, opened: Context) -> None:
    project.dataset.commit("raw", [{"x": 1}])
    project.dataset.commit("other", [{"x": 1}])
    with project.run("fit") as fit:
        for name in ("raw", "other", "raw"):
            project.dataset.read(name)

    found = read_by(opened, fit.id, ("prod",))

    assert [(one.dataset, one.number) for one in found] == [("raw", 1), ("other", 1)]
    assert {one.path for one in found} == {("prod", f"run:{fit.id}")}
    assert read_by(opened, "run_of_nobody", ()) == []


def test_what_was_made_of_itself_ends(project: Project, opened: Context) -> None:
    project.dataset.commit("rows", [{"x": 1}])
    for n in range(3):
        with project.run("grow") as grow:
            rows = project.dataset.read("rows").to_pylist()
            project.dataset.commit("rows", [*rows, {"x": n + 2}], run=grow.id)

    found = learned_from(opened, [Reference(dataset="rows", number=4, path=())])

    numbers = [one.number for one in found]
    assert numbers[0] == 4
    assert sorted(numbers) == [1, 2, 3, 4]


def test_only_so_many_steps_are_followed(
    project: Project, opened: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(project)
    start = Reference(dataset="train", number=1, path=("here",))

    whole = learned_from(opened, [start, start])
    monkeypatch.setattr(learned, "MOST_STEPS", 1)

    assert [one.dataset for one in whole] == ["train", "raw"]
    assert learned_from(opened, [start]) == (start,)
    assert learned_from(opened, []) == ()


def test_a_snapshot_that_is_not_there_has_no_ancestors(opened: Context) -> None:
    gone = Reference(dataset="gone", number=7, path=())

    assert learned_from(opened, [gone]) == (gone,)
