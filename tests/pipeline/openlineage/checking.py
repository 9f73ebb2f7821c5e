"""Checks events against the classes that the OpenLineage project generates from its schemas."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

BASED = {"_producer", "_schemaURL"}


def known_facets() -> dict[str, Any]:
    """Map each facet's schema to its class; the test is skipped where the library is not here."""
    generated = pytest.importorskip("openlineage.client.generated")
    found: dict[str, Any] = {}
    for module in pkgutil.iter_modules(generated.__path__):
        held = vars(importlib.import_module(f"{generated.__name__}.{module.name}"))
        for one in held.values():
            if isinstance(one, type) and hasattr(one, "_get_schema"):
                found[one._get_schema()] = one
    return found


def check_event(event: dict[str, Any]) -> list[str]:
    """Build an event from the classes, which refuse what the schemas do not hold.

    Returns:
        The names of the facets that the specification knows.
    """
    facets = known_facets()
    events = importlib.import_module("openlineage.client.event_v2")
    checked: list[str] = []

    def built(told: dict[str, Any] | None) -> dict[str, Any]:
        """Build the facets of one thing; each says who tells it and by which schema."""
        for name, facet in (told or {}).items():
            assert facet.keys() >= BASED
            if name.startswith(("headgate_", "dbt_")):
                continue
            fields = {key: value for key, value in facet.items() if key not in BASED}
            facets[facet["_schemaURL"]](**fields)
            checked.append(name)
        return {}

    run, job = event.get("run"), event["job"]
    sides = {"inputs": events.InputDataset, "outputs": events.OutputDataset}
    datasets = {
        side: [kind(**_dataset(one, f"{side[:-1]}Facets", built)) for one in event[side]]
        for side, kind in sides.items()
    }
    about = events.Job(job["namespace"], job["name"], built(job["facets"]))
    base = {"eventTime": event["eventTime"], "producer": event["producer"], "job": about}
    base |= datasets
    if run is None:
        assert event["schemaURL"] == events.JobEvent(**base).schemaURL
        return checked
    ran = events.Run(run["runId"], built(run["facets"]))
    state = events.RunState(event["eventType"])
    assert event["schemaURL"] == events.RunEvent(**base, run=ran, eventType=state).schemaURL
    return checked


def _dataset(told: dict[str, Any], own: str, built: Callable[[Any], Any]) -> dict[str, Any]:
    assert told.keys() <= {"namespace", "name", "facets", own}
    return told | {name: built(told.get(name)) for name in ("facets", own)}
