"""Steps in processes of their own: what they return, how they fail, and that nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Conflict, Invalid, NotFound, Unavailable
from headgate.pipeline import interpreters
from headgate.pipeline.apart import Apart, start, start_on, wait_any
from headgate.pipeline.calls import Broken
from headgate.pipeline.loading import load_steps, sources
from headgate.pipeline.scratch import PLACE, Scratch, sweep
from headgate.pipeline.seeding import seed_all
from headgate.pipeline.steps import step as declared
from headgate.pipeline.steps import step_of
from headgate.pipeline.workers import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.pipeline.steps import Step

ORDERS = pa.table({"id": [1, 2, 3], "city": pa.array(["x", "y", "x"]).dictionary_encode()})
GIL_HELD = "import re; re.match('(a+)+$', 'a' * 40 + 'b')"
"""Backtracks for ever in C, so that no other thread of Python runs."""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A project's folder; in the end no step may have left a file in its cache."""
    (tmp_path / "pipelines").mkdir()
    yield tmp_path
    place = tmp_path / PLACE
    assert not place.exists() or list(place.iterdir()) == []


def write(root: Path, **files: str) -> dict[str, Step]:
    """Write pipeline files by name without `.py`; return their steps by name."""
    for name, text in files.items():
        head = "" if name.startswith("_") else "import os, signal, subprocess, sys, time\n"
        head += "import pyarrow as pa\nfrom headgate import step\n"
        (root / "pipelines" / f"{name}.py").write_text(head + dedent(text), encoding="utf-8")
    return {one.name: one for one in load_steps(root).all}


def body(root: Path, lines: str, how: str = "") -> Step:
    """Write a pipeline with one step of these lines, which begin in line 8 of the file."""
    function = f"\n@step({how})\ndef made(*, n: int = 1):\n\n"
    inner = "".join(f"    {line}\n" for line in dedent(lines).strip().splitlines())
    return write(root, flow=function + inner)["made"]


def rows(call: Apart) -> list[dict[str, Any]]:
    """Wait for rows that must come."""
    found = call.result()
    assert found is not None
    return found.to_pylist()


def broken(root: Path, step: Step) -> Broken:
    """Run a step that does not come to a result; return what is told of it."""
    with pytest.raises(Broken) as caught:
        start(root, step, {}, {}, None).result()
    return caught.value


def late(root: Path, how: str, lines: str) -> Broken:
    """Run a step that is over its time, in a process that serves already; return what is told."""
    inner = "".join(f"    {line}\n" for line in dedent(lines).strip().splitlines())
    steps = write(
        root, flow=f"\n@step\ndef ready(): return []\n\n@step({how})\ndef made():\n{inner}"
    )
    with Worker(root) as worker:
        start_on(worker, steps["ready"], {}, {}, None).result()
        with pytest.raises(Broken) as caught:
            start_on(worker, steps["made"], {}, {}, None).result()
    return caught.value


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that are told to end get less time for it than elsewhere."""
    monkeypatch.setattr(interpreters, "GRACE_S", 0.4)


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that nobody has buried yet does not."""
    try:
        os.kill(pid, 0)
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def wait_until(holds: Any, timeout_s: float = 10) -> None:
    """Wait until something holds, and fail if it never does."""
    until = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def pids_in(path: Path) -> list[int]:
    """Wait for a file of process numbers and read it."""
    wait_until(lambda: path.exists() and path.read_text().endswith("\n"))
    return [int(one) for one in path.read_text().split()]


# ---- what comes back


def test_rows_come_back_as_the_same_function_makes_them_here(root: Path) -> None:
    flow = """
        @step
        def made(orders, *, by: int = 2):
            rows = orders.append_column("by", [[by] * orders.num_rows])
            return rows.replace_schema_metadata({"unit": "euro"})
    """
    step = write(root, flow=flow)["made"]
    other = ORDERS.set_column(1, "city", pa.array(["z", None, "x"]).dictionary_encode())
    given = {"orders": pa.concat_tables([ORDERS, ORDERS.slice(1, 0), other, ORDERS.slice(2)])}

    with start(root, step, given, {"by": 5}, None) as call:
        found = call.result()

    assert found is not None
    assert found.equals(step.function(**given, by=5), check_metadata=True)


def test_many_rows_go_both_ways_unchanged(root: Path) -> None:
    numbers = np.random.default_rng(1).normal(size=(4, 300_000))
    given = {"orders": pa.table({f"c{n}": one for n, one in enumerate(numbers)})}
    step = write(root, flow="@step\ndef made(orders): return orders.slice(1)")["made"]

    found = start(root, step, given, {}, None).result()

    assert found is not None
    assert found.equals(given["orders"].slice(1))


def test_a_step_sees_the_folder_environment_and_modules_of_who_started_it(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    library = tmp_path_factory.mktemp("library")
    (library / "outside_of_it.py").write_text("VALUE = 7", encoding="utf-8")
    monkeypatch.syspath_prepend(str(library))
    monkeypatch.chdir(library)
    monkeypatch.setenv("UNIT", "kg")
    flow = """
        from outside_of_it import VALUE

        @step
        def made():
            return [{"value": VALUE, "unit": os.environ["UNIT"], "at": os.getcwd()}]
    """

    found = rows(start(root, write(root, flow=flow)["made"], {}, {}, None))

    assert found == [{"value": 7, "unit": "kg", "at": str(library)}]


def test_all_that_a_step_may_return_comes_back_as_rows(root: Path) -> None:
    returned = {
        "None": None,
        "[]": [],
        "[{'a': 1}]": [{"a": 1}],
        "{'a': ['x', None]}": [{"a": "x"}, {"a": None}],
        "pa.table({'a': pa.array([], pa.int64())})": [],
    }
    flow = "".join(f"@step\ndef made{n}(): return {one}\n" for n, one in enumerate(returned))
    steps = write(root, flow=flow)

    with Worker(root) as worker:
        found = [start_on(worker, one, {}, {}, None).result() for one in steps.values()]

    told = [None if one is None else one.to_pylist() for one in found]
    assert dict(zip(returned, told, strict=True)) == returned


def test_settings_may_be_of_types_that_the_pipeline_itself_declares(root: Path) -> None:
    flow = """
        from enum import Enum
        from datetime import date

        Size = Enum("Size", "small large")

        @step
        def made(*, size: Size = Size.small, day: date = date(2026, 1, 1), unit: str = "kg"):
            return [{"size": size.name, "is": size is Size.large, "day": day, "unit": unit}]
    """
    step = write(root, flow=flow)["made"]
    settings = step.settings | {"size": type(step.settings["size"]).large}

    found = rows(start(root, step, {}, settings, None))

    day = step.settings["day"]
    assert found == [{"size": "large", "is": True, "day": day, "unit": "kg"}]


def test_a_seed_gives_the_numbers_it_gives_here(root: Path) -> None:
    lines = "import random, numpy\nreturn [{'n': random.random(), 'm': numpy.random.random()}]"
    step = body(root, lines)

    with Worker(root) as worker:
        found = [rows(start_on(worker, step, {}, {}, seed)) for seed in (7, 7, None)]

    seed_all(7)
    own = step.function()
    assert [one == own for one in found] == [True, True, False]


# ---- what goes wrong


def test_an_error_is_told_with_type_message_line_trace_and_what_was_printed(root: Path) -> None:
    step = body(
        root,
        """
        for n in range(30):
            print("line", n)
        subprocess.run(["sh", "-c", "echo from a child >&2"])
        raise ValueError("no price")
        """,
    )

    told = broken(root, step)

    assert (told.kind, told.told, str(told)) == ("raised", "ValueError: no price", told.told)
    assert told.place == "pipelines/flow.py:11"
    assert "flow.py" in told.trace
    assert told.trace.endswith("ValueError: no price\n")
    assert told.output.splitlines() == [*(f"line {n}" for n in range(11, 30)), "from a child"]


def test_the_line_told_is_the_projects_own_and_not_a_librarys(root: Path) -> None:
    step = body(root, "import json\nreturn json.loads('{')")

    told = broken(root, step)

    assert told.told.startswith("JSONDecodeError: ")
    assert told.place == "pipelines/flow.py:9"


def test_headgates_own_errors_come_back_as_themselves(root: Path) -> None:
    lines = "from headgate.core.errors import NotFound\nraise NotFound('no bed', mend='buy one')"

    with pytest.raises(NotFound) as caught:
        start(root, body(root, lines), {}, {}, None).result()

    assert (caught.value.message, caught.value.mend) == ("no bed", "buy one")
    assert isinstance(caught.value.__cause__, Broken)
    assert caught.value.__cause__.place == "pipelines/flow.py:9"


def test_what_is_no_rows_is_refused_as_it_is_here(root: Path) -> None:
    with pytest.raises(Invalid, match="step made returned int, which holds no rows"):
        start(root, body(root, "return 7"), {}, {}, None).result()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "ended by signal 9 (killed)"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "ended by signal 11 (segmentation fault)"),
        ("os._exit(3)", "ended with exit code 3"),
    ],
)
def test_a_process_that_dies_is_told_with_how_it_ended(root: Path, line: str, told: str) -> None:
    found = broken(root, body(root, f"print('here')\n{line}"))

    assert (found.kind, found.told) == ("ended", told)
    assert found.output.startswith("here")


def test_a_crash_in_c_names_the_line_it_came_from(root: Path) -> None:
    found = broken(root, body(root, "import ctypes\nctypes.string_at(0)"))

    assert "signal 11" in found.told
    assert 'pipelines/flow.py", line 9 in made' in found.output


def test_of_very_much_that_was_printed_the_end_is_told(root: Path) -> None:
    step = body(root, "print('x' * 100_000)\nprint('the end')\nraise ValueError")

    told = broken(root, step)

    assert told.told == "ValueError"
    assert told.output.endswith("xxx\nthe end")
    assert len(told.output) < 30_000


def test_a_step_has_no_keyboard_to_wait_for(root: Path) -> None:
    assert broken(root, body(root, "input()")).told.startswith("EOFError")


# ---- time


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("busy", [GIL_HELD, "time.sleep(60)"])
def test_a_step_over_its_time_is_ended_with_all_it_started(root: Path, busy: str) -> None:
    started = "trap '' TERM; echo $$ > pids.part; mv pids.part pids; sleep 60 & wait"
    began = time.monotonic()

    told = late(
        root,
        "timeout_s=0.8",
        f"""
        os.chdir({str(root)!r})
        subprocess.Popen(["sh", "-c", "{started}"])
        while not os.path.exists("pids"):
            time.sleep(0.01)
        print("waits", flush=True)
        {busy}
        """,
    )

    assert (told.kind, told.told) == ("late", "took longer than its limit of 0.8 s")
    assert told.output == "waits"
    assert 0.8 <= time.monotonic() - began < 5
    wait_until(lambda: not any(map(is_alive, pids_in(root / "pids"))), 2)


def test_of_several_each_has_its_own_time(root: Path) -> None:
    flow = """
        @step(timeout_s=0.4)
        def short(): time.sleep(60)

        @step(timeout_s=60)
        def long():
            time.sleep(0.1)
            return []
    """
    steps = write(root, flow=flow)
    calls = [start(root, steps[name], {}, {}, None) for name in ("short", "short", "long")]

    while not all(one.is_over for one in calls):
        wait_any([one for one in calls if not one.is_over])

    assert rows(calls[2]) == []
    for one in calls[:2]:
        with pytest.raises(Broken, match=r"took longer than its limit of 0\.4 s"):
            one.result()


@pytest.mark.usefixtures("impatient")
def test_a_step_may_tidy_up_when_its_time_is_over(root: Path) -> None:
    told = late(
        root,
        "timeout_s=0.4",
        f"""
        def tidy(*_):
            open({str(root / "tidy")!r}, "w").close()
            sys.exit(0)
        signal.signal(signal.SIGTERM, tidy)
        time.sleep(60)
        """,
    )

    assert told.kind == "late"
    assert (root / "tidy").exists()


def test_waiting_ends_with_its_time_and_the_step_goes_on(root: Path) -> None:
    step = body(root, "time.sleep(0.1)\nreturn [{'n': n}]")

    with start(root, step, {}, {}, None) as call:
        before = call.wait(0.05)
        found = call.result()

    assert not before
    assert found is not None


@pytest.mark.parametrize("way", ["stop", "leave"])
def test_a_step_that_is_stopped_is_gone(root: Path, way: str) -> None:
    note = f"open({str(root / 'pid')!r}, 'w').write(f'{{os.getpid()}}\\n')"
    step = body(root, f"{note}\ntime.sleep(60)")

    with start(root, step, {}, {}, None) as call:
        (pid,) = pids_in(root / "pid")
        if way == "stop":
            call.stop()

    assert not is_alive(pid)
    with pytest.raises(Broken, match="stopped"):
        call.result()


# ---- several


def test_of_several_the_first_that_is_over_is_told(root: Path) -> None:
    step = body(
        root,
        f"""
        while not os.path.exists({str(root)!r} + f"/{{n}}"):
            time.sleep(0.01)
        return [{{"n": n}}]
        """,
    )
    calls = [start(root, step, {}, {"n": n}, None) for n in range(3)]

    none = wait_any(calls, 0.05)
    order = []
    for n in (1, 2, 0):
        (root / str(n)).touch()
        (done,) = wait_any(calls)
        calls.remove(done)
        order.append(rows(done))

    assert none == []
    assert order == [[{"n": 1}], [{"n": 2}], [{"n": 0}]]
    assert wait_any([]) == []


def test_the_thread_that_started_a_step_may_end_before_it(root: Path) -> None:
    step = body(root, "time.sleep(0.1)\nreturn [{'n': n}]")
    calls: list[Any] = []
    thread = threading.Thread(target=lambda: calls.append(start(root, step, {}, {}, None)))
    thread.start()
    thread.join()

    assert calls[0].result().to_pylist() == [{"n": 1}]


def test_what_a_step_left_running_ends_with_its_process(root: Path) -> None:
    lines = "left = subprocess.Popen(['sleep', '60'])\nreturn [{'pid': left.pid}]"

    found = start(root, body(root, lines), {}, {}, None).result()

    assert found is not None
    wait_until(lambda: not is_alive(found["pid"][0].as_py()), 2)


# ---- one process for many


@pytest.mark.parametrize("n_parts", [100, pytest.param(10_000, marks=pytest.mark.full)])
def test_one_process_serves_many_partitions_and_does_not_grow(root: Path, n_parts: int) -> None:
    flow = """
        import resource
        N = []

        @step
        def made(part):
            N.append(1)
            print("noise " * 1000)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            return [{"n": len(N), "sum": sum(part["id"].to_pylist()), "peak": peak}]
    """
    step = write(root, flow=flow)["made"]
    done = []

    with Worker(root) as worker:
        for n in range(n_parts):
            part = {"part": pa.table({"id": [n, 1]})}
            done += rows(start_on(worker, step, part, {}, None))

    assert [one["n"] for one in done] == list(range(1, n_parts + 1))
    assert [one["sum"] for one in done] == list(range(1, n_parts + 1))
    assert done[-1]["peak"] <= 1.1 * done[n_parts // 10]["peak"]


def test_a_worker_starts_anew_when_its_process_has_ended(root: Path) -> None:
    lines = "if n == 0: os._exit(3)\nif n < 0: raise KeyError(n)\nreturn [{'pid': os.getpid()}]"
    step = body(root, lines)
    pids = []

    with Worker(root) as worker:
        for n in (1, -1, 2, 0, 3):
            try:
                pids.append(rows(start_on(worker, step, {}, {"n": n}, None))[0]["pid"])
            except Broken as error:
                pids.append(error.told)

    assert (pids[1], pids[3]) == ("KeyError: -1", "ended with exit code 3")
    assert pids[0] == pids[2] != pids[4]
    assert not any(map(is_alive, [pids[0], pids[4]]))


def test_a_worker_takes_one_call_at_a_time(root: Path) -> None:
    step = body(root, "time.sleep(0.1)\nreturn [{'n': n}]")

    with Worker(root) as worker:
        first = start_on(worker, step, {}, {}, None)
        with pytest.raises(Conflict, match="before its last one was over"):
            start_on(worker, step, {}, {}, None)
        found = first.result()

    assert found is not None


def test_closing_a_worker_ends_what_it_is_doing(root: Path) -> None:
    step = body(root, f"print('here')\nopen({str(root / 'go')!r}, 'w')\ntime.sleep(60)")
    began = time.monotonic()

    with Worker(root) as worker:
        call = start_on(worker, step, {}, {}, None)
        wait_until((root / "go").exists)

    assert time.monotonic() - began < 5
    with pytest.raises(Broken, match=r"ended by signal 15 \(terminated\)"):
        call.result()


def test_another_thread_may_close_a_worker_that_is_waited_for(root: Path) -> None:
    step = body(root, f"open({str(root / 'go')!r}, 'w')\ntime.sleep(60)")
    worker, told = Worker(root), []

    def wait() -> None:
        with pytest.raises(Broken) as caught:
            start_on(worker, step, {}, {}, None).result()
        told.append(caught.value.told)

    thread = threading.Thread(target=wait)
    thread.start()
    wait_until((root / "go").exists)
    worker.close()
    thread.join(5)

    assert told == ["ended by signal 15 (terminated)"]
    with pytest.raises(Conflict, match="a closed worker was handed a call"):
        start_on(worker, step, {}, {}, None)


# ---- what changes meanwhile


def test_code_that_changed_after_it_was_planned_does_not_run(root: Path) -> None:
    flow = "from _rate import RATE\n@step\ndef made():\n    return [{'rate': RATE}]\n"
    step = write(root, flow=flow, _rate="RATE = 1")["made"]
    (root / "pipelines" / "_rate.py").write_text("RATE = 2", encoding="utf-8")

    with pytest.raises(Conflict, match=r"pipelines/_rate.py changed after step made was planned"):
        start(root, step, {}, {}, None).result()


def test_what_a_step_imports_while_it_runs_must_not_have_changed_either(root: Path) -> None:
    flow = "@step\ndef made():\n    import _late\n    return [{'rate': _late.RATE}]\n"
    step = write(root, flow=flow, _late="RATE = 1")["made"]
    assert step.function() == [{"rate": 1}]
    assert "pipelines/_late.py" in sources(root)
    (root / "pipelines" / "_late.py").write_text("RATE = 2", encoding="utf-8")

    with pytest.raises(Conflict, match=r"pipelines/_late.py changed"):
        start(root, step, {}, {}, None).result()


def test_a_worker_serves_steps_in_turn_without_importing_them_again(root: Path) -> None:
    one = "LOADED = time.monotonic_ns()\n@step\ndef {0}(): return [{{'at': LOADED}}]\n"
    steps = write(root, first=one.format("a"), second=one.format("b"))
    found = []

    with Worker(root) as worker:
        for name in "abab":
            found += [one["at"] for one in rows(start_on(worker, steps[name], {}, {}, None))]

    assert found[0] == found[2] < found[1] == found[3]


def test_a_worker_follows_code_that_was_loaded_anew(root: Path) -> None:
    flow = "from _rate import RATE\n@step\ndef made():\n    return [{'rate': RATE}]\n"
    found = []

    with Worker(root) as worker:
        for rate in (1, 2):
            step = write(root, flow=flow, _rate=f"RATE = {rate}")["made"]
            found += rows(start_on(worker, step, {}, {}, None))

    assert found == [{"rate": 1}, {"rate": 2}]


def test_another_pipeline_that_broke_meanwhile_does_not_matter(root: Path) -> None:
    step = write(root, flow="@step\ndef made(): return []", other="")["made"]
    (root / "pipelines" / "other.py").write_text("def (", encoding="utf-8")

    assert start(root, step, {}, {}, None).result() is not None


@pytest.mark.parametrize(("text", "kind"), [("def (", Invalid), ("", NotFound), (None, NotFound)])
def test_a_step_that_is_gone_meanwhile_is_told(
    root: Path, text: str | None, kind: type[Exception]
) -> None:
    step = body(root, "return []")
    file = root / "pipelines" / "flow.py"
    file.unlink()
    if text is not None:
        file.write_text(text, encoding="utf-8")

    with pytest.raises(kind):
        start(root, step, {}, {}, None).result()


def test_rows_erased_while_a_step_reads_them_make_no_result(root: Path) -> None:
    place = root / PLACE
    erase = f"import shutil; shutil.rmtree({str(place)!r}); return [{{'n': n}}]"
    step = body(root, f"if n: {erase}\nreturn [{{'n': n}}]")

    with Worker(root) as worker:
        with pytest.raises(Conflict, match="rows that step made was reading were erased"):
            start_on(worker, step, {}, {"n": 1}, None).result()
        found = start_on(worker, step, {}, {"n": 0}, None).result()

    assert found is not None


# ---- what cannot start


def test_a_step_that_is_in_no_file_is_refused(root: Path) -> None:
    @declared
    def loose() -> list[Any]:
        return []

    step = step_of(loose)
    assert step is not None
    with pytest.raises(Invalid, match="step loose is in no pipeline file"):
        start(root, step, {}, {}, None)


def test_a_setting_that_cannot_be_handed_over_is_refused(root: Path) -> None:
    with pytest.raises(Invalid, match="a setting of step made cannot be handed to another"):
        start(root, body(root, "return []"), {}, {"n": lambda: 1}, None)


def test_a_cache_that_cannot_be_written_is_told(root: Path) -> None:
    (root / ".headgate").write_text("", encoding="utf-8")

    with pytest.raises(Unavailable, match="step made got no process of its own"):
        start(root, body(root, "return []"), {}, {}, None)

    (root / ".headgate").unlink()


def test_a_limit_of_time_implies_a_process() -> None:
    @declared(timeout_s=5, pool="gpu")
    def slow() -> list[Any]:
        return []

    found = step_of(slow)
    assert found is not None
    assert (found.process, found.timeout_s, found.pool) == (True, 5, "gpu")


@pytest.mark.parametrize("how", [{"timeout_s": 0}, {"timeout_s": float("nan")}, {"pool": "a b"}])
def test_where_a_step_runs_is_checked_when_it_is_declared(how: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        declared(**how)(list)


# ---- parents that are killed

PARENT = """
import sys
from pathlib import Path
from headgate.pipeline.apart import start
from headgate.pipeline.loading import load_steps, sources

root = Path(sys.argv[1])
(step,) = load_steps(root).all
call = start(root, step, {}, {}, None)
call.wait()
"""


@pytest.mark.parametrize("busy", [GIL_HELD, "time.sleep(60)"])
def test_nothing_outlives_a_killed_parent_and_its_files_go_at_the_next_start(
    root: Path, busy: str
) -> None:
    body(
        root,
        f"""
        child = subprocess.Popen(["sleep", "60"])
        open({str(root / "pids")!r}, "w").write(f"{{os.getpid()}} {{child.pid}}\\n")
        {busy}
        """,
    )
    with subprocess.Popen([sys.executable, "-c", PARENT, str(root)]) as parent:
        pids = pids_in(root / "pids")
        assert all(map(is_alive, pids))
        parent.send_signal(signal.SIGKILL)

    wait_until(lambda: not any(map(is_alive, pids)), 3)
    assert len(list((root / PLACE).iterdir())) == 1
    start(root, body(root, "return []"), {}, {}, None).result()


FORKING = """
import os
import sys
from pathlib import Path
from headgate.pipeline.apart import start_on
from headgate.pipeline.loading import load_steps
from headgate.pipeline.workers import Worker

root = Path(sys.argv[1])
(step,) = load_steps(root).all
worker = Worker(root)
pids = [start_on(worker, step, {}, {}, None).result()["pid"][0].as_py()]
copy = os.fork()
if not copy:
    sys.exit(0)
os.waitpid(copy, 0)
pids += [start_on(worker, step, {}, {}, None).result()["pid"][0].as_py()]
print(*pids)
"""


def test_a_copy_of_this_process_that_ends_leaves_the_worker_alone(root: Path) -> None:
    body(root, "return [{'pid': os.getpid()}]")
    command = [sys.executable, "-W", "ignore", "-c", FORKING, str(root)]

    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()

    assert len(said) == 2
    assert said[0] == said[1]
    assert not is_alive(int(said[0]))


def test_a_folder_is_swept_when_nobody_holds_it(root: Path) -> None:
    scratch = Scratch(root)
    (root / PLACE / "left").mkdir()
    (root / PLACE / "left" / "rows.arrow").touch()

    swept = sweep(root / PLACE)

    assert swept == ["left"]
    assert scratch.path.is_dir()
    scratch.remove()
