"""A person erased from the events of other tools: the words go, the graph and the numbers stay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.pipeline.openlineage.telling import facet, take, told

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

SQL = "select * from orders where who = 'Ada Lovelace'"


@pytest.fixture
def named(project: Project) -> Project:
    """A person among our rows, and in the SQL that another tool told."""
    project.dataset.commit("orders", [{"id": 1, "who": "Ada Lovelace"}, {"id": 2, "who": "Bob"}])
    take(project, told("etl", 1, sql=facet(query=SQL), reads=("orders",)), told("etl", 2))
    return project


def test_an_erasure_takes_the_words_out_of_foreign_events(named: Project) -> None:
    named.dataset.erase("orders", "id = 1", aliases=["Ada Lovelace"], apply=True)

    first = json.loads(named.lineage.events().events[-1].text)
    assert first["run"]["facets"]["sql"]["query"] == SQL.replace("Ada Lovelace", "[erased]")
    assert first["inputs"][0]["name"] == "orders"


def test_a_plan_takes_nothing_out(named: Project) -> None:
    named.dataset.erase("orders", "id = 1", aliases=["Ada Lovelace"])

    assert SQL in named.lineage.events().events[-1].text


def test_an_erased_event_that_comes_again_is_known(named: Project) -> None:
    named.dataset.erase("orders", "id = 1", aliases=["Ada Lovelace"], apply=True)

    again = take(named, told("etl", 1, sql=facet(query=SQL), reads=("orders",)))

    assert (again.n_new, again.n_known) == (0, 1)
    assert "Lovelace" not in "".join(one.text for one in named.lineage.events().events)
