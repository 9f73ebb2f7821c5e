"""Reads what Evidently saved: reports, snapshots and test suites of 0.4 to 0.7."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from headgate.core.errors import Invalid
from headgate.core.left_out import Notes
from headgate.monitor.exchange.methods import Method, method
from headgate.monitor.exchange.reading import Imported, Settings, Wish, finite
from headgate.monitor.nouns import CheckName, Measured

CHECKS: dict[str, tuple[CheckName, str]] = {
    "MissingValueCount": ("missing", "share"),
    "RowCount": ("volume", "rows"),
    "Accuracy": ("realised_performance", "accuracy"),
    "Precision": ("realised_performance", "precision"),
    "Recall": ("realised_performance", "recall"),
    "F1Score": ("realised_performance", "f1"),
    "RocAuc": ("realised_performance", "roc_auc"),
    "LogLoss": ("realised_performance", "log_loss"),
    "MAE": ("realised_performance", "mae"),
    "RMSE": ("realised_performance", "rmse"),
    "MAPE": ("realised_performance", "mape"),
    "R2Score": ("realised_performance", "r2"),
}
"""Metrics of Evidently beside drift that ours have a counterpart of: check and metric."""
BOM = b"\xef\xbb\xbf"
"""What some editors write before JSON."""
OURS = "headgate:"
"""What a method is called in a report of ours that Evidently has not."""


class Drift(msgspec.Struct, frozen=True):
    """The drift of one column, as a file has it.

    Args:
        column: its name.
        method: as the file calls it.
        score: what came of it.
        threshold: of the file; nothing where none stands there.
        detected: what the file says; nothing where it does not.
        kind: `num`, `cat` or `text`; empty where the file does not say.
    """

    column: str
    method: str
    score: float
    threshold: float | None = None
    detected: bool | None = None
    kind: str = ""


def read_evidently(content: bytes, name: str) -> Imported:
    """Read a saved report, snapshot or test suite.

    Args:
        content: JSON, as `Snapshot.json`, `Snapshot.dumps`, `save_json`, `Report.json`,
            `Report.save` or `TestSuite.json` wrote it.
        name: what errors call it.

    Raises:
        Invalid: it is no JSON, or nothing that Evidently writes.
    """
    plain = _parsed(content.removeprefix(BOM), name)
    notes = Notes()
    for form, wants, read in _FORMS:
        if wants <= plain.keys():
            found = list(read(plain, notes))
            drifts = [one for one in found if isinstance(one, Drift)]
            others = [one for one in found if isinstance(one, Measured)]
            measured = (*_measured(drifts, notes), *others)
            settings = _settings(drifts, plain)
            return Imported(form=form, settings=settings, measured=measured, left_out=notes.all)
    raise Invalid(
        f"{name} is no report of Evidently: it has {', '.join(sorted(plain)[:4]) or 'nothing'}",
        mend="give what Snapshot.save_json or Report.save_json wrote",
    )


def newest_of(folder: Path) -> Path:
    """Find the newest snapshot of a workspace folder, by the time that stands in it.

    Raises:
        Invalid: there is none.
    """
    found = sorted(folder.glob("*/snapshots/*.json")) or sorted(folder.glob("snapshots/*.json"))
    if not found:
        raise Invalid(f"{folder} holds no snapshot", mend="give a workspace, or one report as JSON")
    return max(found, key=_moment)


def _moment(path: Path) -> str:
    return str(_parsed(path.read_bytes(), path.name).get("timestamp", ""))


def _parsed(content: bytes, name: str) -> dict[str, Any]:
    try:
        plain = msgspec.json.decode(_without_nan(content))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Invalid(f"{name} is no JSON: {error}", mend="give a report saved as JSON") from error
    if not isinstance(plain, dict):
        raise Invalid(f"{name} holds no mapping, so no report", mend="give a report saved as JSON")
    return {str(key): each for key, each in plain.items()}


def _without_nan(content: bytes) -> bytes:
    """Write null where Python's own JSON has NaN or Infinity, which is no JSON."""
    import json

    if b"NaN" not in content and b"Infinity" not in content:
        return content
    held = json.loads(content, parse_constant=lambda _: None)
    return json.dumps(held).encode()


def _of_snapshot(plain: dict[str, Any], notes: Notes) -> Iterator[Drift | Measured]:
    """Go through what `Snapshot.json` wrote: a list of metrics, and the tests on them."""
    verdicts = {
        str(dict_of(test, "metric_config").get("metric_id")): test.get("status")
        for test in dicts(plain.get("tests"))
        if test.get("id") == "drift"
    }
    for place, one in enumerate(dicts(plain.get("metrics"))):
        path = f"metrics[{place}]"
        said = one.get("metric_name") or path
        yield from _of_metric(
            dict_of(one, "config"),
            one.get("value"),
            verdicts.get(str(one.get("id"))),
            (path, said, notes),
        )


def _of_dump(plain: dict[str, Any], notes: Notes) -> Iterator[Drift | Measured]:
    """Go through what `Snapshot.dumps` wrote, as a workspace keeps it: results by fingerprint."""
    results = dict_of(plain, "metric_results")
    for key in results:
        one = dict_of(results, key)
        where = dict_of(dict_of(one, "metric_value_location"), "metric")
        value = one.get("value")
        if value is None:
            value = {part: dict_of(one, part).get("value") for part in ("count", "share")}
        told = (f"metric_results.{key}", one.get("display_name", key), notes)
        yield from _of_metric(dict_of(where, "params"), value, None, told)


def _of_metric(
    config: dict[str, Any], value: Any, verdict: Any, told: tuple[str, Any, Notes]
) -> Iterator[Drift | Measured]:
    kind = str(config.get("type", "")).rpartition(":")[2]
    path, said, notes = told
    score = finite(value)
    if kind == "ValueDrift" and score is not None and "column" in config:
        yield Drift(
            str(config["column"]),
            str(config.get("method")),
            score,
            finite(config.get("threshold")),
            None if verdict is None else verdict == "FAIL",
        )
    elif kind == "DriftedColumnsCount" and isinstance(value, dict):
        share, limit = finite(value.get("share")), finite(config.get("drift_share"))
        yield _of_columns(share, limit)
    elif kind in CHECKS:
        yield _other(kind, config, value)
    else:
        notes.add(path, said, "no check of a monitor is like it")


def _of_columns(share: float | None, limit: float | None) -> Measured:
    is_over = share is not None and limit is not None and share >= limit
    return Measured(
        check="data_drift",
        subject="columns",
        metric="drifted_share",
        value=share,
        threshold=limit,
        is_exceeded=is_over,
    )


def _other(kind: str, config: dict[str, Any], value: Any) -> Measured:
    check, metric = CHECKS[kind]
    if isinstance(value, dict):
        value = value.get("share", value.get("mean", value.get("value")))
    subject = str(config.get("column") or metric)
    return Measured(check=check, subject=subject, metric=metric, value=finite(value))


def _of_report(plain: dict[str, Any], notes: Notes) -> Iterator[Drift | Measured]:
    """Go through a report of 0.4 to 0.6: metrics by name, each with its result."""
    for place, one in enumerate(dicts(plain.get("metrics"))):
        yield from _of_result(
            str(one.get("metric")), dict_of(one, "result"), f"metrics[{place}]", notes
        )


def _of_saved(plain: dict[str, Any], notes: Notes) -> Iterator[Drift | Measured]:
    """Go through what `Report.save` of 0.4 to 0.6 wrote."""
    for place, one in enumerate(dicts(dict_of(plain, "suite").get("metric_results"))):
        kind = str(one.get("type")).rpartition(":")[2].removesuffix("Results")
        name = {"DatasetDriftMetric": kind, "ColumnDataDriftMetrics": "ColumnDriftMetric"}
        yield from _of_result(name.get(kind, kind), one, f"suite.metric_results[{place}]", notes)


def _of_result(
    name: str, result: dict[str, Any], path: str, notes: Notes
) -> Iterator[Drift | Measured]:
    if name == "DatasetDriftMetric":
        share, limit = result.get("share_of_drifted_columns"), result.get("drift_share")
        yield _of_columns(finite(share), finite(limit))
    elif "drift_by_columns" in result:
        by_column = dict_of(result, "drift_by_columns")
        for column in by_column:
            yield from _of_column({"column_name": column} | dict_of(by_column, column))
    elif "drift_score" in result and "column_name" in result:
        yield from _of_column(result)
    else:
        notes.add(path, name, "no check of a monitor is like it")


def _of_column(held: dict[str, Any]) -> Iterator[Drift]:
    score = finite(held.get("drift_score"))
    if score is not None:
        yield Drift(
            str(held["column_name"]),
            str(held.get("stattest_name")),
            score,
            finite(held.get("stattest_threshold", held.get("threshold"))),
            _verdict(held.get("drift_detected")),
            str(held.get("column_type", "")),
        )


def _of_suite(plain: dict[str, Any], notes: Notes) -> Iterator[Drift | Measured]:
    """Go through a test suite of 0.4 to 0.6: tests by name, each with its parameters."""
    for place, test in enumerate(dicts(plain.get("tests"))):
        held = dict_of(test, "parameters")
        score = finite(held.get("score"))
        if "column_name" in held and score is not None:
            yield Drift(
                str(held["column_name"]),
                str(held.get("stattest")),
                score,
                finite(held.get("threshold")),
                _verdict(held.get("detected")),
            )
        elif "features" not in held:
            notes.add(f"tests[{place}]", test.get("name"), "write it as a clause of a contract")


def _verdict(held: Any) -> bool | None:
    """Take a truth for a verdict, and nothing else: the text "False" is no drift that was found."""
    return held if isinstance(held, bool) else None


_FORMS = (
    ("snapshot", {"metric_results"}, _of_dump),
    ("report", {"suite"}, _of_saved),
    ("test suite", {"summary", "tests"}, _of_suite),
    ("report", {"version", "metrics"}, _of_report),
    ("snapshot", {"metrics"}, _of_snapshot),
)
"""What Evidently writes, each by keys that only it has among those that follow."""


def _measured(drifts: list[Drift], notes: Notes) -> Iterator[Measured]:
    for one in drifts:
        known = method(one.method)
        if known is None and not one.method.startswith(OURS):
            notes.add(one.column, one.method, "it is a method of the user's own")
        yield Measured(
            check="data_drift",
            subject=one.column,
            metric=(known.number or known.name) if known else one.method.removeprefix(OURS),
            value=one.score,
            threshold=one.threshold,
            p_value=one.score if known is not None and known.is_p_value else None,
            is_exceeded=_is_detected(one, known),
            evidence={"method": one.method, "tool": "evidently"},
        )


def _is_detected(one: Drift, known: Method | None) -> bool:
    """Take the file's own verdict, or that which follows from its number."""
    if one.detected is not None or one.threshold is None:
        return bool(one.detected)
    if known is not None:
        return known.is_drift(one.score, one.threshold)
    return one.method.startswith(OURS) and one.score > one.threshold


def _settings(drifts: list[Drift], plain: dict[str, Any]) -> Settings:
    kinds = {kind: tuple(one.column for one in drifts if one.kind == kind) for kind in _KINDS}
    return Settings(
        columns=tuple(dict.fromkeys(one.column for one in drifts)),
        numerical=kinds["num"],
        categorical=kinds["cat"],
        text=kinds["text"],
        wishes=tuple(_wish(one) for one in drifts if method(one.method)),
        drift_share=_drift_share(plain),
    )


def _wish(one: Drift) -> Wish:
    known = method(one.method)
    is_own = known is not None and one.threshold == known.default
    return Wish(one.column, known.name if known else None, None if is_own else one.threshold)


_KINDS = ("num", "cat", "text")


def _drift_share(plain: dict[str, Any]) -> float | None:
    """Find the share of drifted columns from which the whole has drifted, wherever it stands."""
    listed = [dict_of(one, "config") for one in dicts(plain.get("metrics"))]
    listed += [dict_of(one, "result") for one in dicts(plain.get("metrics"))]
    shares = [finite(one.get("drift_share")) for one in listed if "drift_share" in one]
    return shares[0] if shares else None


def dicts(held: Any) -> list[dict[str, Any]]:
    """Return the mappings of a list; nothing of what is none."""
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def dict_of(held: Any, key: str) -> dict[str, Any]:
    """Return a mapping that stands under a key; an empty one where none does."""
    found = held.get(key) if isinstance(held, dict) else None
    return found if isinstance(found, dict) else {}
