"""What a run was started by: read from the environment and kept with it, or left out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from headgate.pipeline.origin import about, nominal_at, parent_in, parents_in, parents_said
from headgate.spine.lineage.foreign.told import Named

RUN = "0190163d-8694-7b5b-b434-6906c6a03bb7"
WHEN = datetime(2026, 11, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "job"),
    [
        (f"airflow/etl.load/{RUN}", Named("airflow", "etl.load")),
        (f"s3://lake/x/job/{RUN.upper()}", Named("s3://lake/x", "job")),
    ],
)
def test_a_parent_is_a_namespace_a_job_and_a_run(text: str, job: Named) -> None:
    found = parent_in(text)

    assert found is not None
    assert (found.run_id, found.job) == (RUN, job)


@pytest.mark.parametrize("text", ["", "a", f"a/{RUN}", f"/b/{RUN}", "a/b/manual__1", f"a//{RUN}"])
def test_what_is_no_parent_is_none(text: str) -> None:
    assert parent_in(text) is None


def test_the_environment_names_the_task_and_the_run_at_the_top(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"airflow/etl.load/{RUN}")
    monkeypatch.setenv("OPENLINEAGE_ROOT_PARENT_ID", "nonsense")

    said = parents_said()

    assert list(said) == ["openlineage_parent"]
    parent, root = parents_in(said)
    assert parent == root == parent_in(f"airflow/etl.load/{RUN}")
    assert parents_in({}) == (None, None)


def test_a_moment_holds_within_its_block() -> None:
    with about(WHEN):
        inside = nominal_at()

    assert (inside, nominal_at()) == (WHEN, None)
