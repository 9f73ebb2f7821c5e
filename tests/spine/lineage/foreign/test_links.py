"""Names of foreign things as they may be typed, and which of them are ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.pipeline.openlineage.graph import graph
from headgate.spine.context import open_context
from headgate.spine.lineage.foreign.links import (
    aliases_in,
    find_nodes,
    own_namespace,
    own_nodes,
    readings_of,
    written,
)
from headgate.spine.lineage.foreign.told import Named, node_of
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from tests.pipeline.openlineage.telling import table, take, told

if TYPE_CHECKING:
    from headgate.spine.context import Context

NAMES = [
    Named("postgres://db:5432", "shop.public.orders"),
    Named("s3://lake", "raw/2026/orders"),
    Named("file", "/data/orders.csv"),
    Named("bigquery", "project.set.table"),
    Named("kafka://b:9092", "orders-topic"),
]


@pytest.mark.parametrize("named", NAMES)
@pytest.mark.parametrize("between", ["/", ":"])
def test_a_name_is_found_as_it_is_written(named: Named, between: str) -> None:
    assert named in readings_of(f"{named.namespace}{between}{named.name}")
    assert named in readings_of(written(named))


@pytest.mark.parametrize("text", ["", "orders", ":", "a:", "/b"])
def test_a_text_without_two_parts_names_nothing(text: str) -> None:
    assert readings_of(text) == []


@pytest.mark.parametrize("named", NAMES)
def test_what_was_told_of_is_found_by_its_name(
    project: Project, context: Context, named: Named
) -> None:
    take(project, told("etl", 1, reads=(table(named.name, named.namespace),)))

    with context.catalog.read() as connection:
        (found,) = find_nodes(connection, "default", written(named))

    assert (found.named, found.kind, found.node) == (named, "dataset", node_of("dataset", named))


def test_a_job_and_a_dataset_of_one_name_are_two(project: Project, context: Context) -> None:
    take(project, told("etl", 1, reads=(table("etl", "airflow"),)))

    with context.catalog.read() as connection:
        both = find_nodes(connection, "default", "airflow/etl")
        (job,) = find_nodes(connection, "default", "airflow/etl", ("job",))

    assert {one.kind for one in both} == {"job", "dataset"}
    assert job.kind == "job"


def test_what_nobody_told_of_is_not_found(context: Context) -> None:
    with context.catalog.read() as connection, pytest.raises(NotFound, match="foreign job 'a/b'"):
        find_nodes(connection, "default", "a/b", ("job",))


@pytest.mark.parametrize("text", ["orders", "=orders", "pg://db/orders=", "a/b=c, d"])
def test_an_alias_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"lineage\.aliases"):
        aliases_in(text)


@pytest.mark.parametrize(
    ("flags", "namespace"),
    [
        ({}, "headgate://project"),
        ({"tenant": "acme"}, "headgate://project/acme"),
        ({"lineage.namespace": "lake"}, "lake"),
    ],
)
def test_our_namespace_is_made_of_the_project_unless_it_is_said(
    project: Project, flags: dict[str, str], namespace: str
) -> None:
    context = open_context(Path(project.address), flags=flags)

    assert own_namespace(context.settings) == namespace


def test_only_datasets_there_are_can_be_ours(project: Project) -> None:
    flags = {"lineage.aliases": "pg://db/orders=orders,pg://db/gone=gone"}
    context = open_context(Path(project.address), flags=flags)

    with context.catalog.read() as connection:
        found = own_nodes(connection, "default", context.settings, ["orders"])

    context.opened.close()
    own = [Named("headgate://project", "orders"), Named("pg://db", "orders")]
    assert {node_of("dataset", named) for named in own} <= found.keys()
    assert set(found.values()) == {"orders"}


LAKE = [Named("s3://lake", "raw/orders"), Named("s3://lake/raw", "orders")]


@pytest.fixture
def alike(project: Project) -> Project:
    """Two foreign datasets that are written alike with a slash, and two datasets of ours."""
    take(project, told("etl", 1, reads=tuple(table(one.name, one.namespace) for one in LAKE)))
    for name in ("orders", "sales"):
        project.dataset.commit(name, [{"id": 1}])
    return project


def test_a_name_of_two_datasets_ties_neither_to_ours_but_says_how_to_write_each(
    alike: Project,
) -> None:
    with pytest.raises(Conflict, match="names 2 foreign datasets") as caught:
        alike.lineage.link("s3://lake/raw/orders", "orders")

    assert caught.value.mend == "write s3://lake/raw:orders or s3://lake:raw/orders"
    assert {one.ours for one in alike.lineage.list().nodes} == {None}


def test_datasets_written_alike_are_tied_each_by_its_colon(alike: Project) -> None:
    alike.lineage.link("s3://lake:raw/orders", "orders")
    alike.lineage.link("s3://lake/raw:orders", "sales")

    found = project_links(alike)

    assert found == {LAKE[0]: "orders", LAKE[1]: "sales"}


def test_of_names_alike_with_a_colon_too_a_link_is_told_by_the_slash(project: Project) -> None:
    both = (Named("a", "b:c"), Named("a:b", "c"))
    take(project, told("etl", 1, reads=tuple(table(one.name, one.namespace) for one in both)))
    project.dataset.commit("orders", [{"id": 1}])

    with pytest.raises(Conflict, match="'a:b:c' names 2 foreign datasets") as caught:
        project.lineage.link("a:b:c", "orders")
    done = project.lineage.link("a/b:c", "orders")

    assert caught.value.mend == "write a/b:c or a:b/c"
    assert (done.foreign, done.was_new) == ("a/b:c", True)


def test_a_graph_begins_at_the_dataset_whose_colon_is_written(
    alike: Project, context: Context
) -> None:
    take(alike, told("only", 2, reads=(table("raw/orders", "s3://lake"),)))

    graphs = [graph(context, f"dataset:{one.namespace}:{one.name}", 1)["graph"] for one in LAKE]

    assert [{one["data"]["name"] for one in found} for found in graphs] == [
        {"raw/orders", "etl", "only"},
        {"orders", "etl"},
    ]


def test_links_of_tenants_do_not_meet(alike: Project) -> None:
    foreign = "s3://lake:raw/orders"
    alike.lineage.link(foreign, "orders")

    with Project(Local(open_context(Path(alike.address), flags={"tenant": "acme"}))) as acme:
        acme.dataset.commit("orders", [{"id": 1}])
        with pytest.raises(NotFound, match="nobody told of"):
            acme.lineage.link(foreign, "orders", remove=True)
        take(acme, told("etl", 1, reads=(table("raw/orders", "s3://lake"),)))
        removed = acme.lineage.link(foreign, "orders", remove=True)

    assert not removed.was_new
    assert project_links(alike)[LAKE[0]] == "orders"


def test_a_link_counts_before_the_setting_and_the_setting_again_when_it_is_gone(
    alike: Project,
) -> None:
    flags = {"lineage.aliases": "s3://lake:raw/orders=orders"}
    with Project(Local(open_context(Path(alike.address), flags=flags))) as said:
        ours = [project_links(said)[LAKE[0]]]
        for remove in (False, True):
            said.lineage.link("s3://lake:raw/orders", "sales", remove=remove)
            ours.append(project_links(said)[LAKE[0]])

    assert ours == ["orders", "sales", "orders"]


def project_links(project: Project) -> dict[Named, str | None]:
    """Return for the two datasets of the lake which of ours each is."""
    shown = project.lineage.list(namespace="s3://lake"), project.lineage.list(namespace=LAKE[1][0])
    return {
        named: line.ours for named, found in zip(LAKE, shown, strict=True) for line in found.nodes
    }
