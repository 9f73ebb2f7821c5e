"""Reports of Evidently, as its versions write them, cut down to what tells drift."""

from __future__ import annotations

from typing import Any

V2 = "evidently:metric_v2:"


def value_drift(column: str, method: str, threshold: float) -> dict[str, Any]:
    """Return the settings of one column's drift in 0.7."""
    return {
        "type": f"{V2}ValueDrift",
        "column": column,
        "method": method,
        "threshold": threshold,
    }


AMOUNT = value_drift("amount", "Wasserstein distance (normed)", 0.1)
COUNTRY = value_drift("country", "psi", 0.2)
SHARE = {"type": f"{V2}DriftedColumnsCount", "drift_share": 0.4}
SNAPSHOT: dict[str, Any] = {
    "metrics": [
        {"id": "s", "metric_name": "Drifted", "config": SHARE, "value": {"count": 1, "share": 0.5}},
        {"id": "a", "metric_name": "ValueDrift(amount)", "config": AMOUNT, "value": 0.34},
        {"id": "c", "metric_name": "ValueDrift(country)", "config": COUNTRY, "value": 0.15},
        {
            "id": "m",
            "metric_name": "Missing",
            "config": {"type": f"{V2}MissingValueCount", "column": "amount"},
            "value": {"count": 3, "share": 0.3},
        },
        {"id": "q", "metric_name": "Quantile", "config": {"type": f"{V2}QuantileValue"}},
    ],
    "tests": [
        {"id": "lt", "metric_config": {"metric_id": "s"}, "status": "FAIL"},
        {"id": "drift", "metric_config": {"metric_id": "a"}, "status": "FAIL"},
        {"id": "drift", "metric_config": {"metric_id": "c"}, "status": "SUCCESS"},
    ],
}
DUMP: dict[str, Any] = {
    "report": {"items": []},
    "timestamp": "2026-11-03T10:00:00",
    "metric_results": {
        "s": {
            "type": "evidently:metric_result_v2:CountValue",
            "metric_value_location": {"metric": {"metric_id": "s", "params": SHARE}, "param": {}},
            "count": {"value": 1.0},
            "share": {"value": 0.5},
        },
        "a": {
            "type": "evidently:metric_result_v2:SingleValue",
            "display_name": "Value drift for amount",
            "metric_value_location": {"metric": {"metric_id": "a", "params": AMOUNT}, "param": {}},
            "value": 0.34,
        },
    },
    "widgets": [],
}


def drift_of(column: str, kind: str, method: str, score: float) -> dict[str, Any]:
    """Return one column's drift, as 0.4 to 0.6 had it."""
    return {
        "column_name": column,
        "column_type": kind,
        "stattest_name": method,
        "stattest_threshold": 0.1,
        "drift_score": score,
        "drift_detected": score > 0.1,
    }


TABLE = {
    "drift_share": 0.5,
    "drift_by_columns": {
        "amount": drift_of("amount", "num", "Wasserstein distance (normed)", 0.34),
        "country": drift_of("country", "cat", "Jensen-Shannon distance", 0.05),
        "note": drift_of("note", "text", "Absolute text content drift", 0.6),
    },
}
WHOLE = {"drift_share": 0.5, "share_of_drifted_columns": 0.67, "dataset_drift": True}
REPORT: dict[str, Any] = {
    "version": "0.6.7",
    "metrics": [
        {"metric": "DatasetDriftMetric", "result": WHOLE},
        {"metric": "DataDriftTable", "result": TABLE},
        {"metric": "ColumnSummaryMetric", "result": {"column_name": "amount"}},
    ],
    "timestamp": "2025-11-03 10:00:00",
}
SAVED: dict[str, Any] = {
    "id": "1",
    "suite": {
        "metrics": [],
        "metric_results": [
            {"type": "evidently:metric_result:DatasetDriftMetricResults", **WHOLE},
            {"type": "evidently:metric_result:DataDriftTableResults", **TABLE},
        ],
    },
}
SUITE: dict[str, Any] = {
    "version": "0.6.7",
    "tests": [
        {
            "name": "Share of Drifted Columns",
            "status": "FAIL",
            "parameters": {"condition": {"lt": 0.3}, "features": {}},
        },
        {
            "name": "Drift per Column",
            "status": "FAIL",
            "parameters": {
                "stattest": "K-S p_value",
                "score": 0.01,
                "threshold": 0.05,
                "detected": True,
                "column_name": "amount",
            },
        },
        {"name": "Number of Rows", "status": "SUCCESS", "parameters": {"value": 10}},
    ],
    "summary": {"all_passed": False},
}
