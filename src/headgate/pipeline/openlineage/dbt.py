"""Reads what dbt did from its artifacts, and tells it as OpenLineage events.

`manifest.json` says what there is and what depends on what, `run_results.json` what became of it.
The events are made of the artifacts alone, so that reading them twice changes nothing.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.openlineage.dbt_events import BETWEEN, BUILT, ENDS, Project, events_of
from headgate.pipeline.openlineage.reports import DbtTaken
from headgate.pipeline.openlineage.taking import take_events

if TYPE_CHECKING:
    from headgate.pipeline.openlineage.reports import TakeDbt
    from headgate.spine.context import Context

MANIFEST, RESULTS = "manifest.json", "run_results.json"
NOT_RUN = "not run"


def take_dbt(context: Context, request: TakeDbt) -> DbtTaken:
    """Read the artifacts of a project and take what they tell.

    Raises:
        NotFound: the folder holds no manifest.json.
        Invalid: an artifact cannot be read.
    """
    target = Path(request.target)
    project = read_project(target, request.namespace)
    try:
        events = [msgspec.json.encode(event) for event in events_of(project)]
        statuses = _statuses(project)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _lacking(target, error) from error
    failed = (name for name, status in statuses.items() if ENDS.get(status) == "FAIL")
    kinds = Counter(node["resource_type"] for node in project.nodes.values())
    return DbtTaken(
        namespace=project.tables,
        n_by_kind={kind: n for kind, n in kinds.items() if kind not in BETWEEN},
        n_by_status=dict(Counter(statuses.values())),
        failed=tuple(sorted(failed)),
        taken=take_events(context, events),
    )


def read_project(target: Path, namespace: str | None = None) -> Project:
    """Read the artifacts in dbt's target folder.

    Args:
        target: the folder.
        namespace: of its tables; `ADAPTER://` if none, for artifacts do not name the host.

    Raises:
        NotFound: it holds no manifest.json.
        Invalid: an artifact cannot be read.
    """
    manifest = _read(target / MANIFEST)
    if manifest is None:
        raise NotFound(f"no {MANIFEST} in {target}", mend="run dbt, then name its target folder")
    results = _read(target / RESULTS) or {}
    try:
        return _project(manifest, results, namespace)
    except (KeyError, TypeError, AttributeError) as error:
        raise _lacking(target, error) from error


def _lacking(target: Path, error: Exception) -> Invalid:
    return Invalid(
        f"the artifacts in {target} lack {error}",
        mend=f"give {MANIFEST} and {RESULTS} as dbt 1.5 or later writes them",
    )


def _statuses(project: Project) -> dict[str, str]:
    """Say what became of each model, seed, snapshot and test."""
    told = {"source", "exposure"} | BETWEEN
    return {
        name: project.results[name]["status"] if name in project.results else NOT_RUN
        for name, node in project.nodes.items()
        if node["resource_type"] not in told
    }


def _project(manifest: dict[str, Any], results: dict[str, Any], namespace: str | None) -> Project:
    about = manifest["metadata"]
    nodes = dict[str, dict[str, Any]](manifest["nodes"] | manifest["sources"])
    for part in ("exposures", "metrics", "semantic_models", "saved_queries"):
        nodes |= manifest.get(part) or {}
    known = BUILT | BETWEEN | {"source", "test", "exposure"}
    kept = {name: node for name, node in nodes.items() if node["resource_type"] in known}
    ran = results.get("metadata") or {}
    return Project(
        name=about.get("project_name") or "dbt",
        tables=namespace or f"{about.get('adapter_type') or 'dbt'}://",
        version=about["dbt_version"],
        made_at=about["generated_at"],
        invocation=ran.get("invocation_id") or about.get("invocation_id") or "",
        ran_at=ran.get("generated_at") or about["generated_at"],
        nodes=kept,
        results={one["unique_id"]: one for one in results.get("results") or ()},
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}", mend="let dbt write it anew") from error
