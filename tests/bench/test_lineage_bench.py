"""The bench of foreign lineage on a small platform: its events are good, its answers are there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bench.lineage import BATCH, LAYERS, answers, arriving, batches, n_changed, taken
from headgate.pipeline.openlineage.reading import read_event

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

N_JOBS = 5 * LAYERS


def test_the_events_of_the_bench_are_read_and_some_come_twice() -> None:
    events = list(arriving(6000, N_JOBS))

    kinds = [read_event(one).kind for one in events]

    assert 6000 < len(events) < 6000 * 1.05
    assert len(set(events)) == 6000
    assert set(kinds) == {"START", "COMPLETE"}
    assert kinds[:100] != sorted(kinds[:100], reverse=True)


def test_batches_hold_every_event() -> None:
    events = [b'{"a": %d}' % number for number in range(BATCH + 2)]

    found = [json.loads(body) for body in batches(iter(events))]

    assert [len(one) for one in found] == [BATCH, 2]


@pytest.mark.full
def test_every_question_of_the_bench_has_an_answer(project: Project, context: Context) -> None:
    project.dataset.commit("orders", [{"id": 1}], key=["id"])
    n_sent, took_s, _, n_bytes = taken(project, 2000, N_JOBS)

    asked = answers(project, context)
    found = {name: ask(0) for name, ask in asked.items()}

    assert n_changed(context, 2000, N_JOBS) == 0
    assert (n_sent > 2000, took_s > 0, n_bytes > 1e6) == (True, True, True)
    reach = found["blast of a foreign job"].foreign
    assert (reach.n_jobs > LAYERS, reach.n_datasets > LAYERS) == (True, True)
    assert len(found["events of a run"].events) == 2
    assert len(found["Marquez graph, depth 20"]["graph"]) > LAYERS
    assert found["Marquez jobs, a page"]["totalCount"] == N_JOBS
