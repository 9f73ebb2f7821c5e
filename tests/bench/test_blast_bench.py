"""The blast benchmark at a tiny scale: our answers are those of a plain recursive query."""

from __future__ import annotations

from pathlib import Path

import pytest

import headgate
from bench.blast import compare
from bench.parts.plan import Plan, questions
from bench.parts.world import World, open_world


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(scale=0.001, days=4)


@pytest.fixture(scope="module")
def world(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> World:
    return open_world(plan, root=tmp_path_factory.mktemp("bench"))


def test_every_count_is_that_of_the_recursive_queries(plan: Plan, world: World) -> None:
    asked = questions(plan)
    chosen = [*asked["one day"][::4], *asked["three days"][:2], asked["all days"][0]]

    with headgate.open(world.project) as project:
        compared = compare(project, world, chosen)

    assert [one.question for one in compared if not one.agree] == []
    assert all(set(one.naive) >= {"SQLite recursive CTE"} for one in compared)
    assert any(one.reach.n_exact for one in compared)
    assert any(one.reach.n_exposed < world.facts.n_predictions for one in compared)


def test_a_world_is_built_once(plan: Plan, world: World) -> None:
    again = open_world(plan, root=Path(world.folder).parent)

    assert again == world
    assert len(world.facts.versions) == 24
    assert len(world.facts.models) == 16
