"""Pipelines on a real Ray cluster: the same rows, roots and memos as here; and what goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import raying
from tests.acceptance.raying import Cluster, Shop, is_alive, wait_until
from tests.backends.servers import free_port

FLOW = """
    import pyarrow.compute as pc
    from _money import in_euro
    from headgate import keys_of, rows, shuffles, sql, step

    @step(columns={"orders": ["id", "who", "price"]}, map_over="orders", piece_rows=4)
    def priced(orders, *, rate: float = 1.1):
        return rows.with_column(orders, "price", in_euro(orders["price"], rate))

    @step
    def joined(priced, people):
        return shuffles.join(priced, people, "who", how="outer")

    @step
    def by_town(joined):
        return shuffles.group(joined, "town", n=("id", "count"), paid=("price", "sum"))

    @step
    def words(orders):
        split = [note.split() for note in orders["note"].to_pylist()]
        return rows.explode(rows.with_column(orders, "note", split), "note")

    @step(partitions=keys_of("orders", "who"), seed=7)
    def drawn(orders):
        import random
        return [{"lot": random.random(), "_parents": orders["_rid"].to_pylist()}]

    totals = sql("totals", "select sum(lot) as lots, list(_rid) as _parents from drawn")
"""
MONEY = """
    import pyarrow.compute as pc

    def in_euro(column, rate):
        return pc.multiply(column, rate)
"""
DERIVED = ("priced", "joined", "by_town", "words", "drawn", "totals")
ONE = """
    import os, signal, time
    from pathlib import Path
    from headgate import step

    MARK = Path({mark!r})

    @step({how})
    def first(orders):
        return orders

    @step({how})
    def made(first):
        {body}
"""

pytestmark = [pytest.mark.full, pytest.mark.usefixtures("ray_installed")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster of two cores."""
    with raying.cluster() as started:
        yield started


@pytest.fixture
def shop(tmp_path: Path, cluster: Cluster) -> Shop:
    """A project whose steps run on the cluster."""
    known = {"HEADGATE_ENGINE": "ray", "HEADGATE_RAY_ADDRESS": cluster.address}
    return raying.shop(tmp_path / "shop", cluster.environment | known)


@pytest.fixture
def here(tmp_path: Path) -> Shop:
    """A project like it whose steps run here."""
    return raying.shop(tmp_path / "here", {})


def body(shop: Shop, lines: str, how: str = "") -> Path:
    """Write a pipeline whose second step is these lines; return the file it marks."""
    mark = shop.root / "mark"
    lines = lines.replace("\n", "\n        ")
    shop.write(flow=ONE.format(mark=str(mark), how=how, body=lines))
    return mark


def slow(shop: Shop) -> Path:
    """Write a pipeline whose second step takes long unless a file is there."""
    return body(
        shop,
        "if not MARK.with_name('go').exists():\n    MARK.write_text(str(os.getpid()))\n"
        "    time.sleep(100)\nreturn first",
    )


def pid_in(mark: Path) -> int:
    """Wait for the process of a step to mark itself."""
    wait_until(lambda: mark.exists() and mark.read_text())
    return int(mark.read_text())


@pytest.mark.row("S3-01")
@pytest.mark.row("S3-26")
def test_everything_derived_is_made_from_raw_to_the_same_hashes_and_keys(
    shop: Shop, here: Shop
) -> None:
    for one in (shop, here):
        one.write(flow=FLOW, _money=MONEY)

    there, local = shop.states(), here.states()

    assert set(there.values()) == set(local.values()) == {"ran"}
    assert shop.roots(*DERIVED) == here.roots(*DERIVED)
    assert shop.keys() == here.keys()
    assert shop.rows(*DERIVED) == here.rows(*DERIVED)
    assert [shop.reached_by(row) for row in (1, 4, 8)] == [
        here.reached_by(row) for row in (1, 4, 8)
    ]


@pytest.mark.row("S3-26")
def test_what_one_engine_made_the_other_need_not_make(shop: Shop) -> None:
    shop.write(flow=FLOW, _money=MONEY)
    here = shop.states("flow", "--engine", "local")
    again = shop.states()
    shop.write(_money=MONEY.replace("column, rate)\n", "column, rate + 1)\n", 2))
    changed = shop.states()

    back = shop.states("flow", "--engine", "local")

    assert set(here.values()) == {"ran"}
    assert set(again.values()) == set(back.values()) == {"cached"}
    assert {name for name, state in changed.items() if state == "ran"} == {
        "priced",
        "joined",
        "by_town",
    }


def test_who_is_no_node_of_the_cluster_reaches_it_too(shop: Shop, cluster: Cluster) -> None:
    body(shop, "return first")

    ran = shop.run("flow", HEADGATE_RAY_ADDRESS=cluster.client)

    assert [one["state"] for one in ran.values()] == ["ran", "ran"]


@pytest.mark.parametrize(
    ("lines", "how", "told", "place"),
    [
        ("print('so far'); raise ValueError('no price')", "", "ValueError: no price", "flow.py:14"),
        (
            "print('so far'); os._exit(3)",
            "",
            "ended with exit code 3; it printed last: so far",
            None,
        ),
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "",
            "ended by signal 9 (killed)",
            None,
        ),
        ("time.sleep(60)", "timeout_s=3", "took longer than its limit of 3 s", None),
    ],
)
def test_a_step_that_fails_there_is_told_as_it_is_here(
    shop: Shop, lines: str, how: str, told: str, place: str | None
) -> None:
    body(shop, lines, how)

    there = shop.run()["made"]
    body(shop, lines, f"process=True, {how}")
    here = shop.run("flow", "--engine", "local")["made"]

    for failed in (there, here):
        assert (failed["state"], failed["error"]) == ("failed", told)
        assert failed["place"] == (place and f"pipelines/{place}")


def test_a_worker_that_is_killed_is_a_failed_step_that_is_tried_again(shop: Shop) -> None:
    mark = body(
        shop,
        "n = MARK.stat().st_size if MARK.exists() else 0\nMARK.write_text('x' * (n + 1))\n"
        "if n < 2:\n    os.kill(os.getppid(), signal.SIGKILL)\n    time.sleep(60)\nreturn first",
        "retries=1, wait_s=0.1",
    )

    failed = shop.run()["made"]
    resumed = shop.ask("pipeline", "resume", shop.last()["pipeline_run_id"]).said

    assert failed["state"] == "failed"
    assert failed["error"].startswith("its worker on the cluster ended (WorkerCrashedError)")
    assert failed["n_tries"] == 2
    assert [one["state"] for one in resumed["steps"]] == ["cached", "ran"]
    assert mark.read_text() == "xxx"


def test_variables_and_files_that_are_named_are_there_and_no_others(shop: Shop) -> None:
    settings = shop.root / "headgate.toml"
    wanted = '[ray]\nenv = "API_KEY"\nfiles = ["prompts/*.txt"]\n'
    settings.write_text(f"{settings.read_text()}\n{wanted}")
    (shop.root / "prompts").mkdir()
    (shop.root / "prompts" / "a.txt").write_text("be kind", encoding="utf-8")
    body(
        shop,
        "return [{'key': os.environ.get('API_KEY'), 'other': os.environ.get('OTHER', 'none'),\n"
        "    'prompt': Path('prompts/a.txt').read_text(),\n"
        "    'is_here': Path(__file__).is_relative_to(MARK.parent)}]",
    )
    unset = shop.run()["first"]

    ran = shop.run(API_KEY="s3cret", OTHER="x")["made"]

    assert "setting 'ray.env' names API_KEY, which is not set" in unset["error"]
    assert ran["state"] == "ran"
    expected = {"key": "s3cret", "other": "none", "prompt": "be kind", "is_here": False}
    assert shop.rows("made") == [[expected]]


def test_a_run_that_is_cancelled_leaves_nothing_on_the_cluster(shop: Shop) -> None:
    mark = slow(shop)
    going = shop.begin("pipeline", "run", "flow")
    pid = pid_in(mark)

    shop.ask("pipeline", "cancel", shop.last()["pipeline_run_id"]).said  # noqa: B018 - fails if it was refused
    going.communicate(timeout=30)

    wait_until(lambda: not is_alive(pid), 10)
    assert shop.last()["state"] == "cancelled"


@pytest.mark.row("S3-26")
def test_a_run_that_is_killed_is_taken_up_again_to_the_same_rows(shop: Shop, here: Shop) -> None:
    mark = slow(shop)
    going = shop.begin("pipeline", "run", "flow")
    pid = pid_in(mark)

    going.send_signal(signal.SIGKILL)
    going.communicate(timeout=30)
    wait_until(lambda: not is_alive(pid), 20)
    (shop.root / "go").touch()
    resumed = shop.run()

    slow(here)
    (here.root / "go").touch()
    here.run()
    assert {name: one["state"] for name, one in resumed.items()} == {
        "first": "cached",
        "made": "ran",
    }
    assert shop.roots("first", "made") == here.roots("first", "made")
    assert shop.ask("dataset", "fsck").code == 0


def test_a_cluster_that_is_away_is_told_with_what_to_do(shop: Shop) -> None:
    body(shop, "return first")
    away = f"127.0.0.1:{free_port()}"

    steps = shop.run("flow", HEADGATE_RAY_ADDRESS=away)
    again = shop.states()

    assert (steps["first"]["state"], steps["made"]["state"]) == ("failed", "skipped")
    assert f"no Ray cluster could be reached at {away}" in steps["first"]["error"]
    assert "ray start --head" in steps["first"]["error"]
    assert set(again.values()) == {"ran"}


def test_a_cluster_that_lets_nobody_in_without_a_token_is_told(shop: Shop) -> None:
    body(shop, "return first")

    step = shop.run("flow", RAY_AUTH_MODE="disabled", HEADGATE_RAY_CONNECT_S="4")["first"]

    assert "no answer within 4 s" in step["error"]
    assert "RAY_AUTH_TOKEN" in step["error"]


def test_a_cluster_that_goes_away_fails_the_step_and_not_who_runs_it(tmp_path: Path) -> None:
    with raying.cluster() as short:
        known = {"HEADGATE_ENGINE": "ray", "HEADGATE_RAY_ADDRESS": short.address}
        shop = raying.shop(tmp_path / "shop", short.environment | known)
        mark = slow(shop)
        going = shop.begin("pipeline", "run", "flow")
        pid = pid_in(mark)

        os.kill(short.process.pid, signal.SIGTERM)
        going.communicate(timeout=60)

    shown: Any = shop.ask("pipeline", "show", shop.last()["pipeline_run_id"]).said
    (shop.root / "go").touch()
    assert going.returncode == 1
    assert not is_alive(pid)
    assert [(one["step"], one["state"]) for one in shown["failed"]] == [("made", "failed")]
    assert shop.states("flow", "--engine", "local") == {"first": "cached", "made": "ran"}


def test_rows_that_are_erased_while_a_step_reads_them_there_come_to_nothing(shop: Shop) -> None:
    mark = body(
        shop,
        "MARK.write_text(str(os.getpid()))\n"
        "while not MARK.with_name('go').exists():\n    time.sleep(0.1)\nreturn first",
    )
    going = shop.begin("pipeline", "run", "flow")
    pid_in(mark)

    erased = shop.ask("dataset", "erase", "orders", "--where", "who = 'a'", "--apply")
    (shop.root / "go").touch()
    out, _ = going.communicate(timeout=60)

    assert erased.code == 0, erased.err
    assert "erased meanwhile" in out
    assert shop.states()["made"] == "ran"


def test_joins_and_groups_that_daft_finds_are_those_of_arrow() -> None:
    script = Path(__file__).with_name("shuffled.py")

    done = subprocess.run(
        [raying.PLACE / "python", script],
        capture_output=True,
        text=True,
        check=False,
        env=raying.clean(),
        timeout=120,
    )

    assert done.stdout.strip() == "525", done.stderr


def test_the_page_on_pipelines_comes_to_the_same_there(cluster: Cluster, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    page = root / "docs" / "pipelines.md"

    done = subprocess.run(
        [raying.PLACE / "python", "-m", "tests.acceptance.paged", page, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        env=raying.clean() | cluster.environment | {"RAY_ADDRESS": cluster.address},
        timeout=500,
    )

    said = json.loads(done.stdout or "{}")
    assert said.get("n_blocks", 0) >= 10, done.stderr
    assert said["differing"] == {}
