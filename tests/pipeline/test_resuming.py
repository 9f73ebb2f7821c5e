"""Runs that are taken up again, also after their pipeline's file or what they read has changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Conflict, HeadgateError, NotFound
from tests.asking import fsck
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.pipeline.reports import PipelineRun
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

FLOW = """
    from headgate import step

    @step
    def first():
        return [{"x": 1}]

    @step
    def second(first, *, factor: int = 1):
        raise ValueError("broken")
"""
MENDED = FLOW.replace('raise ValueError("broken")', "return [{'x': factor}]")
CITIES = """
    from pathlib import Path
    from headgate import keys_of, step

    SIGNS = Path({signs!r})

    def called(name):
        with (SIGNS / "calls").open("a") as calls:
            calls.write(name + "\\n")
        if (SIGNS / f"stop-{{name}}").exists():
            raise KeyboardInterrupt
        if (SIGNS / f"broken-{{name}}").exists():
            raise ValueError("broken")

    @step(partitions=keys_of("orders", "city"))
    def cities(orders, partition):
        called(f"cities-{{partition}}")
        return orders

    @step(partitions=keys_of("orders", "city"))
    def sums(cities, partition):
        called(f"sums-{{partition}}")
        return [{{"n": sum(cities["n"].to_pylist())}}]
"""


def failed(project: Project, **settings: str) -> str:
    """Run the pipeline, which fails; return the run."""
    write(project, flow=FLOW)
    return project.pipeline.run("flow", set=settings).pipeline_run_id


def states(report: PipelineRun) -> dict[str, str]:
    """Say what became of each step."""
    return {one.name: one.state for one in report.steps}


@pytest.fixture
def signs(project: Project, tmp_path: Path) -> Path:
    """A folder by whose files two steps are steered; orders of four cities."""
    folder = tmp_path / "signs"
    folder.mkdir()
    project.dataset.commit("orders", {"city": list("wxyz"), "n": [1, 2, 3, 4]})
    write(project, flow=CITIES.format(signs=str(folder)))
    return folder


def calls(signs: Path) -> list[str]:
    """Read for what the steps were called, and forget it."""
    file = signs / "calls"
    found = file.read_text().split() if file.exists() else []
    file.unlink(missing_ok=True)
    return found


def stopped(project: Project, signs: Path, sign: str, **how: Any) -> str:
    """Make partitions until a sign stops it; return the run."""
    (signs / sign).touch()
    with pytest.raises(KeyboardInterrupt):
        project.pipeline.backfill("flow", apply=True, **how)
    (signs / sign).unlink()
    calls(signs)
    return project.pipeline.history().runs[0].run.pipeline_run_id


# ---- after the file has changed


def test_a_step_that_was_mended_runs_with_the_settings_of_its_run(project: Project) -> None:
    run_id = failed(project, factor="3")
    write(project, flow=MENDED)

    report = project.pipeline.resume(run_id)

    assert states(report) == {"first": "cached", "second": "ran"}
    assert project.dataset.read("second").to_pylist() == [{"x": 3}]
    assert project.pipeline.show(run_id).run.state == "done"


def test_a_step_of_another_name_takes_the_place_of_the_one_that_failed(project: Project) -> None:
    run_id = failed(project)
    write(project, flow=MENDED.replace("def second", "def other"))

    report = project.pipeline.resume(run_id)

    assert states(report) == {"first": "cached", "other": "ran"}
    shown = project.pipeline.show(run_id)
    assert (shown.run.state, shown.failed) == ("done", ())
    assert shown.steps == {"first": {"cached": 1}, "other": {"ran": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MENDED.replace("factor", "rate"), "no step has a setting 'factor'"),
        ("def (", "SyntaxError"),
        (MENDED.replace("second(first", "second(frist"), "no dataset named 'frist'"),
    ],
)
def test_a_run_that_cannot_go_on_any_more_says_why_and_can_when_that_is_mended(
    project: Project, text: str, message: str
) -> None:
    run_id = failed(project, factor="3")
    write(project, flow=text)

    with pytest.raises(HeadgateError) as caught:
        project.pipeline.resume(run_id)

    assert message in caught.value.message
    assert caught.value.mend
    shown = project.pipeline.show(run_id)
    assert (shown.run.state, [one.step for one in shown.failed]) == ("failed", ["second"])
    write(project, flow=MENDED)
    assert states(project.pipeline.resume(run_id)) == {"first": "cached", "second": "ran"}


def test_a_run_of_a_pipeline_that_is_gone_names_those_there_are(project: Project) -> None:
    run_id = failed(project)
    (Path(project.address) / "pipelines" / "flow.py").unlink()
    write(project, flows=MENDED)

    with pytest.raises(NotFound) as caught:
        project.pipeline.resume(run_id)

    assert "flows" in caught.value.mend
    assert project.pipeline.history().runs[0].run.state == "failed"


def test_a_partition_that_is_there_no_more_owes_nothing(project: Project, signs: Path) -> None:
    (signs / "broken-cities-y").touch()
    report = project.pipeline.backfill("flow", apply=True)
    assert report.run is not None
    run_id = report.run.pipeline_run_id
    project.dataset.commit("orders", {"city": list("wxz"), "n": [1, 2, 4]})

    again = project.pipeline.resume(run_id, failed_only=True)

    assert not again.has_findings
    shown = project.pipeline.show(run_id)
    assert (shown.run.state, shown.parts) == ("done", {"ran": 6})


# ---- how much of it


def test_where_nothing_failed_nothing_is_made_of_what_failed(project: Project, signs: Path) -> None:
    run_id = stopped(project, signs, "stop-cities-y", partitions=["x", "y"])

    with pytest.raises(Conflict, match=f"no part of {run_id} failed") as caught:
        project.pipeline.resume(run_id, failed_only=True)

    assert caught.value.mend.endswith(f"headgate pipeline resume {run_id}")
    assert calls(signs) == []
    assert project.pipeline.show(run_id).run.state == "cancelled"


def test_a_run_goes_on_with_the_partitions_it_was_about_and_no_others(
    project: Project, signs: Path
) -> None:
    run_id = stopped(project, signs, "stop-cities-y", partitions=["x", "y"])

    project.pipeline.resume(run_id)

    assert calls(signs) == ["cities-y", "sums-x", "sums-y"]


def test_what_is_made_again_is_made_by_each_step_when_the_run_goes_on(
    project: Project, signs: Path, context: Context
) -> None:
    project.pipeline.backfill("flow", apply=True)
    run_id = stopped(project, signs, "stop-sums-x", partitions=["w", "x"], again=True)

    project.pipeline.resume(run_id)

    assert calls(signs)[-1] == "sums-x"
    assert project.pipeline.show(run_id).parts == {"ran": 4}
    project.pipeline.run("flow")
    assert calls(signs) == []
    assert fsck(context).problems == ()


def test_what_failed_as_it_was_made_again_is_made_though_there_is_an_older_one(
    project: Project, signs: Path
) -> None:
    project.pipeline.backfill("flow", apply=True)
    (signs / "broken-sums-x").touch()
    report = project.pipeline.backfill("flow", partitions=["w", "x"], again=True, apply=True)
    (signs / "broken-sums-x").unlink()
    calls(signs)
    assert report.run is not None

    project.pipeline.resume(report.run.pipeline_run_id, failed_only=True)

    assert "sums-x" in calls(signs)


def test_a_run_that_is_not_there_is_told_with_the_nearest(project: Project) -> None:
    run_id = failed(project)

    with pytest.raises(NotFound) as caught:
        project.pipeline.resume(run_id[:-1])

    assert caught.value.mend == f"did you mean {run_id}?"


def test_rows_that_retention_gave_up_while_they_were_read_fail_the_step_alone(
    project: Project,
) -> None:
    for n in range(2):
        project.dataset.commit("orders", {"id": [n]})
    write(
        project,
        flow=f"""
            import headgate
            from headgate import step

            @step
            def late(orders):
                with headgate.open({project.address!r}) as other:
                    other.dataset.commit("orders", {{"id": [5]}})
                    other.dataset.gc(keep_last=1, grace_h=0, apply=True)
                return orders

            @step
            def beside():
                return [{{"x": 1}}]
        """,
    )

    report = project.pipeline.run("flow")

    late = next(one for one in report.steps if one.name == "late")
    assert states(report) == {"late": "failed", "beside": "ran"}
    assert str(late.error).startswith("NotFound: orders@2 expired on ")
    assert late.run_id is not None
    assert project.run.show(late.run_id).reads == ()


TWICE = """
    import headgate
    from pathlib import Path
    from headgate import step

    @step(mode="append")
    def kept(orders):
        if not Path({sign!r}).exists():
            Path({sign!r}).touch()
            with headgate.open({address!r}) as other:
                other.pipeline.run("flow")
        return orders.drop_columns(["_rid"])
"""


@pytest.mark.row("S3-27")
def test_of_two_runs_at_once_one_appends(
    project: Project, tmp_path: Path, context: Context
) -> None:
    project.dataset.commit("orders", {"id": [1, 2]})
    sign = str(tmp_path / "sign")
    write(project, flow=TWICE.format(sign=sign, address=project.address))

    report = project.pipeline.run("flow")

    (step,) = report.steps
    assert step.state == "failed"
    assert "appended the same" in str(step.error)
    assert project.dataset.read("kept")["id"].to_pylist() == [1, 2]
    assert states(project.pipeline.resume(report.pipeline_run_id)) == {"kept": "cached"}
    assert fsck(context).problems == ()
