"""A PostgreSQL server that restarts, before, in the middle of and during commits."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Unavailable
from headgate.spine.context import open_context
from headgate.spine.init import init
from headgate.spine.lineage.events import first_broken
from headgate.spine.store import engines, queries
from headgate.spine.store.catalog import Catalog, open_catalog
from tests.asking import commit, log, read, root_of, values
from tests.backends.servers import Postgres, running_postgres
from tests.backends.wire import Wire, wire_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context

pytestmark = pytest.mark.full


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A server of this test's own."""
    with running_postgres() as one:
        yield one


@pytest.fixture
def context(server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A project on that server."""
    monkeypatch.setenv("HEADGATE_STORE_CATALOG", server.url())
    init(tmp_path / "project")
    opened = open_context(tmp_path / "project")
    yield opened
    opened.opened.close()


def bump(catalog: Catalog) -> int:
    with catalog.write() as connection:
        return queries.bump(connection, "default", "rid", 1)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_between_commits_is_not_noticed(
    server: Postgres, context: Context, mode: str
) -> None:
    commit(context, "orders", {"id": [1]})
    server.stop(mode)
    server.start()

    was_read = values(context, "orders")
    server.stop(mode)
    server.start()
    commit(context, "orders", {"id": [2]}, mode="append")

    assert was_read == {"id": [1]}
    assert values(context, "orders") == {"id": [1, 2]}


def test_a_server_that_comes_back_in_time_is_waited_for(server: Postgres, context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    server.stop()
    later = threading.Timer(1.5, server.start)
    later.start()

    commit(context, "orders", {"id": [2]}, mode="append")

    later.join()
    assert values(context, "orders") == {"id": [1, 2]}


def test_a_server_that_stays_away_is_told(
    server: Postgres, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "RESTART_S", 0.5)
    commit(context, "orders", {"id": [1]})
    server.stop()

    with pytest.raises(Unavailable) as caught:
        commit(context, "orders", {"id": [2]}, mode="append")

    server.start()
    assert "try again" in caught.value.mend
    assert values(context, "orders") == {"id": [1]}
    assert commit(context, "orders", {"id": [2]}, mode="append").number == 2


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_inside_a_transaction_undoes_it_and_says_so(
    server: Postgres, context: Context, mode: str
) -> None:
    catalog = context.catalog
    before = bump(catalog)

    def write_and_lose() -> None:
        with catalog.write() as connection:
            queries.bump(connection, "default", "rid", 100)
            server.stop(mode)
            server.start()

    with pytest.raises(Unavailable) as caught:
        write_and_lose()

    assert "nothing was changed" in caught.value.message
    assert bump(catalog) == before + 1


@pytest.fixture
def wire(server: Postgres) -> Iterator[Wire]:
    """A wire to the server that can be cut."""
    with wire_to(server.port) as one:
        yield one


def test_a_commit_whose_answer_is_lost_is_known_to_have_landed(
    server: Postgres, context: Context, wire: Wire, tmp_path: Path
) -> None:
    address = server.url().replace(str(server.port), str(wire.port))
    catalog = open_catalog(address, tmp_path)
    before = bump(catalog)

    wire.cut_after = b"COMMIT"
    after = bump(catalog)

    assert wire.n_cut == 1
    assert (after, bump(context.catalog)) == (before + 1, before + 2)
    catalog.close()


def test_a_commit_of_which_nobody_can_tell_says_where_to_look(
    server: Postgres, wire: Wire, context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "RESTART_S", 0.0)
    address = server.url().replace(str(server.port), str(wire.port))
    catalog = open_catalog(address, tmp_path)
    bump(catalog)

    wire.cut_after = b"COMMIT"
    with pytest.raises(Unavailable) as caught:
        bump(catalog)

    assert "headgate dataset log" in caught.value.mend
    catalog.close()


def test_writers_lose_nothing_while_the_server_restarts_again_and_again(
    server: Postgres, context: Context
) -> None:
    acknowledged: list[int] = []
    unknown: list[str] = []
    done = threading.Event()

    def write(who: int) -> None:
        number = 0
        while not done.is_set():
            number += 1
            try:
                commit(context, "orders", {"id": [who * 10_000 + number]}, mode="append")
                acknowledged.append(who * 10_000 + number)
            except Unavailable as error:
                if "nothing was changed" not in f"{error.message} {error.mend}":
                    unknown.append(str(error))

    threads = [threading.Thread(target=write, args=(who,)) for who in (1, 2)]
    for thread in threads:
        thread.start()
    for mode in ("immediate", "fast", "immediate", "immediate"):
        time.sleep(1.5)
        server.stop(mode)
        server.start()
    time.sleep(1.0)
    done.set()
    for thread in threads:
        thread.join()

    found: list[int] = values(context, "orders")["id"]
    assert len(acknowledged) > 20
    assert set(acknowledged) <= set(found)
    assert len(set(found)) == len(found)
    assert len(found) - len(acknowledged) <= len(unknown)
    snapshots = log(context, "orders")
    assert [one.number for one in snapshots] == list(range(len(snapshots), 0, -1))
    for snapshot in snapshots[:: max(1, len(snapshots) // 20)]:
        assert root_of(read(context, "orders", snapshot.number)) == snapshot.content_root
    with context.catalog.read() as connection:
        assert first_broken(connection, context.tenant) is None
