"""NannyML's CBPE and DLE on data that another process wrote; run among the peers of nannyml.txt.

    python -m bench.parts.estimates FOLDER

reads reference.parquet and current.parquet of FOLDER/classes and FOLDER/numbers, and prints the
estimates of the whole current window as JSON; what NannyML says of classes is kept as FOLDER/
cbpe.parquet.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

CLASSES = ("roc_auc", "f1", "precision", "recall", "specificity", "accuracy")
NUMBERS = ("mae", "mape", "mse", "rmse")


def main() -> None:
    """Estimate both, and print what came of it and how long it took."""
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    print(
        json.dumps(
            {"classes": _classes(folder / "classes"), "numbers": _numbers(folder / "numbers")}
        )
    )


def _classes(folder: Path) -> dict[str, Any]:
    reference, current = _windows(folder)
    started = time.perf_counter()
    estimator = import_module("nannyml").CBPE(
        y_pred_proba="score",
        y_pred="prediction",
        y_true="label",
        problem_type="classification_binary",
        metrics=list(CLASSES),
        chunk_size=len(current),
    )
    estimator.fit(reference)
    result = estimator.estimate(current)
    result.to_df(multilevel=False).to_parquet(folder.parent / "cbpe.parquet")
    return _estimated(result, CLASSES, started)


def _numbers(folder: Path) -> dict[str, Any]:
    reference, current = _windows(folder)
    started = time.perf_counter()
    estimator = import_module("nannyml").DLE(
        feature_column_names=["first", "second"],
        y_pred="prediction",
        y_true="label",
        metrics=list(NUMBERS),
        chunk_size=len(current),
    )
    estimator.fit(reference)
    return _estimated(estimator.estimate(current), NUMBERS, started)


def _windows(folder: Path) -> tuple[Any, Any]:
    """Read the reference and the current window into frames."""
    read = import_module("pandas").read_parquet
    return read(folder / "reference.parquet"), read(folder / "current.parquet")


def _estimated(result: Any, metrics: tuple[str, ...], started: float) -> dict[str, Any]:
    frame = result.filter(period="analysis").to_df()
    values = {each: float(frame[each, "value"].iloc[0]) for each in metrics}
    return {"values": values, "seconds": time.perf_counter() - started}


if __name__ == "__main__":
    main()
