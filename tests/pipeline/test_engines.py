"""Who says what calls a step: the run, the step, the project; and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import Invalid, Unavailable
from headgate.pipeline.engines import calls_of, cluster_of, placed
from headgate.pipeline.steps import step, step_of
from headgate.spine.context import open_context
from tests.pipeline.ray.test_cluster import STANDIN
from tests.pipeline.writing import run, shop

if TYPE_CHECKING:
    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


def declared(**how: Any) -> Step:
    """Declare a step of one dataset."""

    @step(**how)
    def made(orders: Any) -> Any:
        return orders

    found = step_of(made)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("said", "engine"),
    [
        (("local", "", None), "local"),
        (("ray", "", None), "ray"),
        (("ray", "local", None), "local"),
        (("local", "ray", None), "ray"),
        (("local", "local", "ray"), "ray"),
        (("ray", "ray", "local"), "local"),
    ],
)
def test_the_run_goes_before_the_step_and_the_step_before_the_project(
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
    said: tuple[str, str, str | None],
    engine: str,
) -> None:
    monkeypatch.syspath_prepend(str(STANDIN))
    project_says, step_says, run_says = said
    opened = open_context(context.root, flags={"engine": project_says})

    (found,) = placed(opened, [declared(engine=step_says)], run_says)

    assert found.engine == engine
    assert found.process is (engine == "ray")
    assert (cluster_of(opened, [found]) is not None) is (engine == "ray")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"engine": "spark"}, "engine='spark'"),
        ({"resources": {"GPU": -1}}, r"resources={'GPU': -1}"),
        ({"map_over": "people"}, "mapped over 'people', which it does not read"),
        ({"map_over": "orders", "piece_rows": 0}, "piece_rows=0"),
    ],
)
def test_a_step_that_asks_for_what_is_not_there_is_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        declared(**how)


def test_settings_that_say_nothing_sensible_are_refused(context: Context) -> None:
    wrong = open_context(context.root, flags={"engine": "spark", "ray.jobs": "0"})

    with pytest.raises(Invalid, match="setting 'engine' is 'spark'"):
        placed(wrong, [declared()], None)
    with pytest.raises(Invalid, match=r"setting 'ray.jobs' is 0"):
        calls_of(wrong)


def test_without_ray_a_run_there_does_not_begin_but_can_be_planned(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop(project)

    with pytest.raises(Unavailable, match="not installed") as caught:
        project.pipeline.run("shop", engine="ray")

    assert caught.value.mend == "pip install 'headgate[ray]'"
    assert project.pipeline.history().runs == ()
    monkeypatch.setenv("HEADGATE_ENGINE", "ray")
    with headgate.open(project.address) as on_ray:
        assert {one.state for one in on_ray.pipeline.plan("shop").steps} == {"run"}


def test_a_run_on_another_engine_comes_to_the_same_and_is_not_made_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(STANDIN))
    shop(project)

    there = project.pipeline.run("shop", engine="ray")
    here = run(project)

    assert [one.state for one in there.steps] == ["ran"] * 3
    assert set(here.values()) == {"cached"}
