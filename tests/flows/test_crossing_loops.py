"""Blasts over foreign loops: back into our datasets by other names, links that change, versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from tests.pipeline.openlineage.telling import PLACE, dashboard, facet, run_id, table, take, told

if TYPE_CHECKING:
    from headgate.flows.reports import ForeignReach

EARLY, LATE = "2001-01-01T00:00:00Z", "2100-01-01T00:00:00Z"


def reach(project: Project, ref: str, **bounds: Any) -> ForeignReach:
    found = project.blast(ref, **bounds).foreign
    assert found is not None
    return found


def names(nodes: tuple[Any, ...]) -> set[str]:
    return {one.name.removeprefix(f"{PLACE}/") for one in nodes}


def alias(*others: str) -> dict[str, Any]:
    return facet(identifiers=[{"namespace": PLACE, "name": other} for other in others])


@pytest.fixture
def loop(project: Project) -> Project:
    """Theirs copies our `orders` to a mart, and the mart back into our `returned`."""
    for name in ("orders", "returned"):
        project.dataset.commit(name, [{"id": 1}])
    take(
        project,
        told("out", 1, at=EARLY, reads=("orders",), writes=("mart",)),
        told("out", 1, at=LATE),
        told("back", 2, at=EARLY, reads=("mart",), writes=("returned",)),
        told("back", 2, at=LATE),
    )
    for name in ("orders", "returned"):
        project.lineage.link(f"{PLACE}/{name}", name)
    return project


def test_a_loop_through_foreign_jobs_and_back_ends(loop: Project) -> None:
    take(loop, told("again", 3, at=LATE, reads=("returned",), writes=("orders", "returned")))

    found = reach(loop, "snapshot:orders@1")

    assert names(found.jobs) == {"airflow/out", "airflow/back", "airflow/again"}
    assert (found.n_jobs, names(found.datasets)) == (3, {"mart"})


def test_what_came_back_goes_on_from_what_we_made_of_it(loop: Project) -> None:
    take(loop, told("early", 4, at=EARLY, reads=("mart",), writes=("returned",)))
    loop.dataset.commit("returned", [{"id": 2}])
    with loop.run("made"):
        loop.dataset.commit("made", loop.dataset.read("returned", row_ids=True))
    take(loop, told("bi", 5, at=LATE, reads=("made",), writes=(dashboard("sales"),)))
    loop.lineage.link(f"{PLACE}/made", "made")

    found = reach(loop, f"foreign:{PLACE}/mart")

    assert set(found.ours) == {"returned", "made"}
    assert names(found.dashboards) == {"bi/sales"}


def test_a_link_taken_back_ends_the_blast_where_it_led_out(loop: Project) -> None:
    before = names(reach(loop, "snapshot:orders@1").jobs)

    loop.lineage.link(f"{PLACE}/orders", "orders", remove=True)

    assert before == {"airflow/out", "airflow/back"}
    assert names(reach(loop, "snapshot:orders@1").jobs) == set()
    assert names(reach(loop, f"foreign:{PLACE}/orders").jobs) == before


def test_a_link_moved_to_another_dataset_leads_out_of_that_one_alone(loop: Project) -> None:
    loop.lineage.link(f"{PLACE}/orders", "returned")

    found = [reach(loop, f"snapshot:{name}@1").n_jobs for name in ("orders", "returned")]

    assert found == [0, 2]


@pytest.mark.parametrize(("says", "other"), [("orders", "lake"), ("lake", "orders")])
def test_another_name_leads_out_whichever_of_the_two_told_it(
    loop: Project, says: str, other: str
) -> None:
    take(
        loop,
        told("naming", 6, at=EARLY, writes=(table(says, symlinks=alias(other)),)),
        told("reader", 7, at=LATE, reads=("lake",), writes=(dashboard("sales"),)),
    )

    found = reach(loop, "snapshot:orders@1")

    assert names(found.dashboards) == {"bi/sales"}
    assert "airflow/reader" in names(found.jobs)


def test_another_name_told_later_counts_for_what_was_read_before(loop: Project) -> None:
    take(loop, told("reader", 8, at=LATE, reads=("lake",), writes=("copy",)))
    before = names(reach(loop, "snapshot:orders@1").datasets)

    take(loop, told("naming", 9, at=EARLY, reads=(table("lake", symlinks=alias("b", "orders")),)))

    assert "copy" not in before
    assert "copy" in names(reach(loop, "snapshot:orders@1").datasets)


@pytest.mark.parametrize(
    ("told_versions", "is_reached"),
    [
        (["1"], False),
        (["2"], True),
        (["1", "2"], True),
        (["1", "a name of another tool"], True),
        (["1", ""], False),
    ],
)
def test_one_read_of_a_bad_or_unknown_version_is_enough_to_reach_a_job(
    loop: Project, told_versions: list[str], is_reached: bool
) -> None:
    loop.dataset.commit("orders", [{"id": 2}], mode="append")
    reads = [table("orders", version=facet(datasetVersion=one)) for one in told_versions]
    take(loop, *(told("exact", 10, at=LATE, reads=(one,), writes=("copy",)) for one in reads))
    (rid,) = loop.dataset.read("orders", where="id = 2", row_ids=True)["_rid"].to_pylist()

    found = reach(loop, f"row:{rid}")

    assert ("airflow/exact" in names(found.jobs)) is is_reached


def test_a_clean_read_in_one_run_does_not_excuse_a_read_without_version_in_another(
    loop: Project,
) -> None:
    loop.dataset.commit("orders", [{"id": 2}], mode="append")
    clean = table("orders", version=facet(datasetVersion="1"))
    take(
        loop,
        told("mixed", 11, at=LATE, reads=(clean,), writes=("copy",)),
        told("mixed", 12, at=LATE, reads=("orders",), writes=("copy",)),
    )
    (rid,) = loop.dataset.read("orders", where="id = 2", row_ids=True)["_rid"].to_pylist()

    assert "airflow/mixed" in names(reach(loop, f"row:{rid}").jobs)


def test_a_blast_of_one_tenant_does_not_cross_what_another_was_told(loop: Project) -> None:
    with Project(Local(open_context(Path(loop.address), flags={"tenant": "acme"}))) as acme:
        acme.dataset.commit("orders", [{"id": 1}])
        take(acme, told("theirs", 1, at=LATE, reads=("orders",), writes=("secret",)))
        acme.lineage.link(f"{PLACE}/orders", "orders")
        found = [names(reach(one, "snapshot:orders@1").jobs) for one in (acme, loop)]

    assert found == [{"airflow/theirs"}, {"airflow/out", "airflow/back"}]


def test_a_job_that_is_said_to_have_started_itself_is_reached_once(project: Project) -> None:
    own = facet(run={"runId": run_id(1)}, job={"namespace": "airflow", "name": "dag"})
    by_child = facet(run={"runId": run_id(2)}, job={"namespace": "airflow", "name": "child"})
    take(
        project,
        told("dag", 1, parent=own),
        told("child", 2, parent=own, writes=("out",)),
        told("dag", 3, parent=by_child),
    )

    found = reach(project, "foreign:airflow/dag")

    assert (names(found.jobs), names(found.datasets)) == (
        {"airflow/dag", "airflow/child"},
        {"out"},
    )
