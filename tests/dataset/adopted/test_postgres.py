"""A table of PostgreSQL stays where it lies; a version is the digest of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound, Unavailable
from headgate.spine.context import open_context
from headgate.spine.lineage.foreign import links
from headgate.spine.lineage.foreign.told import Named, node_of
from tests.backends.servers import Postgres, free_port, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.surfaces.python import Project

BEFORE = "begin; drop schema if exists shop cascade; create schema shop;"
TABLE = 'create table shop."Or:ders" (id int, at timestamptz, price float8);'
ROWS = """insert into shop."Or:ders" values (1, '2026-11-02 10:00Z', 0.1), (2, null, 1e300);"""
NAME = 'shop."Or:ders"'


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as started:
        yield started


@pytest.fixture
def shop(server: Postgres) -> Postgres:
    """A server with one table of two rows, whose name needs quotes."""
    server.say(f"{BEFORE} {TABLE} {ROWS} commit")
    return server


def address(server: Postgres) -> str:
    return f"postgresql://postgres@127.0.0.1:{server.port}/postgres"


@pytest.mark.row("L-11", part="postgresql")
def test_a_table_is_a_dataset_of_one_row_with_its_digest(project: Project, shop: Postgres) -> None:
    found = project.adopt.postgres(address(shop), NAME, as_="orders")

    (row,) = project.dataset.read("orders").to_pylist()
    assert (found.snapshot, found.n_rows, found.is_new) == ("orders@1", 2, True)
    assert row["path"] == f"postgres://127.0.0.1:{shop.port}/postgres.shop.Or:ders"
    assert (row["n_rows"], len(row["digest"])) == (2, 64)


@pytest.mark.row("L-11", part="postgresql")
def test_the_same_rows_in_another_order_and_time_zone_are_the_same_version(
    project: Project, shop: Postgres
) -> None:
    project.adopt.postgres(address(shop), NAME, as_="orders")
    shop.say(f"alter role postgres set timezone = 'Asia/Tokyo'; delete from {NAME} where id = 1")
    shop.say(f"insert into {NAME} values (1, '2026-11-02 19:00+09', 0.1)")
    shop.say(f"vacuum full {NAME}")

    again = project.adopt.postgres(address(shop), NAME, as_="orders")

    assert (again.snapshot, again.is_new) == ("orders@1", False)


@pytest.mark.row("L-11", part="postgresql")
@pytest.mark.parametrize(
    "change",
    [
        f"update {NAME} set price = 0.2 where id = 1",
        f"insert into {NAME} select * from {NAME} where id = 1",
        f"delete from {NAME}",
        f"alter table {NAME} alter id type bigint",
        f"alter table {NAME} rename price to cost",
    ],
)
def test_whatever_changed_makes_the_next_version(
    project: Project, shop: Postgres, change: str
) -> None:
    project.adopt.postgres(address(shop), NAME, as_="orders")
    shop.say(change)

    again = project.adopt.postgres(address(shop), NAME, as_="orders")

    assert (again.snapshot, again.is_new) == ("orders@2", True)


def test_events_of_others_that_name_the_table_as_openlineage_does_mean_ours(
    project: Project, shop: Postgres, tmp_path: Path
) -> None:
    project.adopt.postgres(address(shop), NAME, as_="orders")

    context = open_context(tmp_path / "project")
    with context.catalog.read() as connection:
        ours = links.own_nodes(connection, context.tenant, context.settings, ["orders"])
    context.opened.close()

    named = Named(f"postgres://127.0.0.1:{shop.port}", "postgres.shop.Or:ders")
    assert ours[node_of("dataset", named)] == "orders"


def test_what_is_adopted_from_a_database_is_read_there(project: Project, shop: Postgres) -> None:
    project.adopt.postgres(address(shop), NAME, as_="orders")

    with pytest.raises(Invalid, match="lies in a database"):
        project.adopt.read("orders")


def test_what_is_not_there_is_told_without_the_password(project: Project, shop: Postgres) -> None:
    project.dataset.commit("taken", [{"id": 1}])
    nobody = f"postgresql://ann:secret@127.0.0.1:{free_port()}/postgres"

    with pytest.raises(Unavailable) as raised:
        project.adopt.postgres(nobody, "orders", as_="orders")
    with pytest.raises(NotFound, match="no table"):
        project.adopt.postgres(address(shop), "shop.none", as_="orders")
    with pytest.raises(Conflict):
        project.adopt.postgres(address(shop), NAME, as_="taken")
    for wrong in ("shop", "mysql://127.0.0.1/x"):
        with pytest.raises(Invalid, match="no address of PostgreSQL"):
            project.adopt.postgres(wrong, "orders", as_="orders")

    assert "secret" not in raised.value.message
