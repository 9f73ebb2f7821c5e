"""One step of a pipeline at a time, as another orchestrator asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid, NotFound
from tests.pipeline.hosts.shop import sales, spans
from tests.pipeline.writing import PRICES, SHOP, shop, write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project


def states(report: Any) -> dict[str, str]:
    """Return the state of each step of a run or a plan."""
    return {one.name: one.state for one in report.steps}


@pytest.mark.row("S3-78")
def test_one_step_runs_and_not_those_that_lead_to_it(project: Project) -> None:
    shop(project)
    project.pipeline.run("shop")
    write(project, shop=SHOP.replace("rate: float = 2.0", "rate: float = 3.0"), _prices=PRICES)

    last = project.pipeline.run("shop", step="totals")
    first = project.pipeline.run("shop", step="priced", set={"floor": "1"})

    assert states(last) == {"totals": "cached"}
    assert states(first) == {"priced": "ran"}
    assert states(project.pipeline.plan("shop", step="dear")) == {"dear": "run"}


def test_a_step_that_is_not_in_the_pipeline_is_refused(project: Project) -> None:
    shop(project)

    with pytest.raises(NotFound, match="no step of shop named 'total'"):
        project.pipeline.run("shop", step="total")
    with pytest.raises(NotFound, match="no step of shop named 'total'"):
        project.pipeline.plan("shop", step="total")
    with pytest.raises(Invalid, match="no step has a setting 'flor'"):
        project.pipeline.run("shop", step="totals", set={"flor": "1"})


def test_a_step_whose_input_is_not_there_says_so(project: Project) -> None:
    shop(project)

    with pytest.raises(NotFound, match="no dataset named 'dear'"):
        project.pipeline.run("shop", step="totals")


@pytest.mark.row("S3-78")
def test_whoever_tries_again_may_ask_for_one_try(project: Project, tmp_path: Path) -> None:
    write(
        project,
        flow=f"""
            from pathlib import Path
            from headgate import step

            @step(retries=3, wait_s=0)
            def shaky():
                with Path({str(tmp_path / "tries")!r}).open("a") as file:
                    file.write("x")
                raise ValueError("not yet")
        """,
    )

    once = project.pipeline.run("flow", once=True)
    again = project.pipeline.resume(once.pipeline_run_id)

    assert [one.n_tries for one in (*once.steps, *again.steps)] == [1, 1]
    assert (tmp_path / "tries").read_text(encoding="utf-8") == "xx"


def test_a_plan_names_every_partition_if_that_is_asked(project: Project) -> None:
    sales(project)
    project.dataset.commit("priced", {"city": [f"c{number:02}" for number in range(50)]})

    (some,) = project.pipeline.plan("sales", step="by_city").steps
    (every,) = project.pipeline.plan("sales", step="by_city", keys=True).steps

    assert (len(some.keys), len(every.keys), every.keys[:20]) == (20, 50, some.keys)


def test_a_backfill_of_one_step_is_about_its_own_partitions(project: Project) -> None:
    spans(project)

    found = project.pipeline.backfill("spans", step="months", apply=True)

    assert found.partitions == ("2026-09", "2026-10")
    assert found.run is not None
    assert states(found.run) == {"months": "ran"}


def test_the_digest_of_what_runs_changes_with_what_it_is_made_of(project: Project) -> None:
    shop(project)

    def digest(**settings: str) -> str:
        return project.pipeline.plan("shop", set=settings).steps[0].digest

    first, same, other = digest(), digest(), digest(rate="9")
    project.pipeline.run("shop")

    assert first == same != other
    assert digest() == ""
