"""Steps that are no Python function stand in a pipeline file as functions do."""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import headgate
from headgate import shell, sql
from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.pipeline.kinds.made import file_facts
from headgate.pipeline.steps import step_of
from tests.pipeline.writing import run, write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

SOME = {"id": [1, 2, 3], "day": ["2026-11-01", "2026-11-01", "2026-11-02"]}
DAILY = """
    from headgate import keys, shell, sql

    by_day = keys("day", "2026-11-01", "2026-11-02")
    counted = sql("counted", "select day, count(*) as n from orders group by 1", partitions=by_day)
    named = sql("named", "select id, $partition as day, _rid from orders", partitions=by_day)
    marked = shell(
        "marked", "printf 'day,key\\n%s,k %s\\n' {partition} \\"$SET_partition\\" > $OUT",
        reads=["orders"], format="csv", partitions=by_day,
    )
"""


def test_it_is_declared_as_a_function_is() -> None:
    made = sql("totals", "select * from orders", mode="upsert", key=["id"], retries=2)

    declared = step_of(made)
    assert declared is not None
    assert (declared.name, declared.reads, declared.settings) == ("totals", ("orders",), {})
    assert (declared.mode, declared.key, declared.retries) == ("upsert", ("id",), 2)
    assert (made.__name__, made.__module__) == ("totals", __name__)
    assert made.root == Path(__file__).parent.parent


@pytest.mark.parametrize(
    "made",
    [
        sql("doubled", "select id * $by as id from orders", settings={"by": 2}),
        shell("doubled", "cp {orders} {out}", reads=["orders"], settings={"by": 2}),
    ],
)
def test_it_can_be_handed_to_another_process(made: object) -> None:
    again = pickle.loads(pickle.dumps(made))

    orders = pa.table({"id": [1, 2]})
    assert again(orders=orders).equals(made(orders=orders))  # type: ignore[operator] - both are called


def test_two_that_make_one_dataset_are_refused(project: Project) -> None:
    write(
        project,
        flow="""
            from headgate import sql, step

            one = sql("made", "select 1 as n")

            @step
            def made():
                return [{"n": 1}]
        """,
    )

    with pytest.raises(Conflict, match="both have a step that makes made"):
        project.pipeline.run("flow")


def test_it_makes_one_partition_after_the_other(project: Project) -> None:
    project.dataset.commit("orders", SOME)
    write(project, flow=DAILY)

    assert set(run(project, "flow").values()) == {"ran"}

    found = {
        name: sorted(project.dataset.read(name).to_pylist(), key=str)
        for name in ("counted", "named", "marked")
    }
    assert found["counted"] == [{"day": "2026-11-01", "n": 2}, {"day": "2026-11-02", "n": 1}]
    assert [row["day"] for row in found["named"]] == SOME["day"]
    assert found["marked"] == [
        {"day": day, "key": f"k {day}"} for day in ("2026-11-01", "2026-11-02")
    ]


def test_a_command_in_a_process_of_its_own_ends_with_it(project: Project, tmp_path: Path) -> None:
    began, went_on = tmp_path / "began", tmp_path / "went_on"
    write(
        project,
        flow=f"""
            from headgate import shell

            slow = shell("slow", "touch {began}; (sleep 2; touch {went_on}) & wait", timeout_s=1.4)
        """,
    )

    (step,) = project.pipeline.run("flow").steps

    assert (step.state, began.exists()) == ("failed", True)
    time.sleep(max(began.stat().st_mtime + 2.3 - time.time(), 0))
    assert not went_on.exists()


# ---- declared files


def test_every_file_of_a_declared_folder_counts(tmp_path: Path) -> None:
    for name in ("scripts/a.sh", "scripts/deep/b.py", "scripts/__pycache__/b.pyc", "other.sh"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")

    before = file_facts(tmp_path, ["scripts"])
    (tmp_path / "scripts" / "a.sh").write_text("changed", encoding="utf-8")
    after = file_facts(tmp_path, ["scripts"])

    assert list(before) == ["file scripts/a.sh", "file scripts/deep/b.py"]
    assert [name for name in before if before[name] != after[name]] == ["file scripts/a.sh"]


def test_a_declared_file_that_is_not_there_is_named(project: Project) -> None:
    project.dataset.commit("orders", SOME)
    write(
        project,
        flow="""
            from headgate import shell

            made = shell("made", "cp {orders} {out}", reads=["orders"], files=["scripts/a.sh"])
        """,
    )

    with pytest.raises(NotFound, match=r"scripts/a\.sh, which a step declares"):
        project.pipeline.plan("flow")


def test_what_is_given_by_another_name_is_refused() -> None:
    made = sql("doubled", "select id * $by as id from orders", settings={"by": 2})

    with pytest.raises(Invalid) as caught:
        made(orders=pa.table({"id": [1]}), times=3)

    assert caught.value.mend == "it reads orders and has the settings by"


# ---- made anew

CHAIN = """
    from headgate import rows, shell, sql, step

    tenth = sql("tenth", "select id, x * 0.1 as y, _rid from numbers")
    sums = sql("sums", '''
        select id % 7 as k, sum(y) as y, list(_rid) as _parents from tenth group by 1
    ''')
    copied = shell("copied", "cp {sums} {out}", reads=["sums"])

    @step
    def joined(tenth, copied):
        keys = [number % 7 for number in tenth["id"].to_pylist()]
        return rows.join(rows.with_column(tenth, "k", keys), copied, "k")
"""


def test_made_anew_in_another_folder_every_dataset_is_the_same(tmp_path: Path) -> None:
    roots: list[list[str]] = []

    for name in ("here", "there"):
        with headgate.init(tmp_path / name) as project:
            numbers = list(range(1000))
            project.dataset.commit("numbers", {"id": numbers, "x": [one * 1.1 for one in numbers]})
            write(project, flow=CHAIN)
            report = project.pipeline.run("flow")
            assert [step.lineage for step in report.steps] == ["row"] * 4
            made = [project.dataset.show(step.name).snapshot for step in report.steps]
            roots.append([one.content_root for one in made])

    assert roots[0] == roots[1]
