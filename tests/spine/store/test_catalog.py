"""The catalog: every key has its tenant, writers wait for one another, errors have mends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from headgate.core.errors import Conflict, Invalid, NotFound, Unavailable
from headgate.spine.context import Context, open_context
from headgate.spine.init import init
from headgate.spine.store import queries
from headgate.spine.store.catalog import open_catalog
from headgate.spine.store.migrate import metadatas
from headgate.spine.store.tables import metadata

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.row("S3-43", part="ids")
def test_every_table_of_every_stage_has_the_tenant_first_in_its_key() -> None:
    tables = [table for one in metadatas() for table in one.sorted_tables]

    first = {table.name: next(iter(table.primary_key.columns)).name for table in tables}

    assert len(first) >= len(metadata.tables)
    assert set(first.values()) == {"tenant"}


def test_every_index_begins_with_the_tenant() -> None:
    tables = [table for one in metadatas() for table in one.sorted_tables]

    first = {
        index.name: next(iter(index.columns)).name for table in tables for index in table.indexes
    }

    assert set(first.values()) == {"tenant"}


def test_commits_survive_a_loss_of_power(context: Context) -> None:
    with context.catalog.read() as connection:
        found = [
            connection.execute(text(f"pragma {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert found == ["wal", 2, 1]


def test_a_commit_that_hurries_does_not_wait_for_the_disk_and_the_next_one_does(
    context: Context,
) -> None:
    waits: list[int] = []

    for hurries in (True, False):
        with context.catalog.write(hurries=hurries) as connection:
            queries.bump(connection, "default", "rid", 1)
            waits.append(connection.execute(text("pragma synchronous")).scalar() or 0)

    with context.catalog.read() as connection:
        assert queries.counted(connection, "default", "rid") == 2
    assert waits == [1, 2]


def test_row_ids_and_batches_are_counted_together_and_apart(context: Context) -> None:
    with context.catalog.write() as connection:
        first = queries.mint(connection, "default", 10, 2)
        queries.bump(connection, "default", "rid", 5)
        second = queries.mint(connection, "default", 1, 1)

    assert (first, second) == ((1, 1), (16, 3))


def test_an_exception_undoes_what_was_written(context: Context) -> None:
    def write_and_break() -> None:
        with context.catalog.write() as connection:
            queries.bump(connection, "default", "rid", 10)
            raise KeyError

    with pytest.raises(KeyError):
        write_and_break()

    with context.catalog.write() as connection:
        assert queries.bump(connection, "default", "rid", 1) == 1


def test_what_is_written_in_a_reading_transaction_is_not_kept(context: Context) -> None:
    with context.catalog.read() as connection:
        queries.bump(connection, "default", "rid", 10)

    with context.catalog.write() as connection:
        assert queries.bump(connection, "default", "rid", 1) == 1


def test_a_reader_sees_one_state_while_others_write(context: Context) -> None:
    count = text("select count(*) from counters where name = 'seen'")

    with context.catalog.read() as reader:
        before = reader.execute(count).scalar()
        with context.catalog.write() as writer:
            queries.bump(writer, "default", "seen", 1)
        after = reader.execute(count).scalar()

    assert (before, after) == (0, 0)


def test_counters_count_from_one_for_each_tenant_and_name(context: Context) -> None:
    with context.catalog.write() as connection:
        first = queries.bump(connection, "acme", "rid", 5)
        second = queries.bump(connection, "acme", "rid", 2)
        other_name = queries.bump(connection, "acme", "rev", 1)
        other_tenant = queries.bump(connection, "umbrella", "rid", 1)

    assert (first, second, other_name, other_tenant) == (1, 6, 1, 1)


def test_writers_wait_for_one_another(context: Context) -> None:
    taken: list[int] = []

    def take() -> None:
        for _ in range(10):
            with context.catalog.write() as connection:
                taken.append(queries.bump(connection, "default", "rid", 1))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == list(range(1, 41))


def test_a_version_of_no_dataset_is_refused(context: Context) -> None:
    pointer = queries.Pointer("nowhere", "main", "branch", 1)

    with pytest.raises(Conflict) as caught, context.catalog.write() as connection:
        queries.put_ref(connection, "default", pointer)

    assert "FOREIGN KEY constraint failed" in caught.value.message


def test_an_address_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        open_catalog("no address", tmp_path)

    assert "write sqlite:///catalog.db" in caught.value.mend


def test_a_catalog_that_is_no_database_says_so(tmp_path: Path) -> None:
    init(tmp_path)
    for path in (tmp_path / ".headgate").glob("catalog.db*"):
        path.unlink()
    (tmp_path / ".headgate" / "catalog.db").write_bytes(b"this is no database " * 100)

    with pytest.raises(Invalid) as caught, open_context(tmp_path).catalog.read():
        pass

    assert "is no catalog" in caught.value.message
    assert caught.value.mend == "restore the file from a backup"


def test_a_catalog_in_no_folder_does_not_answer(tmp_path: Path) -> None:
    catalog = open_catalog("sqlite:///catalog.db", tmp_path / "missing")

    with pytest.raises(Unavailable) as caught, catalog.read():
        pass

    assert "unable to open database file" in caught.value.message


def test_a_catalog_that_was_removed_is_not_found(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / ".headgate" / "catalog.db").unlink()

    with pytest.raises(NotFound) as caught, open_context(tmp_path).catalog.read():
        pass

    assert "headgate init" in caught.value.mend


@pytest.mark.parametrize("address", ["mysql://ann:s3cret@host/shop", "no://ann:s3cret@host:x/"])
def test_a_password_is_not_shown_when_an_address_cannot_be_read(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(Invalid) as caught:
        open_catalog(address, tmp_path)

    assert "s3cret" not in str(caught.value)
