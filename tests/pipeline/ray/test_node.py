"""What a node of a cluster does with a call; it runs here, for nothing of it needs Ray."""

from __future__ import annotations

import pickle
import platform
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pytest

from headgate.core.errors import Conflict, Invalid, Unavailable
from headgate.pipeline.calls import Broken, Call
from headgate.pipeline.ray import node
from headgate.pipeline.ray.messages import Bundle, Ended, Wanted
from headgate.pipeline.ray.node import as_stream, own_folder, require_versions, run_on_node

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOW = """
import os
from _rates import RATE
from headgate import step
from headgate.core.errors import Invalid

@step
def priced(orders, *, floor=0):
    print("pricing", os.environ.get("KEY"), open("prompt.txt").read())
    if floor > 9:
        raise Invalid("the floor is high", mend="lower it")
    if floor > 8:
        os._exit(4)
    return [{"price": one * RATE} for one in orders["price"].to_pylist()]
"""
FILES = {
    "pipelines/flow.py": FLOW.encode(),
    "pipelines/_rates.py": b"RATE = 2",
    "prompt.txt": b"be kind",
}
BUNDLE = msgspec.msgpack.encode(Bundle(FILES, {"KEY": "s3cret"}))


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A node's folder of its own, in which nothing is left in the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("KEY", node.CLUSTER):
        monkeypatch.setenv(name, "")
    own_folder.cache_clear()
    yield tmp_path
    for one in node._PLACES.values():
        one.close()
    node._PLACES.clear()
    own_folder.cache_clear()
    assert list(tmp_path.glob("headgate-*/.headgate/cache/apart/*")) == []


def wanted(libraries: dict[str, str], **settings: Any) -> bytes:
    """Ask for a call with settings that are pickled."""
    call = Call("", "flow", "priced", (), pickle.dumps(settings), None, {})
    asked = Wanted(1, call, {"orders": "given.arrow"}, "made.arrow", libraries, None, {})
    return msgspec.msgpack.encode(asked)


def call(floor: int = 0) -> tuple[Ended, Any]:
    """Call the step on the node; return how it ended and its rows."""
    rows = as_stream(pa.table({"price": [1, 2]}))
    told, made = run_on_node(wanted({}, floor=floor), BUNDLE, "head:1", rows)
    table = None if made is None else pa.ipc.open_stream(made).read_all()
    return msgspec.msgpack.decode(told, type=Ended), table


def test_a_step_finds_its_helpers_files_and_variables() -> None:
    ended, rows = call()
    again, more = call()

    assert ended == again == Ended(1, has_rows=True)
    assert rows.to_pylist() == more.to_pylist() == [{"price": 2}, {"price": 4}]


def test_an_error_of_ours_keeps_its_family_place_and_what_was_printed() -> None:
    ended, _ = call(floor=10)

    error = ended.error
    assert isinstance(error, Invalid)
    assert (error.message, error.mend) == ("the floor is high", "lower it")
    assert isinstance(error.__cause__, Broken)
    assert error.__cause__.place == "pipelines/flow.py:11"
    assert error.__cause__.output == "pricing s3cret be kind"


def test_a_process_that_ends_is_told_and_the_node_serves_on() -> None:
    ended, rows = call(floor=9)
    after, _ = call()

    assert rows is None
    assert isinstance(ended.error, Broken)
    assert (ended.kind, str(ended.error)) == ("ended", "ended with exit code 4")
    assert after.error is None


def test_other_files_make_another_place() -> None:
    call()
    files = FILES | {"pipelines/_rates.py": b"RATE = 5"}
    bundle = msgspec.msgpack.encode(Bundle(files, {}))

    _, made = run_on_node(wanted({}), bundle, "head:1", as_stream(pa.table({"price": [1]})))

    assert pa.ipc.open_stream(made).read_all().to_pylist() == [{"price": 5}]
    assert len(node._PLACES) == 1


def test_new_accelerators_are_seen_by_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    call()
    before = next(iter(node._PLACES.values()))._worker
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")

    ended, _ = call()

    assert ended.error is None
    assert next(iter(node._PLACES.values()))._worker is not before


@pytest.mark.parametrize("libraries", [{"numpy": "0.1"}, {"python": "2.7"}, {"nothere": "1"}])
def test_a_node_with_other_versions_makes_no_rows(libraries: dict[str, str]) -> None:
    asked = msgspec.msgpack.decode(wanted(libraries), type=Wanted)

    with pytest.raises(Conflict, match="was planned with") as caught:
        require_versions(asked)

    assert "install the same versions" in caught.value.mend


def test_a_node_with_the_same_versions_is_fine() -> None:
    known = {"python": platform.python_version(), "gone": "not there"}

    require_versions(msgspec.msgpack.decode(wanted(known), type=Wanted))


def test_a_folder_that_others_may_write_is_not_used(place: Path) -> None:
    own_folder().chmod(0o777)
    own_folder.cache_clear()

    with pytest.raises(Unavailable, match="belongs to somebody else"):
        own_folder()

    next(place.glob("headgate-*")).chmod(0o700)
