"""Of how much the lineage is known: what a blast cannot see is never counted as unaffected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headgate.flows.reports import Coverage
from headgate.spine.lineage.coverage import datasets_by_lineage
from headgate.spine.lineage.foreign.links import linked_models, own_nodes, written
from headgate.spine.lineage.foreign.readings import (
    has_any,
    lineage_known,
    made_knowingly,
    unknown_datasets,
    unknown_jobs,
)
from headgate.spine.store.queries import dataset_names

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Holding

CONNECT = {
    "datasets": "Let the runs that wrote these datasets read through Headgate, or return edges.",
    "models": "Say what these models were trained on: adopt the tracking server whose runs log "
    "their inputs (headgate adopt mlflow URL), or register them from a run that read its data.",
    "predictions": "Connect the models behind these releases, or log predictions with the ids of "
    "their rows.",
    "releases": "Say which model answered: headgate adopt predictions FILE --model NAME@N, or log "
    "with a deployment that points at a release.",
    "foreign datasets": "Let the jobs that write these tell what they read (OpenLineage events), "
    "adopt tables where they lie (headgate adopt parquet FOLDER --as NAME), or say which of yours "
    "they are (headgate lineage link FOREIGN DATASET).",
    "foreign jobs": "Let these jobs tell what they read: OpenLineage inputs, or mlflow.log_input "
    "in the training code.",
    "others": "Connect the runs that made these, with what they read.",
}
"""What to connect next, by the kind of which something is unknown."""
N_NAMED = 20
"""Of foreign datasets and jobs so many are named at most [count]; there may be a million."""


def coverage_of(context: Context, holdings: dict[str, Holding]) -> tuple[Coverage, ...]:
    """Count datasets, models, predictions and what else is held, by known and unknown lineage."""
    models = holdings["models"]
    told = _told_elsewhere(context)
    unknown = frozenset(models.detail["unknown"]) - told
    n_models = models.n_known + models.n_unknown
    others = [
        Coverage(kind=one.kind, n_known=one.n_known, n_unknown=one.n_unknown)
        for name, one in holdings.items()
        if name not in {"models", "predictions"}
    ]
    counted = (
        _datasets(context),
        Coverage("models", n_models - len(unknown), len(unknown), tuple(sorted(unknown))),
        _predictions(holdings["predictions"].detail["by_release"], unknown),
        *others,
        *_foreign(context),
    )
    return tuple(
        msgspec.structs.replace(one, connect=what_to_connect(one)) if one.n_unknown else one
        for one in counted
    )


def what_to_connect(known: Coverage) -> str:
    """Say in a sentence what to connect so that more of a kind is known."""
    if known.kind == "predictions":
        return CONNECT["releases" if known.unknown == ("no release",) else known.kind]
    return CONNECT.get(known.kind, CONNECT["others"])


def _told_elsewhere(context: Context) -> frozenset[str]:
    """List the models of ours of which another tool told what they were trained on."""
    with context.catalog.read() as connection:
        models = linked_models(connection, context.tenant)
        known = made_knowingly(connection, context.tenant, models)
    return frozenset(models[node] for node in known)


def _datasets(context: Context) -> Coverage:
    with context.catalog.read() as connection:
        known, unknown = datasets_by_lineage(connection, context.tenant)
    return Coverage("datasets", len(known), len(unknown), tuple(unknown))


def _foreign(context: Context) -> tuple[Coverage, ...]:
    """Count what other tools told of.

    A dataset is known if it is ours, or if a job wrote it that told what it read; a job is known
    unless it wrote something without telling what it read.
    """
    with context.catalog.read() as connection:
        if not has_any(connection, context.tenant):
            return ()
        names = dataset_names(connection, context.tenant)
        ours = own_nodes(connection, context.tenant, context.settings, names)
        found = lineage_known(connection, context.tenant, ours)
        tenant, most = context.tenant, N_NAMED
        datasets = unknown_datasets(connection, tenant, ours, most) if found.n_unknown else ()
        jobs = unknown_jobs(connection, tenant, most) if found.n_blind else ()
    return (
        Coverage("foreign datasets", found.n_known, found.n_unknown, tuple(map(written, datasets))),
        Coverage("foreign jobs", found.n_seeing, found.n_blind, tuple(map(written, jobs))),
    )


def _predictions(by_release: dict[str, dict[str, Any]], unknown: frozenset[str]) -> Coverage:
    """Count predictions; one of a model of unknown lineage is unknown whatever rows it names."""
    n_unknown = 0
    makers: list[str] = []
    for release, facts in sorted(by_release.items()):
        missing = _n_missing(facts, unknown)
        if missing:
            n_unknown += missing
            makers.append(f"release:{release}" if release else "no release")
    n_all = sum(facts["n"] for facts in by_release.values())
    return Coverage("predictions", n_all - n_unknown, n_unknown, tuple(makers))


def _n_missing(facts: dict[str, Any], unknown: frozenset[str]) -> int:
    if facts["model"] in unknown:
        return facts["n"]
    if facts["model"] or facts["index"]:
        return 0
    return facts["n"] - facts["n_with_rows"]
