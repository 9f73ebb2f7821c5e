"""One dataset has one name, however tools spell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.spine.lineage.foreign.told import Named, node_of, one_spelling
from tests.pipeline.openlineage.telling import PLACE, table, take, told

if TYPE_CHECKING:
    from headgate.surfaces.python import Project


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("file", "/lake/a.csv"), ("file://", "lake/a.csv")),
        (("file", "/lake/a.csv"), ("file://", "/lake/a.csv")),
        (("s3://lake", "a.csv"), ("s3a://lake", "/a.csv")),
        (("gs://lake", "a.csv"), ("gcs://lake", "a.csv")),
        (("postgres://db:5432", "shop.orders"), ("postgresql://db:5432", "shop.orders")),
    ],
)
def test_two_spellings_of_a_place_are_one_dataset(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert node_of("dataset", Named(*one)) == node_of("dataset", Named(*other))
    assert one_spelling(Named(*other)) == Named(*one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("file", "lake/a.csv"), ("file", "/lake/a.csv")),
        (("file://ada", "/lake/a.csv"), ("file", "/lake/a.csv")),
        (("hdfs://lake", "/a.csv"), ("hdfs://lake", "a.csv")),
        (("s3", "lake/a.csv"), ("s3://lake", "a.csv")),
    ],
)
def test_what_may_be_two_places_stays_two(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert node_of("dataset", Named(*one)) != node_of("dataset", Named(*other))


def test_a_job_is_named_as_its_tool_names_it() -> None:
    assert node_of("job", Named("s3a://x", "j")) != node_of("job", Named("s3://x", "j"))


def test_a_file_that_two_tools_spell_in_two_ways_joins_their_jobs(project: Project) -> None:
    take(
        project,
        told("export", 1, reads=("orders",), writes=(table("lake/a.csv", "file://"),)),
        told("train", 2, reads=(table("/lake/a.csv", "file"),), writes=("model",)),
    )

    reach = project.blast("foreign:airflow/export").foreign

    assert reach is not None
    assert [one.name for one in reach.datasets] == ["file//lake/a.csv", f"{PLACE}/model"]
