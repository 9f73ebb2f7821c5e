"""Brings what MLflow knows into the graph: runs as foreign jobs, model versions as models of ours.

Each run is a job of its own, so that of two runs of one experiment only the one that read bad data
is reached. A model here holds no weights: its bytes say where MLflow keeps them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from headgate.core.refs import NAME
from headgate.flows.adopting.mlflow_api import Server
from headgate.flows.adopting.mlflow_events import events_of, model_node, read_by
from headgate.flows.adopting.predictions import release_of
from headgate.flows.adopting.reports import MlflowAdopted, ModelAdopted
from headgate.model.operations import register
from headgate.model.requests import RegisterModel
from headgate.pipeline.openlineage.taking import take_events
from headgate.spine.lineage.foreign import links
from headgate.spine.lineage.foreign.told import node_of
from headgate.spine.store.queries import dataset_names
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.flows.adopting.mlflow_api import Known, Version
    from headgate.flows.adopting.reports import AdoptMlflow
    from headgate.spine.context import Context
    from headgate.spine.lineage.foreign.told import Named

NO_STAGE = frozenset({"", "None", "Archived"})
LONGEST = 80
"""Signs of a name taken over from MLflow at most [count]."""


class _Taken(NamedTuple):
    """Model versions as they are here, and whether each is new."""

    refs: dict[tuple[str, str], str]
    new: set[str]


def adopt_mlflow(context: Context, request: AdoptMlflow) -> MlflowAdopted:
    """Take runs, the datasets they read, model versions, aliases and stages.

    Raises:
        NotFound: there is no such experiment.
        Invalid: the address is none, or something else answers there.
        Unavailable: nobody answers there.
    """
    server = Server(request.url)
    known = server.read(request.experiment)
    taken = take_events(context, list(events_of(server.namespace, known)))
    models = _models(context, server.namespace, known)
    silent = {run.info.run_id for run in known.runs if not run.inputs.dataset_inputs}
    runs = {run.info.run_id for run in known.runs}
    names = read_by(server.namespace, known)
    return MlflowAdopted(
        namespace=server.namespace,
        n_runs=len(runs),
        n_silent_runs=len(silent),
        n_events=taken.n_new,
        models=tuple(
            ModelAdopted(
                mlflow=f"{one.name}/{one.version}",
                model=models.refs[one.name, one.version],
                run=one.run_id or None,
                is_told=one.run_id in runs - silent,
                is_new=models.refs[one.name, one.version] in models.new,
            )
            for one in known.versions
        ),
        releases=_releases(context, known, models),
        datasets=tuple(links.written(one) for one in names),
        unlinked=_unlinked(context, names),
    )


def _models(context: Context, namespace: str, known: Known) -> _Taken:
    """Register each model version once, and say which foreign dataset it is."""
    found = _Taken({}, set())
    with context.catalog.read() as connection:
        linked = links.linked_models(connection, context.tenant)
    for one in known.versions:
        before = linked.get(node_of("dataset", model_node(namespace, one)))
        if before is None:
            before = _registered(context, namespace, one)
            found.new.add(before)
        found.refs[one.name, one.version] = before
    return found


def _registered(context: Context, namespace: str, version: Version) -> str:
    told = {"tracking": namespace, **msgspec.structs.asdict(version)}
    del told["current_stage"]
    name = our_name(version.name)
    content = msgspec.json.encode(told, order="sorted")
    asked = RegisterModel(name, filename=f"{name}-{version.version}.mlflow.json")
    ref = register(context, asked, content).ref
    node = node_of("dataset", model_node(namespace, version))
    with Work(context) as work:
        links.put_link(work.connection, context.tenant, node, f"model:{ref}", context.actor)
        work.record("model_adopted", f"model:{ref}", {"run": version.run_id})
    return ref


def _releases(context: Context, known: Known, models: _Taken) -> tuple[str, ...]:
    """Make a release of what each alias and stage points at, unless there is one."""
    pointing = [
        (f"{model.name}-{one.alias}", (model.name, one.version))
        for model in known.registered
        for one in model.aliases
    ]
    pointing += [
        (f"{one.name}-{one.current_stage.lower()}", (one.name, one.version))
        for one in known.versions
        if one.current_stage not in NO_STAGE
    ]
    made = (
        release_of(context, our_name(name), models.refs[version])
        for name, version in pointing
        if version in models.refs
    )
    return tuple(release for release, is_new in made if is_new)


def _unlinked(context: Context, names: list[Named]) -> tuple[str, ...]:
    with context.catalog.read() as connection:
        own = dataset_names(connection, context.tenant)
        ours = links.own_nodes(connection, context.tenant, context.settings, own)
    return tuple(links.written(one) for one in names if node_of("dataset", one) not in ours)


def our_name(name: str) -> str:
    """Write a name of MLflow with the signs that names have here.

    >>> our_name("Churn model (v2)"), our_name("2fast")
    ('Churn-model--v2-', 'm2fast')
    """
    plain = "".join(sign if NAME.fullmatch(f"a{sign}") else "-" for sign in name)[:LONGEST]
    return plain if NAME.fullmatch(plain) else f"m{plain}"
