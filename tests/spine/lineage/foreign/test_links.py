"""Names of foreign things as they may be typed, and which of them are ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid, NotFound
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
from tests.pipeline.openlineage.telling import table, take, told

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

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
