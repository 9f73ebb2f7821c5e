"""What is written to a project behind a server lands whole or not at all, as in its folder."""

from __future__ import annotations

import http.client
from threading import Thread
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

import headgate
from headgate.core.errors import Denied, HeadgateError, Invalid, NotFound
from headgate.spine.context import open_context
from headgate.surfaces import rows
from headgate.surfaces.local import Local
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.verbs import table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.surfaces.python import Project


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A server of a project of its own."""
    root = tmp_path_factory.mktemp("writes") / "shop"
    headgate.init(root).close()
    local = Local(open_context(root))
    server = Listening(local, table(), host="127.0.0.1", port=0)
    thread = Thread(target=server.serve)
    thread.start()
    yield server
    server.stop()
    thread.join()
    local.close()


@pytest.fixture(scope="module")
def served(listening: Listening) -> Iterator[Project]:
    """The project behind it."""
    token = listening.token_path.read_text(encoding="ascii")
    with headgate.open(listening.address, token=token) as opened:
        yield opened


@pytest.fixture(params=["folder", "server"])
def either(request: pytest.FixtureRequest, tmp_path: Path, served: Project) -> Iterator[Project]:
    """A project in a folder, and one behind a server."""
    if request.param == "server":
        yield served
        return
    with headgate.init(tmp_path / "shop") as opened:
        yield opened


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A dataset that no other test uses."""
    return request.node.name.replace("[", "_").replace("]", "")[-90:].replace("test_", "t_")


def batches(n_batches: int, n_rows: int = 100) -> Iterator[pa.RecordBatch]:
    """Make batches of rows with an id and a text."""
    for number in range(n_batches):
        ids = range(number * n_rows, (number + 1) * n_rows)
        yield pa.record_batch({"id": ids, "word": [f"w{one % 7}" for one in ids]})


def numbers_of(project: Project) -> dict[str, int]:
    """Say which dataset has which newest snapshot."""
    return {one.name: one.newest.number for one in project.dataset.list().datasets}


def test_a_stream_of_batches_is_one_snapshot_of_the_same_rows(either: Project, name: str) -> None:
    whole = pa.Table.from_batches(batches(30))

    streamed = either.dataset.commit(name, batches(30), key=["id"])
    again = either.dataset.commit(name, whole)

    assert (streamed.number, streamed.n_rows) == (1, 3_000)
    assert (again.is_new, again.content_root) == (False, streamed.content_root)


def test_a_source_of_rows_that_breaks_off_leaves_nothing(either: Project, name: str) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from batches(3)
        raise ZeroDivisionError("the sensor went away")

    with pytest.raises(ZeroDivisionError, match="the sensor went away"):
        either.dataset.commit(name, broken())

    assert name not in numbers_of(either)
    assert either.dataset.commit(name, batches(1)).number == 1


def test_a_column_that_becomes_another_type_on_the_way_is_refused_whole(
    either: Project, name: str
) -> None:
    def changing() -> Iterator[pa.RecordBatch]:
        yield from batches(2)
        yield pa.record_batch({"id": ["x"]})

    with pytest.raises(HeadgateError):
        either.dataset.commit(name, changing())

    assert name not in numbers_of(either)


def test_columns_that_only_some_batches_have_are_null_elsewhere(either: Project, name: str) -> None:
    parts = [pa.record_batch({"id": [1]}), pa.record_batch({"word": ["new"]})]

    made = either.dataset.commit(name, iter(parts))

    assert [column.name for column in made.columns] == ["id", "word"]
    assert either.dataset.read(name).to_pylist() == [
        {"id": 1, "word": None},
        {"id": None, "word": "new"},
    ]


def test_a_key_that_comes_twice_in_a_stream_commits_nothing(either: Project, name: str) -> None:
    twice = [*batches(2), *batches(1)]

    with pytest.raises(Invalid) as refused:
        either.dataset.commit(name, iter(twice), key=["id"])

    assert "100 rows cannot go into" in refused.value.message
    assert "duplicate-key: row 201 has it too" in refused.value.message
    assert refused.value.mend
    assert name not in numbers_of(either)


def test_a_refusal_while_rows_are_sent_leaves_the_connection_fit(
    either: Project, name: str
) -> None:
    either.dataset.commit(name, batches(1))

    with pytest.raises(NotFound) as refused:
        either.dataset.commit(name, batches(200, 1_000), branch="nowhere")

    assert "nowhere" in refused.value.message
    assert [one.number for one in either.dataset.log(name).snapshots] == [1]


def test_several_datasets_land_together(either: Project, name: str) -> None:
    made = either.dataset.commit_together(
        {f"{name}_a": [{"id": 1}], f"{name}_b": pa.table({"id": [1, 2]})}, message="both"
    )

    assert [(one.dataset, one.number, one.n_rows, one.message) for one in made.snapshots] == [
        (f"{name}_a", 1, 1, "both"),
        (f"{name}_b", 1, 2, "both"),
    ]


def test_of_several_datasets_none_lands_where_one_cannot(either: Project, name: str) -> None:
    sound, broken = [{"id": 1}], [{"id": 1}, {"id": 1}]

    with pytest.raises(Invalid):
        either.dataset.commit_together(
            {f"{name}_a": sound, f"{name}_b": broken}, keys={f"{name}_b": ["id"]}
        )

    assert not {f"{name}_a", f"{name}_b"} & set(numbers_of(either))


def test_rows_are_got_by_key_in_the_order_asked(either: Project, name: str) -> None:
    either.dataset.commit(name, batches(5), key=["id"])

    found = either.dataset.get(name, keys=[400, 3, 77])

    assert found["id"].to_pylist() == [400, 3, 77]


def test_every_row_that_differs_comes_with_what_became_of_it(either: Project, name: str) -> None:
    either.dataset.commit(name, [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}], key=["id"])
    either.dataset.commit(name, [{"id": 2, "v": "B"}, {"id": 3, "v": "c"}])

    found: list[Any] = either.dataset.changes(name).to_pylist()

    told = sorted((one["_change"], one["id"], one["v"]) for one in found)
    assert told == [("added", 3, "c"), ("after", 2, "B"), ("before", 2, "b"), ("removed", 1, "a")]


def test_a_reader_goes_on_in_its_snapshot_while_others_commit(either: Project, name: str) -> None:
    either.dataset.commit(name, batches(3))
    reader = either.dataset.open(name)
    coming = reader.batches(batch_rows=100)
    first = next(coming)

    either.dataset.commit(name, [{"id": -1, "word": "new"}])
    rest = [one.num_rows for one in coming]

    assert (first.num_rows, sum(rest)) == (100, 200)
    assert either.dataset.read(name)["id"].to_pylist() == [-1]


def test_a_range_of_a_file_is_read(either: Project, name: str, tmp_path: Path) -> None:
    folder = tmp_path / "pics"
    folder.mkdir()
    (folder / "a.bin").write_bytes(bytes(range(256)))
    either.dataset.commit_folder(name, folder)

    whole = either.dataset.file(name, "a.bin")
    part = either.dataset.file(name, "a.bin", start=16, length=4)

    assert (whole, part) == (bytes(range(256)), bytes([16, 17, 18, 19]))


def test_a_folder_of_this_machine_is_not_taken_for_one_of_the_server(
    served: Project, name: str, tmp_path: Path
) -> None:
    with pytest.raises(Invalid) as refused:
        served.dataset.commit(name, tmp_path)

    assert "lies on this machine" in refused.value.message
    assert refused.value.mend.endswith("a folder there: dataset.commit_folder")
    assert name not in numbers_of(served)


def test_no_row_is_taken_of_whoever_has_no_token(
    listening: Listening, served: Project, name: str
) -> None:
    body = rows.to_stream(rows.to_table([{"id": 1}]))
    writes = [verb for verb in table().verbs.values() if verb.name.startswith("dataset.commit")]

    answers = []
    for verb in writes:
        connection = http.client.HTTPConnection("127.0.0.1", listening.port, timeout=10)
        path = "/api/v1/" + verb.name.replace(".", "/") + f"?name={name}"
        headers = {"Content-Type": rows.ARROW, "Authorization": "Bearer wrong"}
        connection.request("POST", path, iter([body]), headers, encode_chunked=True)
        answers.append(connection.getresponse().status)
        connection.close()

    assert answers == [401] * 3
    assert name not in numbers_of(served)


def test_a_stale_token_commits_no_stream(listening: Listening, name: str, served: Project) -> None:
    with pytest.raises(Denied) as refused:
        headgate.open(listening.address, token="stale").dataset.commit(name, batches(2))

    assert refused.value.mend
    assert name not in numbers_of(served)
