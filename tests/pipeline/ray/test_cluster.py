"""How a run speaks to its bridge, and a bridge to a library named ray; the real one has its own."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Conflict, Unavailable
from headgate.pipeline.calls import Broken
from headgate.pipeline.loading import load_steps
from headgate.pipeline.ray.cluster import Cluster, address_of, require_ray
from headgate.spine.context import Context, open_context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.pipeline.steps import Step

STANDIN = Path(__file__).parent / "standin"
FLOW = """
    import os, time
    from headgate import step

    @step
    def doubled(orders, *, by: int = 2):
        return [{"id": one * by} for one in orders["id"].to_pylist()]

    @step
    def silent():
        print("nothing to say")

    @step
    def failing():
        raise ValueError("no price")

    @step(timeout_s=0.5)
    def slow():
        time.sleep(60)

    @step
    def waiting(orders, *, go: str = ""):
        while not os.path.exists(go):
            time.sleep(0.05)
        return orders

    @step(resources={"GPU": 1})
    def crashing():
        return []

    @step(resources={"licence": 1})
    def fatal():
        return []
"""
ORDERS = pa.table({"id": [1, 2, 3], "_rid": [1, 2, 3]})


@pytest.fixture
def flow(context: Context, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Step]:
    """The steps of a pipeline, by name; a library named ray is there."""
    monkeypatch.syspath_prepend(str(STANDIN))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    folder = context.root / "pipelines"
    folder.mkdir()
    (folder / "flow.py").write_text(dedent(FLOW), encoding="utf-8")
    return {one.name: one for one in load_steps(context.root).all}


@pytest.fixture
def cluster(context: Context, flow: dict[str, Step]) -> Iterator[Cluster]:
    """A cluster that the library makes believe."""
    with Cluster(context, list(flow.values())) as opened:
        yield opened


def elsewhere(context: Context, address: str, **more: str) -> Context:
    """See the project with another address of its cluster."""
    return open_context(context.root, flags={"ray.address": address, **more})


def test_a_step_is_called_there_and_its_rows_come_back(
    cluster: Cluster, flow: dict[str, Step]
) -> None:
    rows = cluster.call(flow["doubled"], {"orders": ORDERS}, {"by": 3})
    nothing = cluster.call(flow["silent"], {}, {})

    assert rows is not None
    assert rows.to_pylist() == [{"id": 3}, {"id": 6}, {"id": 9}]
    assert nothing is None


def test_a_table_that_many_calls_read_is_handed_over_once_and_let_go(
    cluster: Cluster, flow: dict[str, Step], context: Context
) -> None:
    place = context.root / ".headgate" / "cache" / "apart"
    kept, passing = ORDERS.slice(0), ORDERS.slice(1)
    cluster.call(flow["doubled"], {"orders": kept}, {})
    cluster.call(flow["doubled"], {"orders": passing}, {})
    del passing

    for by in range(3):
        cluster.call(flow["doubled"], {"orders": kept}, {"by": by})

    assert len(list(place.glob("*/given-*.arrow"))) == 1
    assert list(place.glob("*/made-*")) == []


def test_several_threads_call_at_once(cluster: Cluster, flow: dict[str, Step]) -> None:
    tables = [pa.table({"id": [n]}) for n in range(6)]

    with ThreadPoolExecutor(3) as threads:
        made = list(
            threads.map(lambda one: cluster.call(flow["doubled"], {"orders": one}, {}), tables)
        )

    assert [one and one["id"].to_pylist() for one in made] == [[0], [2], [4], [6], [8], [10]]


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("failing", "raised", "ValueError: no price"),
        ("slow", "late", "took longer than its limit of 0.5 s"),
        ("crashing", "ended", "its worker on the cluster ended (WorkerCrashedError): it crashed"),
    ],
)
def test_a_call_that_comes_to_nothing_says_why(
    cluster: Cluster, flow: dict[str, Step], name: str, kind: str, told: str
) -> None:
    with pytest.raises(Broken) as caught:
        cluster.call(flow[name], {}, {})

    assert (caught.value.kind, caught.value.told) == (kind, told)


def test_a_bridge_that_dies_fails_its_calls_and_the_next_one_starts_another(
    cluster: Cluster, flow: dict[str, Step]
) -> None:
    with pytest.raises(Unavailable, match=r"the way to the Ray cluster broke: .* exit code 9"):
        cluster.call(flow["fatal"], {}, {})

    assert cluster.call(flow["silent"], {}, {}) is None


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("broken", "ConnectionError: there is no such cluster"),
        ("dying", "ended with exit code 7; the cluster is on fire"),
        ("deaf", "no answer within 1 s"),
        ("127.0.0.1:1", "Connection refused"),
    ],
)
def test_a_cluster_that_cannot_be_reached_is_told_once_for_many_calls(
    context: Context, flow: dict[str, Step], address: str, said: str
) -> None:
    away = elsewhere(context, address, **{"ray.connect_s": "1"})
    with Cluster(away, []) as cluster:
        with pytest.raises(Unavailable, match=said) as caught:
            cluster.call(flow["silent"], {}, {})
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(Unavailable, match=said):
                cluster.call(flow["silent"], {}, {})

    assert "ray start --head" in caught.value.mend
    assert time.monotonic() - began < 1


def test_letting_go_of_a_cluster_ends_the_calls_that_wait(
    cluster: Cluster, flow: dict[str, Step]
) -> None:
    errors: list[BaseException] = []

    def call() -> None:
        try:
            cluster.call(flow["waiting"], {"orders": ORDERS}, {"go": "never"})
        except Broken as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(0.5)
    cluster.close()
    thread.join(10)

    assert [str(one) for one in errors] == ["stopped"]
    with pytest.raises(Broken, match="stopped"):
        cluster.call(flow["silent"], {}, {})


def test_rows_that_are_erased_meanwhile_come_to_nothing(
    cluster: Cluster, flow: dict[str, Step], context: Context, tmp_path: Path
) -> None:
    cluster.call(flow["silent"], {}, {})
    go = tmp_path / "go"
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(cluster.call, flow["waiting"], {"orders": ORDERS}, {"go": str(go)})
        time.sleep(0.5)
        for one in (context.root / ".headgate" / "cache" / "apart").iterdir():
            shutil.rmtree(one)
        go.touch()

        with pytest.raises(Conflict, match="erased meanwhile"):
            call.result(20)

    again: Any = cluster.call(flow["doubled"], {"orders": ORDERS}, {})
    assert again.num_rows == 3


def test_the_address_is_what_is_set_or_what_ray_itself_was_told(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    nothing = address_of(context)
    monkeypatch.setenv("RAY_ADDRESS", "auto")

    assert nothing == "local"
    assert address_of(context) == "auto"
    assert address_of(elsewhere(context, "head:6379")) == "head:6379"


@pytest.mark.skipif("ray" in sys.modules, reason="Ray is there")
def test_ray_that_is_missing_is_told_with_the_command_that_installs_it() -> None:
    with pytest.raises(Unavailable, match="need ray, which is not installed") as caught:
        require_ray()

    assert caught.value.mend == "pip install 'headgate[ray]'"
