"""The catalog on PostgreSQL: one writer, readers of one state, and errors that hide passwords."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from headgate.core.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from headgate.spine.context import open_context
from headgate.spine.init import init
from headgate.spine.store import engines, queries
from headgate.spine.store.catalog import Catalog, open_catalog
from headgate.spine.store.migrate import differences, upgrade
from tests.asking import commit, values
from tests.backends.servers import free_port
from tests.spine.store.test_migrate import shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context
    from tests.backends.places import Backends
    from tests.backends.servers import Postgres


@pytest.fixture
def address(backends: Backends) -> str:
    """An empty schema."""
    return backends.catalog()


@pytest.fixture
def catalog(address: str, tmp_path: Path) -> Iterator[Catalog]:
    """A catalog that holds nothing yet."""
    made = open_catalog(address, tmp_path)
    made.create()
    yield made
    made.close()


def bump(catalog: Catalog, by: int = 1) -> int:
    with catalog.write() as connection:
        return queries.bump(connection, "default", "rid", by)


def test_every_migration_runs_and_leaves_what_the_code_declares(
    catalog: Catalog, backends: Backends, tmp_path: Path
) -> None:
    migrated = open_catalog(backends.catalog(), tmp_path)
    upgrade(migrated.engine)
    with migrated.read() as connection:
        found = differences(connection)

    assert found == []
    assert shape(catalog.engine) == shape(migrated.engine)
    assert catalog.require_current().migration() == migrated.migration()
    migrated.close()


def test_an_exception_undoes_what_was_written(catalog: Catalog) -> None:
    def write_and_break() -> None:
        with catalog.write() as connection:
            queries.bump(connection, "default", "rid", 10)
            raise KeyError

    with pytest.raises(KeyError):
        write_and_break()

    assert bump(catalog) == 1


def test_a_reading_transaction_cannot_write(catalog: Catalog) -> None:
    with pytest.raises(DBAPIError, match="read-only"), catalog.read() as connection:
        queries.bump(connection, "default", "rid", 10)

    assert bump(catalog) == 1


def test_a_reader_sees_one_state_while_others_write(catalog: Catalog) -> None:
    count = text("select count(*) from counters")

    with catalog.read() as reader:
        before = reader.execute(count).scalar()
        bump(catalog)
        after = reader.execute(count).scalar()

    assert (before, after) == (0, 0)


def test_a_writer_sees_what_the_one_before_it_wrote(catalog: Catalog) -> None:
    taken: list[int] = []

    def take() -> None:
        taken.extend(bump(catalog) for _ in range(10))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == list(range(1, 81))


def test_a_writer_waits_for_another_one_only_so_long(
    address: str, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LOCK_WAIT_MS", 200)
    other = open_catalog(address, tmp_path)

    with catalog.write(), pytest.raises(Unavailable) as caught:
        bump(other)

    assert "lock timeout" in caught.value.message
    assert bump(other) == 1
    other.close()


def test_a_row_that_contradicts_another_is_refused(catalog: Catalog) -> None:
    pointer = queries.Pointer("nowhere", "main", "branch", 1)

    with pytest.raises(Conflict) as caught, catalog.write() as connection:
        queries.put_ref(connection, "default", pointer)

    assert "foreign key" in caught.value.message


def test_a_value_that_does_not_fit_is_told_without_the_value(catalog: Catalog) -> None:
    with pytest.raises(Invalid) as caught, catalog.write() as connection:
        queries.bump(connection, "ann@example.org" * 10, "rid", 1)

    assert "value too long" in caught.value.message
    assert "ann" not in str(caught.value)


def test_two_projects_share_a_database_in_schemas_of_their_own(
    backends: Backends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("north", "south"):
        monkeypatch.setenv("HEADGATE_STORE_CATALOG", backends.catalog())
        init(tmp_path / name)
    monkeypatch.delenv("HEADGATE_STORE_CATALOG")
    north, south = open_context(tmp_path / "north"), open_context(tmp_path / "south")

    commit(north, "orders", {"id": [1]})
    commit(south, "orders", {"id": [2]})

    assert values(north, "orders") == {"id": [1]}
    assert values(south, "orders") == {"id": [2]}
    for one in (north, south):
        one.opened.close()


def test_a_schema_with_another_projects_catalog_is_refused(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADGATE_STORE_CATALOG", address)
    init(tmp_path / "north")

    with pytest.raises(Conflict) as caught:
        init(tmp_path / "south")

    assert "there is a catalog in postgresql" in caught.value.message
    assert "search_path" in caught.value.mend
    assert not (tmp_path / "south" / "headgate.toml").exists()


def test_an_empty_schema_says_what_to_run(address: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        open_catalog(address, tmp_path).require_current()

    assert caught.value.mend == "run: headgate init"


def test_a_user_without_the_right_is_denied(
    postgres: Postgres, address: str, catalog: Catalog, tmp_path: Path
) -> None:
    postgres.say("do $$ begin create role guest login; exception when others then null; end $$")
    schema = address.rpartition("%3D")[2]
    postgres.say(f"grant usage on schema {schema} to guest")

    guest = open_catalog(address.replace("postgres@", "guest:s3cret@"), tmp_path)

    with pytest.raises(Denied) as caught:
        bump(guest)

    guest.close()

    assert "permission denied" in caught.value.message
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("place", ["{}:s3cret@127.0.0.1", "{}@127.0.0.1?password=s3cret"])
def test_a_server_that_is_not_there_is_told_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(engines, "RESTART_S", 0.3)
    address, _, query = f"postgresql://{place.format('ann')}".partition("?")

    with pytest.raises(Unavailable) as caught:
        open_catalog(f"{address}:{free_port()}/shop?{query}", tmp_path).require_current()

    assert "ann" in caught.value.message
    assert "s3cret" not in str(caught.value)
    assert "try again" in caught.value.mend


def test_an_address_with_a_password_is_written_down_by_its_variable(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = address.replace("postgres@", "postgres:s3cret@")
    monkeypatch.setenv("HEADGATE_STORE_CATALOG", secret)

    init(tmp_path)

    written = (tmp_path / "headgate.toml").read_text(encoding="utf-8")
    assert 'catalog = "env:HEADGATE_STORE_CATALOG"' in written
    assert "s3cret" not in written
    context: Context = open_context(tmp_path)
    commit(context, "orders", {"id": [1]})
    context.opened.close()
