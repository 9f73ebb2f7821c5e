"""Events as other tools tell them, small enough to read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

PLACE = "postgres://db:5432"
PRODUCER = "https://example.org/scheduler"
Event = dict[str, Any]


def run_id(number: int) -> str:
    """Make the id of a run."""
    return f"00000000-0000-4000-8000-{number:012d}"


def facet(**fields: Any) -> Event:
    """Make a facet with what every facet has."""
    return {"_producer": PRODUCER, "_schemaURL": f"{PRODUCER}/facet.json", **fields}


def table(name: str, namespace: str = PLACE, **facets: Event) -> Event:
    """Make a dataset as events speak of it."""
    return {"namespace": namespace, "name": name, "facets": facets}


def dashboard(name: str) -> Event:
    """Make a dataset that somebody looks at."""
    return table(name, "bi", datasetType=facet(datasetType="DASHBOARD"))


def told(
    job: str,
    run: int,
    *,
    kind: str = "COMPLETE",
    at: str = "2100-01-01T00:00:00Z",
    reads: tuple[Event | str, ...] = (),
    writes: tuple[Event | str, ...] = (),
    **facets: Event,
) -> Event:
    """Make an event of a run; datasets given as text are tables of one database."""
    return {
        "eventType": kind,
        "eventTime": at,
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run_id(run), "facets": facets},
        "job": {"namespace": "airflow", "name": job, "facets": {}},
        "inputs": [table(one) if isinstance(one, str) else one for one in reads],
        "outputs": [table(one) if isinstance(one, str) else one for one in writes],
    }


def body(*events: Event) -> bytes:
    """Put events together as a producer posts them."""
    return json.dumps(events).encode()


def take(project: Project, *events: Event) -> Any:
    """Let a project take events in."""
    return project.lineage.take(body(*events))
