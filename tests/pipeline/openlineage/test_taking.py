"""Events taken in, listed, and tied to datasets of ours."""

from __future__ import annotations

import gc
import json
import random
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.openlineage import taking
from headgate.pipeline.openlineage.reading import MAX_NAME, MAX_NAMESPACE
from tests.pipeline.openlineage.telling import PLACE, body, dashboard, run_id, table, take, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.surfaces.python import Project


@pytest.mark.row("S3-30", part="malformed")
def test_what_cannot_be_read_is_named_and_the_others_land(project: Project) -> None:
    found = take(project, told("a", 1), {"eventTime": "2026-11-03"}, told("b", 2))

    assert (found.n_events, found.n_new, found.n_refused, found.has_findings) == (3, 2, 1, True)
    assert [one.position for one in found.refused] == [1]
    assert "neither a job nor a dataset" in found.refused[0].reason


@pytest.mark.row("S3-30", part="disorder")
def test_events_taken_again_change_nothing(project: Project) -> None:
    take(project, told("a", 1), told("b", 2))

    again = take(project, told("b", 2), told("a", 1))

    assert (again.n_new, again.n_known) == (0, 2)
    assert [one.kind for one in project.event.list().events] == ["foreign_events_taken"]


def test_many_events_land_in_several_units_of_work(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "CHUNK_EVENTS", 3)

    found = take(project, *(told("a", number) for number in range(8)))

    counts = [one.payload["n_events"] for one in project.event.list().events]
    assert (found.n_new, counts) == (8, [2, 3, 3])


def test_more_than_a_hundred_refused_events_are_counted(project: Project) -> None:
    found = project.lineage.take(b"\n".join([b"{}"] * 150))

    assert (found.n_refused, len(found.refused)) == (150, taking.NAMED)


@pytest.mark.row("S3-30", part="verbatim")
def test_events_are_read_back_as_they_came(project: Project) -> None:
    text = '{"eventTime":  "2026-11-03T10:00:00Z", "job":{"name":"j","namespace":"n"},"new":[1.0]}'
    project.lineage.take(f"[ {text} , {json.dumps(told('a', 1))} ]".encode())

    found = project.lineage.events()

    assert found.n_all == 2
    assert [one.text for one in found.events] == [json.dumps(told("a", 1)), text]
    assert [one.number for one in project.lineage.events(before=2).events] == [1]


def test_events_of_a_run_come_in_their_own_order(project: Project) -> None:
    later, earlier = told("a", 1, at="2100-01-02"), told("a", 1, kind="START", at="2100-01-01")
    take(project, later, told("b", 2), earlier)

    found = project.lineage.events(run_id=run_id(1))

    assert [json.loads(one.text)["eventType"] for one in found.events] == ["START", "COMPLETE"]


def test_datasets_and_jobs_are_listed_with_what_of_them_is_ours(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1}])
    take(project, told("bi", 1, reads=("shop.orders",), writes=(dashboard("sales"),)))
    project.lineage.link(f"{PLACE}/shop.orders", "orders")

    datasets, jobs = project.lineage.list(), project.lineage.list(kind="job", namespace="airflow")

    assert [(one.name, one.type, one.ours) for one in datasets.nodes] == [
        ("bi/sales", "dashboard", None),
        (f"{PLACE}/shop.orders", None, "orders"),
    ]
    assert ([one.name for one in jobs.nodes], jobs.n_all) == (["airflow/bi"], 1)


def test_a_link_can_be_changed_and_taken_back(project: Project) -> None:
    for name in ("orders", "sales"):
        project.dataset.commit(name, [{"id": 1}])
    take(project, told("bi", 1, reads=("shop.orders",)))
    foreign = f"{PLACE}:shop.orders"

    turns = [project.lineage.link(foreign, name) for name in ("orders", "orders", "sales")]
    ours = project.lineage.list().nodes[0].ours
    back = [project.lineage.link(foreign, "sales", remove=True).was_new for _ in range(2)]

    assert [one.was_new for one in turns] == [True, False, True]
    assert (ours, back) == ("sales", [True, False])


def test_what_nobody_told_of_cannot_be_linked(project: Project) -> None:
    project.dataset.commit("orders", [{"id": 1}])
    take(project, told("bi", 1, reads=("shop.orders",)))

    with pytest.raises(NotFound, match="foreign dataset"):
        project.lineage.link(f"{PLACE}/shop.order", "orders")
    with pytest.raises(NotFound, match="did you mean orders"):
        project.lineage.link(f"{PLACE}/shop.orders", "order")


def test_the_longest_names_are_kept(project: Project) -> None:
    chance = random.Random(1)
    name, namespace = (
        "".join(chr(chance.randrange(0x1F300, 0x1F600)) for _ in range(most))
        for most in (MAX_NAME, MAX_NAMESPACE)
    )
    take(project, told("a", 1, reads=(table(name, namespace),)))

    (found,) = project.lineage.list(namespace=namespace).nodes

    assert found.name == f"{namespace}/{name}"


def test_a_broken_array_is_refused_whole(project: Project) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        project.lineage.take(body(told("a", 1)) + b"x")

    assert project.lineage.events().n_all == 0


@pytest.mark.parametrize("state", [gc.enable, gc.disable])
def test_the_collector_is_left_as_it_was(project: Project, state: Callable[[], None]) -> None:
    state()
    try:
        before = gc.isenabled()
        take(project, told("etl.load", 1))
        after = gc.isenabled()
    finally:
        gc.enable()

    assert after == before
