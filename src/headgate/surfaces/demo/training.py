"""Trains, measures, registers and releases models; every one is measured on the same rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from headgate.surfaces.demo.arriving import as_features
from headgate.surfaces.demo.cases import LABEL, measures_of
from headgate.surfaces.demo.handbook import build_index, search, split
from headgate.surfaces.demo.world import Helpdesk, Service

if TYPE_CHECKING:
    from datetime import date

    from headgate.surfaces.demo.world import World

WINDOW_DAYS = 5
PROMPTS = (
    "Answer the question from these passages alone.\n\n{passages}\n\nQuestion: {question}\n",
    "Answer from these passages alone, and name the package.\n\n{passages}\n\n{question}\n",
)


def train_triage(world: World, day: date) -> Service:
    """Train on the rows of the last five days, release, and put it in service."""
    first = day - timedelta(days=WINDOW_DAYS - 1)
    service = _train(world, "malignancy", "triage", f"taken_on >= '{first}'")
    _promote(world, "triage", service, f"trained on {day:%A} evening")
    world.history.append(service)
    return service


def train_clean(world: World, where: str) -> Service:
    """Train on the good rows alone, release, and put it in service."""
    service = _train(world, "malignancy", "triage", where)
    _promote(world, "triage", service, "retrained without the bad rows")
    world.history.append(service)
    return service


def train_north(world: World) -> Service:
    """Train the northern clinic's own model, on its own rows."""
    service = _train(world, "malignancy-north", "triage-north", "clinic = 'north'")
    _promote(world, "triage-north", service, "the northern clinic has its own model")
    return service


def release_helpdesk(world: World, *, prompt: int) -> Helpdesk:
    """Cut the handbook into passages, index them, and put the index in service.

    Args:
        world: the story.
        prompt: which of the two prompts answers.
    """
    index, model = _index(world)
    made = world.project.prompt.create("answer", PROMPTS[prompt], parameters={"temperature": "0"})
    release = world.project.release.create(
        "helpdesk", model=model, prompt=made.ref, index=index.snapshot
    )
    service = Service(release.release_id, model, index.vectorizer)
    _promote(world, "helpdesk", service, "the handbook has grown")
    n_words = len(PROMPTS[prompt].split())
    world.helpdesk = Helpdesk(release.release_id, n_words, index, search(index))
    return world.helpdesk


def held_out(world: World) -> pa.Table:
    """Return the rows no model learns from, as features."""
    return as_features(pa.Table.from_pylist(world.cases.held_out))


def accuracy(model: Any, table: pa.Table) -> float:
    """Return the share of rows a model calls right."""
    return float(np.mean(model.predict(inputs(table)) == labels(table)))


def inputs(table: pa.Table) -> Any:
    """Return the measures as a matrix, one row a tumour, columns in the order of the names."""
    names = sorted(measures_of(table.column_names))
    return np.column_stack([table[name].to_numpy() for name in names])


def labels(table: pa.Table) -> Any:
    """Return the diagnoses, shape (n,)."""
    return np.asarray(table[LABEL].to_pylist())


def _train(world: World, model_name: str, name: str, where: str) -> Service:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    with world.project.run("train", model=model_name) as run:
        table = world.project.dataset.read("features", where=where, row_ids=True)
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        model.fit(inputs(table), labels(table))
        score = accuracy(model, held_out(world))
        run.log_metric("accuracy", score)
        version = run.log_model(model_name, model)
    release = world.project.release.create(name, model=version.ref)
    return Service(release.release_id, version.ref, model, score)


def _promote(world: World, deployment: str, service: Service, reason: str) -> None:
    if deployment in world.services:
        world.project.deployment.promote(deployment, service.release, reason=reason)
    else:
        world.project.deployment.create(deployment, release=service.release)
    world.services[deployment] = service


def _index(world: World) -> tuple[Any, str]:
    project = world.project
    with project.run("split"):
        documents = project.dataset.read("handbook", row_ids=True)
        passages = [
            {"_parents": [row["_rid"]], "package": row["package"], "place": place, "text": text}
            for row in documents.to_pylist()
            for place, text in enumerate(split(row["text"]))
        ]
        snapshot = project.dataset.commit("passages", passages)
    at = str(snapshot.number)
    with project.run("index") as run:
        table = project.dataset.read("passages", at=at, row_ids=True)
        index = build_index(f"passages@{at}", table)
        run.log_metric("n_passages", table.num_rows)
        version = run.log_model("retriever", index.vectorizer)
    return index, version.ref
