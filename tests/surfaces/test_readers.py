"""A snapshot opened for reading gives the same in a folder and against a server."""

from __future__ import annotations

import copy
import pickle
import sys
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

import headgate
from headgate.core.errors import Conflict, Invalid, NotFound, Unavailable
from headgate.spine.context import open_context
from headgate.spine.lineage.reads import reads_of
from headgate.spine.store.upkeep.leases import leased
from headgate.surfaces.local import Local
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.verbs import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

N_ROWS = 40_000


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Project]:
    """An empty project in a folder."""
    with headgate.init(tmp_path / "project") as opened:
        yield opened


@pytest.fixture
def context(fresh: Project) -> Iterator[Context]:
    """The context of the empty project."""
    opened = open_context(Path(fresh.address))
    yield opened
    opened.opened.close()


def rows(low: int, high: int, word: str = "old") -> pa.Table:
    """Make rows with an id, a number and a text."""
    numbers = range(low, high)
    return pa.table({"id": numbers, "x": [i / 2 for i in numbers], "word": [word] * len(numbers)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose dataset has several segments, some with deletions."""
    root = tmp_path_factory.mktemp("readers") / "project"
    with headgate.init(root) as project:
        project.dataset.commit("orders", rows(0, 25_000), key=["id"])
        project.dataset.commit("orders", rows(25_000, N_ROWS), mode="append")
        project.dataset.commit("orders", rows(100, 200, "new"), mode="upsert")
    return root


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Project]:
    """The same project behind a server."""
    local = Local(open_context(folder))
    listening = Listening(local, table(), host="127.0.0.1", port=0)
    thread = Thread(target=listening.serve)
    thread.start()
    with headgate.open(listening.address, token=listening.token_path.read_text()) as opened:
        yield opened
    listening.stop()
    thread.join()
    local.close()


@pytest.fixture(params=["folder", "server"])
def either(request: pytest.FixtureRequest, folder: Path, served: Project) -> Iterator[Project]:
    """The project in its folder, and behind the server."""
    if request.param == "server":
        yield served
        return
    with headgate.open(folder) as opened:
        yield opened


def ids_of(batches: Any) -> list[int]:
    """Collect the ids of batches of any kind."""
    return [int(one) for batch in batches for one in batch["id"]]


@pytest.mark.row("S3-26")
def test_a_reader_gives_what_read_gives(either: Project) -> None:
    reader = either.dataset.open("orders")

    whole = either.dataset.read("orders")

    assert reader.to_arrow() == whole
    assert (reader.schema, reader.n_rows) == (whole.schema, N_ROWS)
    assert reader.snapshot.number == 3


def test_an_older_snapshot_is_opened_by_its_number(either: Project) -> None:
    reader = either.dataset.open("orders@1", columns=["word"])

    assert reader.to_arrow().to_pydict() == {"word": ["old"] * 25_000}
    assert either.dataset.open("orders", 1).n_rows == 25_000


def test_a_condition_columns_and_ids_go_together(either: Project) -> None:
    reader = either.dataset.open("orders", columns=["x"], where="word = 'new'", row_ids=True)

    found: Any = reader.to_arrow()

    assert (reader.n_rows, found.column_names) == (100, ["_rid", "x"])
    assert sorted(found["x"].to_pylist()) == [i / 2 for i in range(100, 200)]


def test_batches_are_of_one_length_but_the_last(either: Project) -> None:
    batches = list(either.dataset.open("orders").batches(15_000))

    assert [batch.num_rows for batch in batches] == [15_000, 15_000, 10_000]
    assert sorted(ids_of(batch.to_pydict() for batch in batches)) == list(range(N_ROWS))


def test_rows_are_dicts(either: Project) -> None:
    found = next(either.dataset.open("orders", where="id = 150").rows())

    assert found == {"id": 150, "x": 75.0, "word": "new"}


def test_duckdb_reads_what_it_needs_again_and_again(either: Project) -> None:
    connection = duckdb.connect()
    relation = either.dataset.open("orders", row_ids=True).to_duckdb(connection)

    for _ in range(2):
        assert relation.filter("word = 'new' and x < 51").project("id").fetchall() == [
            (100,),
            (101,),
        ]
    assert relation.aggregate("count(*)").fetchall() == [(N_ROWS,)]
    assert relation.columns[0] == "_rid"


def test_an_empty_snapshot_has_columns_and_no_rows(fresh: Project) -> None:
    fresh.dataset.commit("orders", rows(0, 0))

    reader = fresh.dataset.open("orders")

    assert reader.to_arrow() == rows(0, 0).cast(reader.schema)
    assert (list(reader.batches()), list(reader.iterable())) == ([], [])


def test_pandas_gets_a_frame(either: Project) -> None:
    pytest.importorskip("pandas")

    frame = either.dataset.open("orders", where="id < 3").to_pandas()

    assert frame["x"].tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_library_that_is_missing_is_told_with_the_command(
    either: Project, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    reader = either.dataset.open("orders")

    with pytest.raises(Unavailable) as caught:
        getattr(reader, f"to_{library}")()

    assert caught.value.mend == f"pip install 'headgate[{library}]'"


def test_what_is_not_there_is_answered_by_the_nearest(either: Project) -> None:
    wrong: list[dict[str, Any]] = [{"columns": ["wort"]}, {"at": "9"}, {"where": "wort = 1"}]
    for asked in wrong:
        with pytest.raises((NotFound, Invalid)):
            either.dataset.open("orders", **asked)


def test_a_subquery_cannot_be_asked_part_by_part(either: Project) -> None:
    with pytest.raises(Invalid, match="holds a subquery"):
        either.dataset.open("orders", where="id = (select max(id) from snapshot)")


def test_a_reader_keeps_a_lease(context: Context, fresh: Project) -> None:
    fresh.dataset.commit("orders", rows(0, 5))

    fresh.dataset.open("orders")

    with context.catalog.read() as connection:
        assert leased(connection, context.tenant) == {("orders", 1)}


def test_a_run_remembers_a_reader_once_with_the_rows_it_gave(
    context: Context, fresh: Project
) -> None:
    fresh.dataset.commit("orders", rows(0, 5))

    with fresh.run("train") as run:
        reader = fresh.dataset.open("orders", where="id > 2")
        list(reader.batches())
        reader.to_arrow()

    with context.catalog.read() as connection:
        found = reads_of(connection, context.tenant, [run.id])
    assert [(one.dataset, one.condition, one.n_rows) for one in found] == [("orders", "id > 2", 2)]


def test_a_reader_goes_to_another_process(either: Project) -> None:
    reader = either.dataset.open("orders", where="id < 10")

    for again in (pickle.loads(pickle.dumps(reader)), copy.copy(reader)):
        assert again.to_arrow() == reader.to_arrow()
    assert repr(reader) == "<headgate.Reader orders@3: 10 rows, 3 columns>"


@pytest.mark.row("S3-26")
@pytest.mark.parametrize("settings", [{"batch_size": 1_000}, {"shuffle": False}, {"seed": 5}])
def test_every_row_comes_once_an_epoch(either: Project, settings: dict[str, Any]) -> None:
    stream = either.dataset.open("orders").iterable(**settings)

    found = ids_of(stream) if "batch_size" in settings else [row["id"] for row in stream]

    assert sorted(found) == list(range(N_ROWS))
    assert len(stream) == (40 if "batch_size" in settings else N_ROWS)


def test_the_order_is_drawn_from_seed_and_epoch(either: Project) -> None:
    reader = either.dataset.open("orders", columns=["id"])

    def order(**settings: Any) -> list[int]:
        return ids_of(reader.iterable(batch_size=4_096, buffer_rows=8_192, **settings))

    first = order(seed=1)
    assert first == order(seed=1)
    assert len({tuple(one[:20]) for one in (first, order(seed=2), order(seed=1, epoch=1))}) == 3
    assert first != sorted(first)


def test_another_epoch_is_set_on_the_same_stream(either: Project) -> None:
    reader = either.dataset.open("orders", columns=["id"])
    stream = reader.iterable(batch_size=8_192, seed=1)
    first = ids_of(stream)

    stream.set_epoch(1)

    assert ids_of(stream) == ids_of(reader.iterable(batch_size=8_192, seed=1, epoch=1)) != first


def test_processes_share_the_rows_evenly(either: Project) -> None:
    reader = either.dataset.open("orders", columns=["id"])

    shares = [ids_of(reader.iterable(batch_size=999, rank=i, world_size=3)) for i in range(3)]

    assert sorted(one for share in shares for one in share) == list(range(N_ROWS))
    assert {len(share) for share in shares} == {N_ROWS // 3, N_ROWS // 3 + 1}


@pytest.mark.parametrize("n_given", [0, 3, 17, 40])
def test_a_stream_resumes_exactly_where_it_stood(either: Project, n_given: int) -> None:
    reader = either.dataset.open("orders", columns=["id"])
    settings: dict[str, Any] = {"batch_size": 1_000, "buffer_rows": 20_000, "seed": 9}
    whole = [batch["id"].tolist() for batch in reader.iterable(**settings)]
    stream = reader.iterable(**settings)
    given = iter(stream)
    for _ in range(n_given):
        next(given)

    resumed = pickle.loads(pickle.dumps(reader.iterable(**settings)))
    resumed.load_state_dict(stream.state_dict())

    assert [batch["id"].tolist() for batch in resumed] == whole[n_given:]
    assert [batch["id"].tolist() for batch in resumed] == whole


def test_single_rows_resume_too(either: Project) -> None:
    reader = either.dataset.open("orders", columns=["id"], where="id < 5000")
    stream = reader.iterable(seed=2)
    given = iter(stream)
    first = [next(given)["id"] for _ in range(1_234)]

    resumed = reader.iterable(seed=2)
    resumed.load_state_dict(stream.state_dict())

    assert sorted(first + [row["id"] for row in resumed]) == list(range(5_000))


def test_a_state_of_another_order_is_refused(either: Project) -> None:
    reader = either.dataset.open("orders")
    state = reader.iterable(seed=1).state_dict()

    for other in (reader.iterable(seed=2), reader.iterable(seed=1, world_size=2)):
        with pytest.raises(Conflict):
            other.load_state_dict(state)


@pytest.mark.parametrize(
    "settings",
    [{"batch_size": 0}, {"rank": 2}, {"buffer_rows": 0}, {"seeds": 1}, {"seed": "one"}],
)
def test_settings_that_make_no_sense_are_refused(either: Project, settings: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        either.dataset.open("orders").iterable(**settings)


def test_workers_of_a_data_loader_share_the_rows(
    either: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = SimpleNamespace(id=0, num_workers=4)

    class IterableDataset:
        pass

    data = SimpleNamespace(IterableDataset=IterableDataset, get_worker_info=lambda: place)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(utils=SimpleNamespace(data=data)))
    stream = either.dataset.open("orders", columns=["id"]).iterable(batch_size=500)

    found: list[int] = []
    for place.id in range(4):
        found += ids_of(stream)

    assert isinstance(stream, IterableDataset)
    assert sorted(found) == list(range(N_ROWS))


def stream_of(*tables: pa.Table) -> Any:
    """Offer tables as a reader of record batches."""
    batches = [batch for one in tables for batch in one.to_batches()]
    return pa.RecordBatchReader.from_batches(tables[0].schema, batches)


@pytest.mark.row("S3-72")
def test_rows_that_come_in_a_stream_are_committed(either: Project) -> None:
    given = {
        "reader": stream_of(rows(0, 5), rows(5, 9)),
        "iterator": iter([rows(0, 5), rows(5, 9).to_batches()[0]]),
        "table": rows(0, 9),
    }

    found = {name: either.dataset.commit(name, body) for name, body in given.items()}

    assert len({snapshot.content_root for snapshot in found.values()}) == 1


def test_more_rows_than_a_chunk_go_over_the_wire(served: Project) -> None:
    batches = [rows(at, at + 200_000).to_batches()[0] for at in range(0, 1_200_000, 200_000)]

    snapshot = served.dataset.commit("many", iter(batches), key=["id"])
    with pytest.raises(Invalid, match="1 rows cannot go into many"):
        served.dataset.commit("many", iter([*batches, batches[0].slice(0, 1)]))

    assert snapshot.n_rows == 1_200_000
    assert served.dataset.log("many").snapshots[0].number == 1
