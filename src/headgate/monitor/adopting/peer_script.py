"""Runs Evidently over two files and prints each column's score; runs among Evidently, not here.

It is started as a file, with one line of JSON on standard input, and imports nothing of ours.
Versions 0.4 to 0.7 are met, each by the interface it has.
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
from typing import Any


def main() -> None:
    """Read what is wanted, score every column, and print one line of JSON."""
    warnings.simplefilter("ignore")
    asked = json.loads(sys.stdin.readline())
    pandas: Any = _library("pandas")
    frames = [pandas.read_parquet(asked[name]) for name in ("reference", "current")]
    score = _opened(frames[0], frames[1], asked)
    found: list[dict[str, Any]] = []
    for done, wish in enumerate(asked["wishes"]):
        _say({"done": done, "column": wish["column"]})
        try:
            found.append(wish | score(wish))
        except Exception as error:  # noqa: BLE001 - whatever a method says of a column is told
            found.append(wish | {"error": f"{type(error).__name__}: {error}"})
    version = _library("importlib.metadata").version("evidently")
    _say({"version": version, "scores": found})


def _opened(reference: Any, current: Any, asked: dict[str, Any]) -> Any:
    """Return a function that scores one column, by the interface that is there."""
    evidently: Any = _library("evidently")
    if hasattr(evidently, "Dataset") and not asked.get("is_old"):
        return _modern(evidently, reference, current, asked)
    try:
        return _old(_library("evidently.legacy"), reference, current, asked)
    except ImportError:
        return _old(evidently, reference, current, asked)


def _modern(evidently: Any, reference: Any, current: Any, asked: dict[str, Any]) -> Any:
    """Score by `Report.run` of 0.7."""
    metrics: Any = _library("evidently.metrics")
    kinds: dict[str, list[str]] = asked["kinds"]
    definition = evidently.DataDefinition(
        numerical_columns=kinds["number"],
        categorical_columns=kinds["category"],
        text_columns=kinds["text"],
    )
    before, after = (
        evidently.Dataset.from_pandas(frame, data_definition=definition)
        for frame in (reference, current)
    )

    def score(wish: dict[str, Any]) -> dict[str, Any]:
        given = {name: wish[name] for name in ("method", "threshold") if wish[name] is not None}
        metric = metrics.ValueDrift(column=wish["column"], **given)
        run = evidently.Report([metric], include_tests=True).run(after, before)
        plain = json.loads(run.json())
        found = plain["metrics"][0]
        failed = [one["status"] == "FAIL" for one in plain["tests"] if one["id"] == "drift"]
        config = found["config"]
        return {
            "score": found["value"],
            "told": config["method"],
            "limit": config["threshold"],
            "detected": failed[0] if failed else None,
        }

    return score


def _old(package: Any, reference: Any, current: Any, asked: dict[str, Any]) -> Any:
    """Score by `ColumnDriftMetric` of 0.4 to 0.6."""
    name = package.__name__
    report: Any = _library(f"{name}.report")
    metrics: Any = _library(f"{name}.metrics")
    mapping: Any = _library(f"{name}.pipeline.column_mapping")
    kinds: dict[str, list[str]] = asked["kinds"]
    columns = mapping.ColumnMapping(
        target=None,
        prediction=None,
        datetime=None,
        numerical_features=kinds["number"],
        categorical_features=kinds["category"],
        text_features=kinds["text"],
    )

    def score(wish: dict[str, Any]) -> dict[str, Any]:
        metric = metrics.ColumnDriftMetric(
            column_name=wish["column"],
            stattest=wish["method"],
            stattest_threshold=wish["threshold"],
        )
        run = report.Report(metrics=[metric])
        run.run(reference_data=reference, current_data=current, column_mapping=columns)
        found = run.as_dict()["metrics"][0]["result"]
        return {
            "score": float(found["drift_score"]),
            "told": found["stattest_name"],
            "limit": found["stattest_threshold"],
            "detected": bool(found["drift_detected"]),
        }

    return score


def _library(name: str) -> Any:
    return importlib.import_module(name)  # noqa: TID251 - a library of the other tool


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
