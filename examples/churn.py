"""From rows to a model, a bad batch, its blast radius and the way back, with scikit-learn.

`python examples/churn.py FOLDER` makes a project there. The data comes with scikit-learn.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import headgate
from headgate.surfaces.python import Project

FEATURES = ("mean radius", "mean texture", "mean area")
N_GOOD = 400


def write_sources(folder: Path) -> list[str]:
    """Write two CSV files; in the second, the labels are flipped."""
    features, target = load_breast_cancer(return_X_y=True)
    columns: Any = dict(zip(FEATURES, features[:, (0, 1, 3)].T, strict=True))
    target[N_GOOD:] = 1 - target[N_GOOD:]
    table = pa.table({"id": np.arange(len(target))} | columns | {"target": target})
    csv.write_csv(table[:N_GOOD], folder / "clinic.csv")
    csv.write_csv(table[N_GOOD:], folder / "partner.csv")
    return [str(folder / "clinic.csv"), str(folder / "partner.csv")]


def train(project: Project) -> tuple[str, str]:
    """Train on the newest snapshot; return the model and a release of it."""
    with project.run("train") as run:
        rows = project.dataset.read("cells")
        features = np.column_stack([rows[name].to_numpy() for name in FEATURES])
        model = make_pipeline(StandardScaler(), LogisticRegression())
        model.fit(features, rows["target"].to_numpy())
        version = run.log_model("cells", model)
    return version.ref, project.release.create("api", model=version.ref).release_id


def answer(project: Project, ref: str) -> None:
    """Answer for every row with a model, and log the answers."""
    model = project.model.load(ref, trust=True)
    rows = project.dataset.read("cells", row_ids=True)
    features = np.column_stack([rows[name].to_numpy() for name in FEATURES])
    logged = {
        "input_row_ids": [[row_id] for row_id in rows["_rid"].to_pylist()],
        "output": model.predict(features).tolist(),
        "user_key": [f"patient-{number}" for number in rows["id"].to_pylist()],
    }
    project.prediction.log(logged, deployment="prod", snapshot="cells")


def main(folder: Path) -> None:
    """Play it through."""
    project, (clinic, partner) = headgate.init(folder, name="cells"), write_sources(folder)
    project.source.ingest("cells", clinic, source="clinic", key="id", at="2026-11-02")
    model, release = train(project)
    project.deployment.create("prod", release=release)
    answer(project, model)
    project.source.ingest("cells", partner, source="partner", at="2026-11-03")
    model, release = train(project)
    project.deployment.promote("prod", release)
    answer(project, model)
    report = project.blast("source:partner")
    print(f"{report.n_rows} bad rows reached {report.predictions.n_exposed} predictions")
    done = project.rollback("prod", because="source:partner", apply=True)
    print(f"{done.deployment} was moved from {done.from_release} to {done.live_release}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
