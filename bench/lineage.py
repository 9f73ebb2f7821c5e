"""Foreign lineage at scale: how fast events are taken, read back and answered from.

A made-up platform of twelve layers: each job reads three tables of the layer before and writes one,
each run tells a START and a COMPLETE with the facets that common producers send (about 5 kB an
event), and they arrive shuffled within a window, one in fifty twice.
`python -m bench.lineage --events 1000000`.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from blake3 import blake3

import headgate
from headgate.pipeline.openlineage.graph import graph
from headgate.pipeline.openlineage.marquez import jobs, runs
from headgate.spine.context import Context, open_context
from headgate.spine.lineage.foreign.log import n_events as n_kept
from headgate.spine.lineage.foreign.log import read_events
from headgate.spine.lineage.foreign.readings import Page
from headgate.spine.lineage.foreign.told import Named
from headgate.surfaces.python import Project

PLACE = "postgres://warehouse:5432"
BATCH = 5000
SHUFFLED = 2000
TWICE = 0.02
LAYERS = 12
START = datetime(2027, 1, 1, tzinfo=UTC)
COLUMNS = [{"name": f"column_{i}", "type": "VARCHAR", "description": "as told"} for i in range(12)]
PRODUCER = "https://example.org/producer/1.0"
SQL = "select * from a join b using (id) where day = current_date " * 8


def facet(**fields: Any) -> dict[str, Any]:
    """Make a facet as producers send it."""
    return {"_producer": PRODUCER, "_schemaURL": f"{PRODUCER}/facet.json", **fields}


def dataset(number: int, version: str | None = None) -> dict[str, Any]:
    """Make a table with its schema, and its version if one is told."""
    facets = {"schema": facet(fields=COLUMNS)}
    if version:
        facets["version"] = facet(datasetVersion=version)
    return {"namespace": PLACE, "name": f"team_{number % 97}.table_{number}", "facets": facets}


def told(job: int, n_jobs: int, run: int) -> Iterator[dict[str, Any]]:
    """Make the events of one run, a START and a COMPLETE."""
    width = n_jobs // LAYERS
    above = [job - width - step for step in (0, 7, job % 50)]
    near = [one if one >= 0 else n_jobs - one for one in above]
    at = START + timedelta(seconds=run)
    event = {
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": str(uuid.UUID(int=run + 1)), "facets": {"some_custom": facet(sql=SQL)}},
        "job": {"namespace": "airflow", "name": f"dag_{job % 500}.task_{job}", "facets": {}},
        "inputs": [dataset(one) for one in near],
        "outputs": [dataset(job, f"v{run}")],
    }
    yield {"eventType": "START", "eventTime": at.isoformat()} | event
    yield {"eventType": "COMPLETE", "eventTime": (at + timedelta(seconds=40)).isoformat()} | event


def arriving(n_events: int, n_jobs: int) -> Iterator[bytes]:
    """Send events out of order and some of them twice."""
    chance = random.Random(7)
    waiting: list[bytes] = []
    for run in range(n_events // 2):
        for event in told(run % n_jobs, n_jobs, run):
            text = json.dumps(event).encode()
            waiting += [text] * (2 if chance.random() < TWICE else 1)
        if len(waiting) > SHUFFLED:
            chance.shuffle(waiting)
            yield from waiting[SHUFFLED // 2 :]
            del waiting[SHUFFLED // 2 :]
    yield from waiting


def batches(events: Iterator[bytes]) -> Iterator[bytes]:
    """Put events together as producers post them: JSON arrays."""
    held: list[bytes] = []
    for event in events:
        held.append(event)
        if len(held) == BATCH:
            yield b"[" + b",".join(held) + b"]"
            held = []
    if held:
        yield b"[" + b",".join(held) + b"]"


def taken(project: Project, n_events: int, n_jobs: int) -> tuple[int, float, float, int]:
    """Take events in; return how many, the time and work it took [s], and their size [bytes]."""
    n_sent, took_s, worked_s, n_bytes = 0, 0.0, 0.0, 0
    for body in batches(arriving(n_events, n_jobs)):
        began, worked = time.perf_counter(), time.process_time()
        found = project.lineage.take(body)
        took_s += time.perf_counter() - began
        worked_s += time.process_time() - worked
        n_sent, n_bytes = n_sent + found.n_events, n_bytes + len(body)
    return n_sent, took_s, worked_s, n_bytes


def n_changed(context: Context, n_events: int, n_jobs: int) -> int:
    """Read every event back, and count those that are not as they were sent, sign for sign."""
    n_wrong, sent = 0, enumerate(once(arriving(n_events, n_jobs)), 1)
    with context.catalog.read() as connection:
        while some := dict(islice(sent, BATCH)):
            found = read_events(connection, context.tenant, list(some))
            n_wrong += sum(found.get(number) != event for number, event in some.items())
        n_wrong += abs(n_kept(connection, context.tenant) - n_events)
    return n_wrong


def once(events: Iterator[bytes]) -> Iterator[bytes]:
    """Leave out what came before."""
    seen: set[bytes] = set()
    for event in events:
        digest = blake3(event).digest(16)
        if digest not in seen:
            seen.add(digest)
            yield event


def p95_ms(ask: Callable[[int], Any], n: int = 30) -> tuple[float, float, float]:
    """Ask several times, each time of another thing.

    Returns:
        Median and 95th percentile of the time, and median of the processor's [ms].
    """
    times: list[float] = []
    works: list[float] = []
    for place in range(n):
        began, worked = time.perf_counter(), time.process_time()
        ask(place)
        times.append((time.perf_counter() - began) * 1000)
        works.append((time.process_time() - worked) * 1000)
    return statistics.median(times), sorted(times)[int(0.95 * n)], statistics.median(works)


def answers(project: Project, context: Context) -> dict[str, Callable[[int], Any]]:
    """Name what is asked of the graph, each of a different place in it."""

    def name(job: int) -> str:
        return f"dag_{job % 500}.task_{job}"

    def node(place: int) -> str:
        return f"job:airflow:{name(31 * place)}"

    return {
        "blast of a foreign job": lambda at: project.blast(f"foreign:airflow/{name(31 * at)}"),
        "blast of our dataset": lambda _: project.blast("snapshot:orders@1"),
        "Marquez graph, depth 20": lambda at: graph(context, node(at), 20),
        "Marquez jobs, a page": lambda at: jobs(context, "airflow", Page(offset=100 * at)),
        "Marquez runs of a job": lambda at: runs(context, Named("airflow", name(at)), Page()),
        "events of a run": lambda at: project.lineage.events(
            run_id=str(uuid.UUID(int=1 + 997 * at))
        ),
    }


def main() -> None:
    """Print the rate, the size, and the time of each answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--read-back", action="store_true", help="compare every event")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "platform"
        with headgate.init(root) as project:
            project.dataset.commit("orders", [{"id": 1}], key=["id"])
            n_sent, took_s, worked_s, n_bytes = taken(project, options.events, options.jobs)
            size = sum(path.stat().st_size for path in root.rglob("catalog.db*"))
            print(f"took {n_sent:,} events in {took_s:.1f} s: {n_sent / took_s:,.0f} a second")
            print(f"of processor time {worked_s:.1f} s: {n_sent / worked_s:,.0f} a second")
            print(
                f"sent {n_bytes / 1e6:,.0f} MB, kept with the graph {size / 1e6:,.0f} MB",
                flush=True,
            )
            middle = options.jobs // 20
            project.lineage.link(f"{PLACE}/team_{middle % 97}.table_{middle}", "orders")
            context = open_context(root)
            if options.read_back:
                n_wrong = n_changed(context, options.events, options.jobs)
                print(f"read back: {n_wrong:,} events differ from what was sent", flush=True)
            for asked, ask in answers(project, context).items():
                median, p95, work = p95_ms(ask)
                told = f"median {median:7.1f} ms  p95 {p95:7.1f} ms  work {work:7.1f} ms"
                print(f"{asked:28} {told}")
            context.opened.close()


if __name__ == "__main__":
    main()
