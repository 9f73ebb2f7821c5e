"""Commits to several datasets: all land or none, even when the process is killed."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.branching.reports import TogetherReport, TogetherRequest
from headgate.dataset.bundle import pack, unpack
from headgate.dataset.together import commit_together
from headgate.spine.context import Context
from headgate.spine.lineage.events import first_broken
from headgate.spine.store import queries
from tests.asking import commit, events, kinds, log, read, root_of, values

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

WRITER = """
import sys
from pathlib import Path
import pyarrow as pa
from headgate.dataset.branching.reports import TogetherRequest
from headgate.dataset.bundle import pack
from headgate.dataset.together import commit_together
from headgate.spine.context import open_context

context = open_context(Path(sys.argv[1]))
for n in range(int(sys.argv[2]), 1_000_000):
    tables = {name: pa.table({"n": [n] * 50}) for name in ("left", "right")}
    commit_together(context, TogetherRequest(mode="append"), pack(tables))
    print(n, flush=True)
"""


def together(context: Context, tables: dict[str, Any], **asked: Any) -> TogetherReport:
    """Commit tables together."""
    made = {name: pa.table(columns) for name, columns in tables.items()}
    return commit_together(context, TogetherRequest(**asked), pack(made))


def test_datasets_get_one_snapshot_each_in_one_go(context: Context) -> None:
    commit(context, "orders", {"id": [1]})

    report = together(
        context, {"orders": {"id": [2]}, "labels": {"id": [2], "y": [True]}}, mode="append"
    )

    assert [(one.dataset, one.number) for one in report.snapshots] == [("labels", 1), ("orders", 2)]
    assert values(context, "orders") == {"id": [1, 2]}
    told = [one for one in events(context) if one.kind == "committed_together"]
    assert [one.subject for one in told] == ["dataset:labels", "dataset:orders"]
    assert all(one.payload == {"snapshots": ["labels@1", "orders@2"]} for one in told)


def test_rows_that_do_not_fit_one_dataset_keep_all_from_landing(context: Context) -> None:
    commit(context, "orders", {"id": [1]}, key=("id",))

    with pytest.raises(Invalid):
        together(context, {"labels": {"y": [1]}, "orders": {"id": [2, 2]}}, mode="upsert")

    with context.catalog.read() as connection:
        assert queries.dataset_names(connection, context.tenant) == ["orders"]
    assert kinds(context) == ["snapshot_committed"]


def test_each_dataset_has_its_own_key(context: Context) -> None:
    tables = {"orders": {"id": [1], "n": [1]}, "labels": {"order": [1], "by": ["a"]}}
    keys = {"orders": "id", "labels": "order,by"}

    together(context, tables, mode="upsert", keys=keys)
    again = together(context, tables, mode="upsert")

    assert [one.is_new for one in again.snapshots] == [False, False]


def test_a_key_of_none_of_the_datasets_is_an_error(context: Context) -> None:
    with pytest.raises(NotFound) as caught:
        together(context, {"orders": {"id": [1]}}, keys={"order": "id"})

    assert caught.value.mend == "did you mean orders?"


def test_python_takes_tables_in_any_form(project: Project) -> None:
    report = project.dataset.commit_together(
        {"orders": [{"id": 1}], "labels": {"id": [1], "y": ["good"]}}, message="both"
    )

    assert [one.message for one in report.snapshots] == ["both", "both"]
    assert project.dataset.read("labels").to_pylist() == [{"id": 1, "y": "good"}]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no bundle"),
        (b"PK\x03\x04", "no bundle"),
        (b"HGB1", "nothing to commit"),
        (b"HGB1\x00\x00", "cut off"),
        (pack({"orders": pa.table({"id": [1]})})[:-9], "cut off"),
        (b"HGB1\x00\x00\x00\x01\xff" + bytes(8), "no UTF-8"),
        (b"HGB1\x00\x00\x00\x01a" + (3).to_bytes(8, "big") + b"abc", "no Arrow stream"),
        (pack({"a": pa.table({"id": [1]})}) * 2, ""),
    ],
)
def test_a_body_that_is_no_bundle_is_refused(context: Context, data: bytes, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        commit_together(context, TogetherRequest(), data)

    assert said in caught.value.message
    assert kinds(context) == []


def test_a_bundle_is_read_as_it_was_written() -> None:
    tables = {"ö": pa.table({"id": [1, None]}), "empty": pa.table({"x": pa.array([], pa.int8())})}

    assert unpack(pack(tables)) == tables


def test_writers_that_name_datasets_in_other_orders_all_land(context: Context) -> None:
    failed: list[BaseException] = []

    def write(names: tuple[str, str], who: int) -> None:
        try:
            for _ in range(5):
                together(context, {name: {"who": [who]} for name in names}, mode="append")
        except BaseException as error:  # noqa: BLE001 - shown to the test's own thread
            failed.append(error)

    threads = [
        threading.Thread(target=write, args=(names, who))
        for who, names in enumerate((("a", "b"), ("b", "a"), ("a", "b")))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    for name in ("a", "b"):
        assert sorted(values(context, name)["who"]) == [0] * 5 + [1] * 5 + [2] * 5


def survive(context: Context, n_kills: int) -> None:
    """Kill a writer again and again; both datasets always hold the same."""
    chance = random.Random(n_kills)
    n_done = 0
    for _ in range(n_kills):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(context.root), str(n_done)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        said = [writer.stdout.readline()]
        time.sleep(chance.uniform(0, 0.08))
        writer.kill()
        said += writer.communicate()[0].splitlines()
        acknowledged = max(int(line) for line in said if line.strip())

        left, right = log(context, "left"), log(context, "right")
        assert len(left) == len(right) > acknowledged
        assert read(context, "left") == read(context, "right")
        assert root_of(read(context, "left")) == left[0].content_root == right[0].content_root
        with context.catalog.read() as connection:
            assert first_broken(connection, context.tenant) is None
        n_done = len(left)


def test_both_or_none_survive_3_kills(context: Context) -> None:
    survive(context, 3)


@pytest.mark.full
def test_both_or_none_survive_30_kills(context: Context) -> None:
    survive(context, 30)
