"""Steps that run: rows and their ids, errors and second tries, and processes that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import Conflict, Invalid, NotFound
from tests.asking import fsck
from tests.pipeline.writing import PRICES, SHOP, run, shop, write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


def ids_of(project: Project, name: str) -> dict[Any, int]:
    """Read the row ids of a dataset by the column `id`."""
    rows: dict[str, Any] = project.dataset.read(name, row_ids=True).to_pydict()
    return dict(zip(rows["id"], rows["_rid"], strict=True))


# ---- lineage


def test_rows_that_stay_rows_keep_their_ids_over_two_steps(project: Project) -> None:
    shop(project)

    run(project)

    orders = ids_of(project, "orders")
    assert ids_of(project, "priced") == orders
    assert ids_of(project, "dear") == {name: orders[name] for name in (2, 3)}


def test_a_blast_follows_steps_by_row(project: Project, tmp_path: Path) -> None:
    for name, line in (("north", "1,60.0,a"), ("south", "2,90.0,b")):
        (tmp_path / f"{name}.csv").write_text(f"id,price,note\n{line}\n", encoding="utf-8")
        project.source.ingest("orders", str(tmp_path / f"{name}.csv"), source=name)
    write(project, shop=SHOP, _prices=PRICES)
    run(project)

    report = project.blast("source:south")

    found = {one.dataset: one.snapshots[-1] for one in report.datasets}
    assert (found["priced"].n_bad, found["priced"].n_rows) == (1, 2)
    assert (found["dear"].n_bad, found["totals"].n_bad) == (1, 1)


def test_rows_that_name_their_parents_are_traced_to_them(project: Project) -> None:
    project.dataset.commit("orders", {"id": [1, 2, 3], "city": ["x", "y", "x"]})
    write(
        project,
        grouped="""
            from headgate import step

            @step
            def cities(orders):
                found = {}
                for row in orders.to_pylist():
                    found.setdefault(row["city"], []).append(row["_rid"])
                return [{"city": city, "_parents": rids} for city, rids in found.items()]
        """,
    )

    run(project, "grouped")

    made = project.dataset.read("cities", row_ids=True).to_pylist()
    parents = [node.ref for node in project.trace(f"row:{made[0]['_rid']}").nodes]
    assert {f"row:{ids_of(project, 'orders')[one]}" for one in (1, 3)} <= set(parents)
    assert f"row:{ids_of(project, 'orders')[2]}" not in parents


# ---- errors


FAILING = """
    from pathlib import Path
    from headgate import step

    TRIES = Path({place!r})

    @step(retries={retries}, wait_s=0.01)
    def shaky(orders):
        TRIES.write_text(TRIES.read_text() + "x")
        if len(TRIES.read_text()) < 3:
            raise ValueError("not yet")
        return orders

    @step
    def after(shaky):
        return shaky

    @step
    def beside(orders):
        return orders
"""


@pytest.fixture
def tries(project: Project, tmp_path: Path) -> Path:
    """A file with a sign for each time the step was tried."""
    place = tmp_path / "tries"
    place.write_text("", encoding="utf-8")
    project.dataset.commit("orders", {"id": [1]})
    return place


def test_a_failed_step_is_told_with_its_line_and_what_follows_is_skipped(
    project: Project, tries: Path
) -> None:
    write(project, flow=FAILING.format(place=str(tries), retries=0))

    report = project.pipeline.run("flow")

    assert {one.name: one.state for one in report.steps} == {
        "shaky": "failed",
        "after": "skipped",
        "beside": "ran",
    }
    failed = next(one for one in report.steps if one.state == "failed")
    assert (failed.error, failed.place) == ("ValueError: not yet", "pipelines/flow.py:11")
    assert report.has_findings
    record = project.run.show(str(failed.run_id)).record
    assert (record.state, record.error) == ("failed", "ValueError: not yet")


def test_a_failed_pipeline_goes_on_where_it_stood(project: Project, tries: Path) -> None:
    write(project, flow=FAILING.format(place=str(tries), retries=0))
    run(project, "flow")

    second, third = run(project, "flow"), run(project, "flow")

    assert second == {"shaky": "failed", "after": "skipped", "beside": "cached"}
    assert third == {"shaky": "ran", "after": "ran", "beside": "cached"}


def test_a_step_is_tried_as_often_as_it_says(project: Project, tries: Path) -> None:
    write(project, flow=FAILING.format(place=str(tries), retries=2))

    report = project.pipeline.run("flow")

    shaky = next(one for one in report.steps if one.name == "shaky")
    assert (shaky.state, shaky.n_tries, tries.read_text()) == ("ran", 3, "xxx")


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("7", "step bad returned int, which holds no rows"),
        ("{'a': [1], 'b': [1, 2]}", "what step bad returned is no table"),
        ("orders.append_column('_rid', orders['_rid'])", "_rid"),
    ],
)
def test_what_is_no_rows_fails_the_step_and_makes_no_dataset(
    project: Project, returned: str, message: str
) -> None:
    project.dataset.commit("orders", {"id": [1]})
    write(
        project,
        flow=f"from headgate import step\n\n@step\ndef bad(orders):\n    return {returned}\n",
    )

    (step,) = project.pipeline.run("flow").steps

    assert step.state == "failed"
    assert message in str(step.error)
    assert [one.name for one in project.dataset.list().datasets] == ["orders"]


# ---- what cannot run


@pytest.mark.parametrize(
    ("files", "kind", "message"),
    [
        ({}, NotFound, "no pipelines in"),
        ({"flow": "import nothing_of_that_name"}, Invalid, "(line 1)"),
        ({"flow": "def ("}, Invalid, "SyntaxError"),
        ({"flow": "from headgate import step\n@step\ndef a(a): return a\n"}, Invalid, "circle"),
        (
            dict.fromkeys("xy", "from headgate import step\n@step\ndef a(): return []\n"),
            Conflict,
            "x.py and y.py both have a step that makes a",
        ),
        (
            {"flow": "from headgate import step\n@step\ndef a(*rows): return rows\n"},
            Invalid,
            "which names no dataset",
        ),
        (
            {"flow": "from headgate import step\n@step(mode='upsert')\ndef a(): return []\n"},
            Invalid,
            "upserts without a key",
        ),
        (
            {"flow": "from headgate import step\n@step(speed=1)\ndef a(): return []\n"},
            Invalid,
            "unexpected keyword argument 'speed'",
        ),
        ({"flow": "from headgate import step\n@step\ndef a(ordres): pass\n"}, NotFound, "ordres"),
    ],
)
def test_what_cannot_run_says_why_before_anything_ran(
    project: Project, files: dict[str, str], kind: type[Exception], message: str
) -> None:
    project.dataset.commit("orders", {"id": [1]})
    write(project, **files)
    before = project.event.list().events[0]

    with pytest.raises(kind) as caught:
        project.pipeline.run("flow")

    assert message in str(caught.value)
    assert getattr(caught.value, "mend", "")
    assert project.event.list().events[0] == before


def test_settings_are_read_as_their_defaults_are_and_unknown_ones_refused(
    project: Project,
) -> None:
    shop(project)

    with pytest.raises(Invalid, match="setting floor is 'high', which is no float"):
        project.pipeline.run("shop", set={"floor": "high"})
    with pytest.raises(Invalid, match="no step has a setting 'flor'"):
        project.pipeline.plan("shop", set={"flor": "1"})


def test_a_dataset_names_the_steps_that_lead_to_it(project: Project) -> None:
    shop(project)

    assert run(project, "dear") == {"priced": "ran", "dear": "ran"}
    assert run(project) == {"priced": "cached", "dear": "cached", "totals": "ran"}


# ---- modes


@pytest.mark.row("S3-27")
@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("mode='append'", [1, 2, 1, 2, 3]),
        ("mode='upsert', key=('id',)", [1, 2, 3]),
        ("mode='replace'", [1, 2, 3]),
    ],
)
def test_a_step_writes_in_its_mode_and_the_same_input_once(
    project: Project, how: str, expected: list[int]
) -> None:
    write(
        project,
        flow=f"""
            from headgate import step

            @step({how})
            def kept(orders):
                return orders.drop_columns(["_rid"])
        """,
    )

    for rows in ([1, 2], [1, 2, 3]):
        project.dataset.commit("orders", {"id": rows})
        assert run(project, "flow") == {"kept": "ran"}
        assert run(project, "flow") == {"kept": "cached"}

    kept: list[Any] = project.dataset.read("kept")["id"].to_pylist()
    assert sorted(kept) == sorted(expected)


# ---- killed


STEP = """
@step
def s{n}(s{before}, *, turn: int = 0):
    time.sleep(0.01)
    return s{before}.append_column("c{n}", [[turn * {n}] * s{before}.num_rows])
"""
RUNNING = """
import sys
import headgate

with headgate.open(sys.argv[1]) as project:
    print("ready", flush=True)
    project.pipeline.run("flow", set={"turn": sys.argv[2]})
"""
N_STEPS = 10


def long_pipeline(project: Project) -> None:
    """A chain of steps, each of which adds a column."""
    project.dataset.commit("s0", {"id": list(range(100))})
    steps = "".join(STEP.format(n=n, before=n - 1) for n in range(1, N_STEPS + 1))
    write(project, flow=f"import time\nfrom headgate import step\n{steps}")


def roots(project: Project) -> list[str]:
    """Content roots of what the chain made."""
    found = [project.dataset.show(f"s{n}").snapshot for n in range(1, N_STEPS + 1)]
    assert [one.n_rows for one in found] == [100] * N_STEPS
    return [one.content_root for one in found]


def killed(project: Project, turn: int, after_s: float) -> None:
    """Start the pipeline in a process and kill it."""
    command = [sys.executable, "-c", RUNNING, project.address, str(turn)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after_s)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)


@pytest.mark.row("S3-26")
@pytest.mark.parametrize("n_kills", [2, pytest.param(100, marks=pytest.mark.full)])
def test_a_killed_pipeline_comes_out_as_one_that_was_not(
    project: Project, context: Context, tmp_path: Path, n_kills: int
) -> None:
    long_pipeline(project)
    with headgate.init(tmp_path / "calm") as calm:
        long_pipeline(calm)
        for turn in range(n_kills):
            killed(project, turn, 0.01 * (1 + 7 * turn % 19))
            states = run(project, "flow", turn=str(turn))
            run(calm, "flow", turn=str(turn))

            assert set(states.values()) <= {"ran", "cached"}
            assert roots(project) == roots(calm)
    assert fsck(context, deep=True).problems == ()


# ---- steps without a dataset


TASKS = """
    from pathlib import Path
    from headgate import step

    @step
    def sent(orders, *, to: str = "ann"):
        with Path({place!r}).open("a") as file:
            file.write(f"{{orders.num_rows}} to {{to}}\\n")

    @step(after=["sent"])
    def told():
        with Path({place!r}).open("a") as file:
            file.write("told\\n")
"""


def test_a_step_that_returns_nothing_makes_no_dataset_and_is_left_out_the_next_time(
    project: Project, tmp_path: Path
) -> None:
    place = tmp_path / "told"
    project.dataset.commit("orders", {"id": [1, 2]})
    write(project, flow=TASKS.format(place=str(place)))

    first, second = run(project, "flow"), run(project, "flow")
    third = run(project, "flow", to="bob")

    assert first == {"sent": "ran", "told": "ran"}
    assert second == {"sent": "cached", "told": "cached"}
    assert third == {"sent": "ran", "told": "cached"}
    assert place.read_text(encoding="utf-8") == "2 to ann\ntold\n2 to bob\n"
    assert [one.name for one in project.dataset.list().datasets] == ["orders"]


def test_a_step_runs_after_the_one_it_names_and_not_if_that_failed(
    project: Project, tmp_path: Path
) -> None:
    project.dataset.commit("orders", {"id": [1]})
    write(project, flow=TASKS.format(place=str(tmp_path)))

    assert run(project, "flow") == {"sent": "failed", "told": "skipped"}


def test_what_a_step_read_stands_in_its_run_although_it_made_nothing(
    project: Project, tmp_path: Path
) -> None:
    project.dataset.commit("orders", {"id": [1]})
    write(project, flow=TASKS.format(place=str(tmp_path / "told")))

    step = project.pipeline.run("flow").steps[0]

    detail = project.run.show(str(step.run_id))
    assert [(one.dataset, one.number) for one in detail.reads] == [("orders", 1)]
    assert (detail.record.state, detail.wrote) == ("done", ())


# ---- processes of their own


APART = """
    import os
    import time
    from pathlib import Path
    from headgate import keys_of, step

    HERE = Path({place!r})

    def meet(name, others):
        (HERE / name).touch()
        until = time.monotonic() + 15
        while not all((HERE / one).exists() for one in others):
            assert time.monotonic() < until, "alone"
            time.sleep(0.01)

    @step(process=True)
    def left(orders):
        meet("left", ["right"])
        return [{{"pid": os.getpid(), "parent": os.getppid()}}]

    @step(process=True)
    def right(orders):
        meet("right", ["left"])
        return orders

    @step(process=True, timeout_s=5)
    def both(left, right):
        return right

    @step(process=True, partitions=keys_of("orders", "city"))
    def cities(orders, partition):
        meet(partition, ["x", "y"])
        return orders
"""


@pytest.mark.row("S3-78")
def test_steps_in_processes_of_their_own_run_beside_one_another(
    project: Project, tmp_path: Path
) -> None:
    project.dataset.commit("orders", {"id": [1, 2, 3], "city": ["x", "y", "x"]})
    config = Path(project.address) / "headgate.toml"
    config.write_text(f"{config.read_text()}\n[pipelines]\njobs = 2\n", encoding="utf-8")
    write(project, flow=APART.format(place=str(tmp_path)))

    with headgate.open(project.address) as again:
        assert run(again, "flow") == dict.fromkeys(("left", "right", "both", "cities"), "ran")
        assert run(again, "flow") == dict.fromkeys(("left", "right", "both", "cities"), "cached")

    (row,) = project.dataset.read("left").to_pylist()
    assert row["parent"] != row["pid"] != os.getpid()
    assert ids_of(project, "cities") == ids_of(project, "both") == ids_of(project, "orders")


@pytest.mark.parametrize(
    ("body", "how", "error", "place"),
    [
        ("raise ValueError('no price')", "", "ValueError: no price", "pipelines/flow.py:7"),
        (
            "print('so far', flush=True); os.kill(os.getpid(), 9)",
            "",
            "ended by signal 9 (killed); it printed last: so far",
            None,
        ),
        ("time.sleep(60)", ", timeout_s=0.7", "took longer than its limit of 0.7 s", None),
    ],
)
def test_a_process_that_comes_to_nothing_fails_its_step_alone(
    project: Project, body: str, how: str, error: str, place: str | None
) -> None:
    project.dataset.commit("orders", {"id": [1]})
    write(
        project,
        flow=f"""
            import os, time
            from headgate import step

            @step(process=True{how})
            def away(orders):
                {body}

            @step
            def beside(orders):
                return orders
        """,
    )

    away, beside = project.pipeline.run("flow").steps

    assert (away.state, away.error, away.place) == ("failed", error, place)
    assert beside.state == "ran"


def test_a_step_waits_for_a_place_in_its_pool(project: Project, tmp_path: Path) -> None:
    config = Path(project.address) / "headgate.toml"
    text = f"{config.read_text()}\n[pipelines]\njobs = 3\n[pools]\ngpu = 1\n"
    config.write_text(text, encoding="utf-8")
    project.dataset.commit("orders", {"id": [1, 2, 3], "city": ["x", "y", "z"]})
    write(
        project,
        flow=f"""
            import time
            from pathlib import Path
            from headgate import keys_of, step

            @step(process=True, pool="gpu", partitions=keys_of("orders", "city"))
            def alone(orders):
                Path({str(tmp_path / "busy")!r}).touch(exist_ok=False)
                time.sleep(0.05)
                Path({str(tmp_path / "busy")!r}).unlink()
                return orders
        """,
    )

    with headgate.open(project.address) as again:
        steps: tuple[Any, ...] = again.pipeline.run("flow").steps

    (step,) = steps
    assert (step.partitions.n_ran, step.error) == (3, None)
