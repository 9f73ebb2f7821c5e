"""Writes what was measured in the form of Evidently's reports, for tools that read those."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from headgate.core.left_out import LeftOut, Notes
from headgate.monitor.exchange.evidently_in import CHECKS, OURS
from headgate.monitor.exchange.methods import METHODS
from headgate.monitor.exchange.reading import finite
from headgate.monitor.nouns import Measured

METRIC = "evidently:metric_v2:"
RESULT = "evidently:metric_result_v2:"
KINDS: dict[tuple[str, str], str] = {pair: name for name, pair in CHECKS.items()}
SAME = {
    one.number: one.display
    for one in METHODS
    if one.name in {"wasserstein", "ed", "ks", "anderson", "cramer_von_mises", "es"}
}
"""What Evidently computes by the same formula: our name and its own. Of other numbers the
method's name says that it is ours, for its bins are others."""


class Exported(NamedTuple):
    """A report in the form of Evidently.

    Args:
        content: JSON.
        left_out: what that form has no place for.
    """

    content: bytes
    left_out: tuple[LeftOut, ...]


class _Entry(NamedTuple):
    config: dict[str, Any]
    value: Any
    says: str
    measured: Measured

    @property
    def key(self) -> str:
        """A digest of what was measured, as Evidently keys its results."""
        return blake2b(msgspec.json.encode(self.config), digest_size=16).hexdigest()


def write_report(measured: Iterable[Measured]) -> Exported:
    """Write what `Snapshot.json` of Evidently 0.7 writes: metrics, and a test for each drift.

    Args:
        measured: numbers of one window; slices have no place in the form.
    """
    notes = Notes()
    found = _entries(measured, notes)
    metrics = [
        {"id": one.key, "metric_name": one.says, "config": one.config, "value": one.value}
        for one in found
    ]
    tests = [_test(one) for one in found if one.config["type"].endswith(":ValueDrift")]
    return Exported(msgspec.json.encode({"metrics": metrics, "tests": tests}), notes.all)


def write_snapshot(measured: Iterable[Measured], at: datetime) -> Exported:
    """Write what `Snapshot.loads` of Evidently 0.7 reads, and a workspace keeps.

    Args:
        measured: numbers of one window; slices have no place in the form.
        at: when the window ended.
    """
    notes = Notes()
    found = _entries(measured, notes)
    held = {
        "report": {"items": []},
        "name": None,
        "timestamp": at.replace(tzinfo=None).isoformat(),
        "metadata": {"made_by": "headgate"},
        "tags": [],
        "metric_results": {one.key: _result(one) for one in found},
        "top_level_metrics": [one.key for one in found],
        "widgets": [],
        "tests_widgets": [],
    }
    return Exported(msgspec.json.encode(held), notes.all)


def _entries(measured: Iterable[Measured], notes: Notes) -> list[_Entry]:
    found: list[_Entry] = []
    for one in measured:
        made = None if one.slice_ else _entry(one)
        if made is None:
            what = f"{one.metric} of {one.slice_}" if one.slice_ else one.metric
            notes.add(f"{one.check}:{one.subject}", what, "Evidently's form has no place for it")
        else:
            found.append(made)
    return found


def _entry(one: Measured) -> _Entry | None:
    if one.check in {"data_drift", "prediction_drift"} and one.metric == "drifted_share":
        config: dict[str, Any] = {"type": f"{METRIC}DriftedColumnsCount"}
        config["drift_share"] = one.threshold
        share = {"count": None, "share": one.value}
        return _Entry(config, share, f"DriftedColumnsCount(drift_share={one.threshold})", one)
    if one.check in {"data_drift", "prediction_drift"}:
        told = f"column={one.subject},method={_method(one)},threshold={one.threshold}"
        config = {
            "type": f"{METRIC}ValueDrift",
            "column": one.subject,
            "method": _method(one),
            "threshold": one.threshold,
        }
        return _Entry(config, one.value, f"ValueDrift({told})", one)
    kind = KINDS.get((one.check, one.metric))
    if kind is None:
        return None
    if kind != "MissingValueCount":
        return _Entry({"type": f"{METRIC}{kind}"}, one.value, f"{kind}()", one)
    share = finite(one.value)
    n_missing = None if share is None else round(share * one.n)
    value = {"count": n_missing, "share": share}
    config = {"type": f"{METRIC}{kind}", "column": one.subject}
    return _Entry(config, value, f"{kind}(column={one.subject})", one)


def _method(one: Measured) -> str:
    if one.evidence.get("tool") == "evidently":
        return str(one.evidence.get("method"))
    return SAME.get(one.metric, f"{OURS}{one.metric}")


def _test(one: _Entry) -> dict[str, Any]:
    config = one.config
    score = "none" if one.value is None else f"{one.value:.2f}"
    limit = "none" if config["threshold"] is None else f"{config['threshold']:.2f}"
    return {
        "id": "drift",
        "name": f"Value Drift for column {config['column']}",
        "description": f"Drift score is {score}. The drift detection method is "
        f"{config['method']}. The drift threshold is {limit}.",
        "metric_config": {"metric_id": one.key, "params": config},
        "test_config": {},
        "status": "FAIL" if one.measured.is_exceeded else "SUCCESS",
        "bound_test": None,
    }


def _result(one: _Entry) -> dict[str, Any]:
    if not isinstance(one.value, dict):
        return _single(one, one.says, one.value, {})
    parts = {
        part: _single(one, f"{one.says} {part}", value or 0.0, {"value_type": part})
        for part, value in one.value.items()
    }
    return _about(one, one.says, {}) | {"type": f"{RESULT}CountValue"} | parts


def _single(one: _Entry, says: str, value: Any, part: dict[str, str]) -> dict[str, Any]:
    return _about(one, says, part) | {"type": f"{RESULT}SingleValue", "value": value}


def _about(one: _Entry, says: str, part: dict[str, str]) -> dict[str, Any]:
    metric = {"metric_id": one.key, "params": one.config}
    return {
        "display_name": says,
        "metric_value_location": {"metric": metric, "param": part},
        "widget": [],
        "tests": [],
    }
