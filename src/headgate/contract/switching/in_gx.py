"""Run by a Python that has Great Expectations: looks at rows by suites, and writes what it says.

Nothing of Headgate is there. Called with a file of JSON that says which rows and which suites, and
a file to write. Version 1 looks through a batch, 0.18 through a validator.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

N_SIGNS = 300
"""Signs of an error that are told [count]."""


def main(wanted: str, answers: str) -> None:
    """Look at every expectation of every suite, one after the other.

    Args:
        wanted: a file of JSON: `rows`, a Parquet file, and `suites`, each a list of expectations.
        answers: the file to write: `version`, and of each suite a list in the same order.
    """
    asked = json.loads(Path(wanted).read_text(encoding="utf-8"))
    version, look = _opened(asked["rows"])
    said: dict[str, list[dict[str, Any]]] = {}
    for name, expectations in asked["suites"].items():
        said[name] = [_said(look, one) for one in expectations]
        print(json.dumps({"suite": name}), flush=True)  # noqa: T201 - its caller reads this
    told = {"version": version, "suites": said}
    Path(answers).write_text(json.dumps(told), encoding="utf-8")


def _opened(rows: str) -> tuple[str, Any]:
    """Open the rows; return the version, and what looks at one expectation."""
    pandas = __import__("pandas")
    gx = __import__("great_expectations")
    frame = pandas.read_parquet(rows)
    if int(gx.__version__.split(".")[0]) < 1:
        return gx.__version__, _by_validator(gx.get_context(mode="ephemeral"), frame)
    return gx.__version__, _by_batch(gx.get_context(mode="ephemeral"), frame)


def _by_batch(context: Any, frame: Any) -> Any:
    name = "great_expectations.expectations.registry"
    registry = __import__(name, fromlist=["get_expectation_impl"])
    asset = context.data_sources.add_pandas("headgate").add_dataframe_asset("rows")
    definition = asset.add_batch_definition_whole_dataframe("all")
    batch = definition.get_batch({"dataframe": frame})

    def look(kind: str, kwargs: dict[str, Any]) -> Any:
        expectation = registry.get_expectation_impl(kind)(**kwargs)
        return batch.validate(expectation, result_format="SUMMARY")

    return look


def _by_validator(context: Any, frame: Any) -> Any:
    validator = context.sources.pandas_default.read_dataframe(frame)

    def look(kind: str, kwargs: dict[str, Any]) -> Any:
        return getattr(validator, kind)(**kwargs, result_format="SUMMARY")

    return look


def _said(look: Any, expectation: dict[str, Any]) -> dict[str, Any]:
    kind = expectation.get("type") or expectation.get("expectation_type")
    own = {"result_format", "catch_exceptions", "include_config", "batch_id"}
    kwargs = {key: one for key, one in expectation["kwargs"].items() if key not in own}
    try:
        found = look(kind, kwargs).to_json_dict()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return {"success": None, "error": f"{type(error).__name__}: {error}"[:N_SIGNS]}
    wrong = _wrong(found.get("exception_info") or {})
    if wrong:
        return {"success": None, "error": wrong}
    result = found.get("result") or {}
    observed = _plain(result.get("observed_value"))
    count = result.get("unexpected_count")
    count = None if count is None else int(count)
    return {"success": bool(found["success"]), "count": count, "observed": observed}


def _wrong(told: dict[str, Any]) -> str:
    """Return what was raised; version 1 tells it under the name of each metric."""
    many = [told] if "raised_exception" in told else [one for one in told.values() if one]
    raised = [one for one in many if isinstance(one, dict) and one.get("raised_exception")]
    return str(raised[0].get("exception_message"))[:N_SIGNS] if raised else ""


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it; a number that is none as nothing."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return str(value)[:N_SIGNS]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
