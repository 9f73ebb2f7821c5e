"""Any scikit-learn estimator, and any file, becomes a version inside a run with no further code."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pyarrow as pa
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from headgate.core.errors import NotFound

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

TARGET = "target"


def table_of(bunch: Any) -> pa.Table:
    """Return the first five features of a bundled data set and its target."""
    columns = {
        str(name): bunch.data[:, index] for index, name in enumerate(bunch.feature_names[:5])
    }
    return pa.table(columns | {TARGET: bunch.target})


def split(table: pa.Table) -> tuple[Any, Any]:
    """Return the features, shape (n, 5), and the target, shape (n,)."""
    features = [name for name in table.column_names if name != TARGET]
    return np.column_stack([table[name] for name in features]), np.asarray(table[TARGET])


ESTIMATORS = [
    LogisticRegression(max_iter=5000),
    make_pipeline(StandardScaler(), SVC()),
    DecisionTreeClassifier(max_depth=4, random_state=0),
    HistGradientBoostingClassifier(max_iter=5, random_state=0),
    KNeighborsClassifier(),
    GaussianNB(),
]


@pytest.mark.row("L-01", part="versions")
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
def test_a_fetched_estimator_answers_like_the_one_that_was_logged(
    project: Project, estimator: Any
) -> None:
    project.dataset.commit("cells", table_of(load_breast_cancer()))

    with project.run("train") as run:
        features, target = split(project.dataset.read("cells"))
        estimator.fit(features, target)
        run.log_metric("accuracy", estimator.score(features, target))
        version = run.log_model("cells", estimator)

    again = pickle.loads(project.model.fetch(version.ref))
    assert (again.predict(features) == estimator.predict(features)).all()
    assert version.format == "pickle"
    assert version.signature["n_features"] == 5
    assert version.signature["classes"] == [0, 1]
    assert version.metrics["accuracy"] > 0.8


def test_a_regressor_learned_from_the_rows_its_run_read(project: Project) -> None:
    snapshot = project.dataset.commit("patients", table_of(load_diabetes()))

    with project.run("train", depth=3) as run:
        rows = project.dataset.read("patients", where="age > 0")
        model = RandomForestRegressor(n_estimators=5, max_depth=3, random_state=0)
        version = run.log_model("progress", model.fit(*split(rows)))

    detail = project.model.show("progress")
    (read,) = detail.reads
    assert (detail.version.run_id, detail.lineage) == (run.id, "known")
    assert detail.version == version
    assert (read.dataset, read.number, read.n_rows) == ("patients", 1, rows.num_rows)
    assert 0 < read.n_rows < snapshot.n_rows
    assert project.run.show(run.id).record.parameters == {"depth": "3"}


def test_a_file_is_registered_as_it_is(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "cells.joblib"
    joblib.dump(GaussianNB().fit([[0.0], [1.0]], [0, 1]), path)

    with project.run("train") as run:
        version = run.log_model("cells", path)

    assert (version.filename, version.format) == ("cells.joblib", "file")
    assert project.model.fetch("cells") == path.read_bytes()


def test_training_that_fails_registers_nothing_and_says_so(project: Project) -> None:
    with pytest.raises(ValueError, match="Expected 2D array"), project.run("train") as run:
        run.log_model("cells", GaussianNB().fit([0.0, 1.0], [0, 1]))

    record = project.run.show(run.id).record
    assert record.state == "failed"
    assert str(record.error).startswith("ValueError: Expected 2D array")
    with pytest.raises(NotFound):
        project.model.show("cells")
