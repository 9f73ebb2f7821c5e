"""Builds the world of the blast benchmark by public verbs, and the naive graph beside it."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import headgate
from bench.parts import graph as nodes
from bench.parts.derived import DERIVED, lists
from bench.parts.graph import Graph
from bench.parts.plan import N_INDEXED, TAKEN, TRAINED, Plan, day, source_of
from bench.parts.timing import BUILD, tell

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

N_FILES = 5
"""Files of one feeding; each becomes a batch."""


class Facts(msgspec.Struct):
    """What is known of a world that was built.

    Args:
        batches: (node, source, day) of every batch.
        versions: every snapshot as `dataset@number`; its place is its node.
        models: every model version, likewise.
        n_reads: filtered reads that models learned from.
        releases: every release, with the deployment that serves it.
        n_predictions: predictions in the log.
        n_edges: edges of the naive graph.
        built_s: time the build took [s], the naive graph's files included.
    """

    batches: list[tuple[int, str, int]] = []
    versions: list[str] = []
    models: list[str] = []
    n_reads: int = 0
    releases: list[tuple[str, str]] = []
    n_predictions: int = 0
    n_edges: int = 0
    built_s: float = 0.0


class World(NamedTuple):
    """A built world: its folder and what is known of it."""

    folder: Path
    facts: Facts

    @property
    def project(self) -> Path:
        """The project's folder."""
        return self.folder / "project"

    @property
    def graph(self) -> Path:
        """The folder of the naive graph's files."""
        return self.folder / "graph"


class Builder:
    """Everything at hand while a world is built."""

    def __init__(self, plan: Plan, folder: Path, project: Project) -> None:
        self.plan = plan
        self.files = folder / "files"
        self.project = project
        self.graph = Graph(folder / "graph")
        self.facts = Facts()
        self.random = np.random.default_rng(20261121)
        self.started = time.perf_counter()

    def note_version(self, dataset: str, number: int) -> Any:
        """Add a snapshot's rows to the graph; return its row ids with its first column."""
        name = "batch" if dataset in TAKEN or dataset == "clean" else "unit"
        table = self.project.dataset.read(dataset, at=str(number), columns=[name], row_ids=True)
        node = nodes.VERSION + len(self.facts.versions)
        self.facts.versions.append(f"{dataset}@{number}")
        self.graph.add(table["_rid"], node)
        return table

    def version_node(self, dataset: str) -> int:
        """Return the node of a dataset's newest snapshot."""
        names = [name.rpartition("@")[0] for name in self.facts.versions]
        return nodes.VERSION + len(names) - 1 - names[::-1].index(dataset)


def open_world(plan: Plan, *, root: Path = BUILD) -> World:
    """Return a world of the plan's size, built now if it is not there."""
    folder = root / plan.name
    known = folder / "facts.json"
    if known.exists():
        return World(folder, msgspec.json.decode(known.read_bytes(), type=Facts))
    shutil.rmtree(folder, ignore_errors=True)
    with headgate.init(folder / "project", name="bench") as project:
        builder = Builder(plan, folder, project)
        _build(builder)
    shutil.rmtree(builder.files)
    builder.facts.n_edges = builder.graph.n_edges
    builder.facts.built_s = round(time.perf_counter() - builder.started, 1)
    known.write_bytes(msgspec.json.encode(builder.facts))
    return World(folder, builder.facts)


def _build(builder: Builder) -> None:
    heads: list[dict[str, str]] = []
    for index in range(builder.plan.days):
        for place, dataset in enumerate(TAKEN):
            _feed(builder, place, dataset, index)
        if index % 2:
            for dataset in DERIVED:
                _derive(builder, dataset)
            _train(builder)
            heads.append(_newest(builder))
            tell(builder.started, f"round {len(heads)} of {builder.plan.n_rounds} is deployed")
    for dataset in TAKEN:
        table = builder.project.dataset.read(dataset, columns=["batch"], row_ids=True)
        builder.graph.add(nodes.BATCH + table["batch"].to_numpy(), table["_rid"])
    for call in range(builder.plan.n_calls):
        _log(builder, call, heads[call // 4])
        tell(builder.started, f"{builder.facts.n_predictions:,} predictions are logged")


def _newest(builder: Builder) -> dict[str, str]:
    return {name.rpartition("@")[0]: name for name in builder.facts.versions}


def _feed(builder: Builder, place: int, dataset: str, index: int) -> None:
    """Take five files of one source into a dataset, as one snapshot of five batches."""
    n_rows = builder.plan.n_file_rows
    folder = builder.files / f"{dataset}-{index}"
    folder.mkdir(parents=True)
    source = source_of(place, index)
    for file in range(N_FILES):
        batch = len(builder.facts.batches)
        first = (index * N_FILES + file) * n_rows
        rows = _rows(builder, np.arange(first, first + n_rows), batch)
        pq.write_table(rows, folder / f"{file}.parquet")
        builder.facts.batches.append((nodes.BATCH + batch, source, index))
    report = builder.project.source.ingest(dataset, str(folder), source=source, at=day(index))
    builder.note_version(dataset, report.snapshot.number)


def _rows(builder: Builder, units: Any, batch: int) -> pa.Table:
    n_rows = len(units)
    columns: Any = {
        "unit": units,
        "batch": np.full(n_rows, batch, np.int32),
        "area": builder.random.integers(0, 10, n_rows, np.int8),
        "score": builder.random.random(n_rows),
        "label": builder.random.integers(0, 2, n_rows, np.int8),
    }
    return pa.table(columns)


def _derive(builder: Builder, dataset: str) -> None:
    """Make a derived dataset anew in a run, and add which row came from which to the graph."""
    with builder.project.run(f"make-{dataset}"):
        rows, keys, parents = DERIVED[dataset](builder.project)
        snapshot = builder.project.dataset.commit(dataset, rows)
    table = builder.note_version(dataset, snapshot.number)
    if keys is None:
        return
    order = np.argsort(table["unit"].to_numpy())
    places = order[np.searchsorted(table["unit"].to_numpy()[order], keys)]
    builder.graph.add(parents, table["_rid"].to_numpy()[places])


def _train(builder: Builder) -> None:
    """Train, release and deploy the models of one round."""
    facts, project = builder.facts, builder.project
    nth = len(facts.models) // len(TRAINED) + 1
    refs: list[str] = []
    for place, (dataset, condition) in enumerate(TRAINED):
        with project.run("train") as run:
            if condition is None:
                project.dataset.read(dataset)
                parent = builder.version_node(dataset)
            else:
                table = project.dataset.read(dataset, where=condition, row_ids=True)
                parent = nodes.READ + facts.n_reads
                facts.n_reads += 1
                builder.graph.add(table["_rid"], parent)
            version = run.log_model(f"model-{place}", {"round": nth, "kind": place})
        builder.graph.add(parent, nodes.MODEL + len(facts.models))
        facts.models.append(version.ref)
        refs.append(version.ref)
    chunks = _newest(builder)["chunks"]
    for place in range(len(TRAINED) + N_INDEXED):
        index = chunks if place >= len(TRAINED) else None
        _deploy(builder, f"{nth}-{place}", refs[place % len(TRAINED)], index)


def _deploy(builder: Builder, name: str, model: str, index: str | None) -> None:
    facts, project = builder.facts, builder.project
    release = project.release.create(f"release-{name}", model=model, index=index).release_id
    project.deployment.create(f"place-{name}", release=release)
    node = len(facts.releases)
    builder.graph.add(nodes.MODEL + facts.models.index(model), nodes.RELEASE + node)
    if index is not None:
        builder.graph.add(builder.version_node("chunks"), nodes.RELEASE + node)
    builder.graph.add(nodes.RELEASE + node, nodes.DEPLOYMENT + node)
    facts.releases.append((release, f"place-{name}"))


def _log(builder: Builder, call: int, heads: dict[str, str]) -> None:
    """Log one call's predictions: drawn from all places of a round, each naming three rows."""
    plan, facts, random = builder.plan, builder.facts, builder.random
    n_rows, n_places = plan.n_call_rows, len(TRAINED) + N_INDEXED
    served = facts.releases[(call // 4) * n_places :][:n_places]
    places = random.integers(0, n_places, n_rows)
    users = random.integers(0, plan.n_users, n_rows)
    known = random.random(n_rows) < plan.share
    columns: dict[str, Any] = {}
    for column, head, asks in (
        ("input_row_ids", heads["orders"], places < len(TRAINED)),
        ("retrieved_row_ids", heads["chunks"], places >= len(TRAINED)),
    ):
        columns[column] = _named(builder, head, asks & known)
    numbers = np.arange(facts.n_predictions, facts.n_predictions + n_rows)
    columns |= {
        "prediction_id": pa.array([f"p{number}" for number in numbers]),
        "deployment": _picked([place for _, place in served], places),
        "release": _picked([release for release, _ in served], places),
        "snapshot": _picked([heads["orders"], heads["chunks"]], places >= len(TRAINED)),
        "output": random.integers(0, 2, n_rows),
        "confidence": random.random(n_rows),
        "user_key": pa.array([f"user-{user}" for user in users]),
    }
    builder.project.prediction.log(pa.table(columns))
    node = nodes.RELEASE + (call // 4) * n_places
    builder.graph.add(node + places, nodes.EXPOSED + numbers)
    builder.graph.add_users(facts.n_predictions, users)
    facts.n_predictions += n_rows


def _named(builder: Builder, head: str, asks: Any) -> Any:
    """Draw three rows of a snapshot for each prediction that asks; return them as lists."""
    dataset, _, number = head.rpartition("@")
    table = builder.project.dataset.read(dataset, at=number, columns=["unit"], row_ids=True)
    owners = np.repeat(np.flatnonzero(asks), 3)
    drawn = table["_rid"].to_numpy()[builder.random.integers(0, table.num_rows, len(owners))]
    builder.graph.add(drawn, nodes.EXACT + builder.facts.n_predictions + owners)
    return lists(drawn, np.where(asks, 3, 0))


def _picked(names: list[str], places: Any) -> Any:
    """Return for each place the name that stands there."""
    column: Any = pa.array(names)
    return column.take(pa.array(np.asarray(places, np.int64)))
