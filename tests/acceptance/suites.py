"""A project of Great Expectations, and rows on which it and a contract differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

NAN = float("nan")
ROWS = pa.table(
    {
        "id": [1, 2, 3, 3, 5, 6],
        "age": pa.array([30, -4, None, 200, 41, None], pa.int64()),
        "score": [0.5, NAN, 3.0, None, 1.5, NAN],
        "mail": ["a@x.org", "b@x.org", "nomail", None, "ü@x.org", "e@x.org\n"],
        "code": ["A1", "B2", "٣3", "C3", None, "D"],
        "rank": [5, 3, 4, 1, 2, 6],
        "low": [1.0, 2.0, None, 4.0, 5.0, 6.0],
        "high": [2.0, None, 3.0, 1.0, 6.0, 7.0],
        "json": ['{"a": 1}', "NaN", "{", None, "[1]", "1"],
        "flag": [True, False, None, True, True, False],
    }
)
EXPECTATIONS: list[tuple[str, dict[str, Any], str]] = [
    ("column_to_exist", {"column": "id"}, "agree"),
    ("column_to_exist", {"column": "gone"}, "agree"),
    ("column_values_to_not_be_null", {"column": "age"}, "agree"),
    ("column_values_to_not_be_null", {"column": "score"}, "pandas takes for missing"),
    ("column_values_to_not_be_null", {"column": "score", "mostly": 0.4}, "pandas takes"),
    ("column_values_to_be_unique", {"column": "id"}, "agree"),
    ("column_values_to_be_unique", {"column": "score"}, "pandas takes for missing"),
    ("column_values_to_be_between", {"column": "age", "min_value": 0, "max_value": 120}, "agree"),
    ("column_values_to_be_between", {"column": "score", "max_value": 9}, "pandas takes"),
    (
        "column_values_to_be_between",
        {"column": "age", "min_value": 0, "max_value": 300, "mostly": 0.8},
        "a share of the former",
    ),
    ("column_values_to_be_in_set", {"column": "rank", "value_set": ["5", "3"]}, "Python a text"),
    ("column_values_to_be_in_set", {"column": "flag", "value_set": [True]}, "agree"),
    ("column_values_to_not_be_in_set", {"column": "code", "value_set": ["D"]}, "agree"),
    ("column_values_to_match_regex", {"column": "code", "regex": r"^\w\d?$"}, "of every script"),
    ("column_values_to_match_regex", {"column": "mail", "regex": r"^(?!b)"}, "RE2 does not read"),
    (
        "column_values_to_match_regex",
        {"column": "mail", "regex": "org$", "mostly": 0.1},
        "$ stands",
    ),
    ("column_values_to_not_match_regex", {"column": "mail", "regex": "nomail"}, "agree"),
    ("column_value_lengths_to_be_between", {"column": "code", "max_value": 2}, "agree"),
    ("column_values_to_be_of_type", {"column": "age", "type_": "int64"}, "a type of pandas"),
    ("column_values_to_be_increasing", {"column": "rank"}, "just before"),
    ("column_values_to_be_increasing", {"column": "id", "strictly": True}, "agree"),
    (
        "column_pair_values_a_to_be_greater_than_b",
        {"column_A": "high", "column_B": "low"},
        "one side is missing",
    ),
    ("column_values_to_be_json_parseable", {"column": "json"}, "NaN and Infinity"),
    ("column_values_to_be_null", {"column": "age", "mostly": 0.2}, "agree"),
    ("column_mean_to_be_between", {"column": "age", "min_value": 0, "max_value": 120}, "agree"),
    ("column_mean_to_be_between", {"column": "score", "max_value": 2}, "no such figure"),
    ("column_median_to_be_between", {"column": "age", "min_value": 30}, "agree"),
    ("column_stdev_to_be_between", {"column": "rank", "max_value": 2}, "agree"),
    ("column_sum_to_be_between", {"column": "rank", "min_value": 21, "max_value": 21}, "agree"),
    ("column_max_to_be_between", {"column": "age", "max_value": 199}, "agree"),
    ("column_unique_value_count_to_be_between", {"column": "id", "min_value": 5}, "agree"),
    (
        "column_proportion_of_unique_values_to_be_between",
        {"column": "id", "min_value": 0.8},
        "agree",
    ),
    ("table_row_count_to_equal", {"value": 6}, "agree"),
    ("table_row_count_to_be_between", {"min_value": 7}, "agree"),
    ("compound_columns_to_be_unique", {"column_list": ["id", "flag"]}, "agree"),
    ("table_columns_to_match_set", {"column_set": ["id"], "exact_match": False}, "agree"),
    ("table_columns_to_match_ordered_list", {"column_list": ROWS.column_names}, "agree"),
    ("column_kl_divergence_to_be_less_than", {"column": "id", "threshold": 1}, "not translate"),
]
"""Expectations, and whether both agree; where they do not, a part of the reason."""
ACTIONS: list[dict[str, Any]] = [
    {"name": "tell us", "type": "slack", "slack_webhook": "${SLACK_HOOK}", "notify_on": "failure"},
    {"name": "tell us", "type": "slack", "slack_webhook": "https://hooks.slack.com/T0/secret"},
    {"name": "page", "type": "pagerduty", "api_key": "k3y", "routing_key": "s3cret"},
    {
        "name": "mail",
        "type": "email",
        "smtp_address": "smtp.x.org",
        "smtp_port": "587",
        "receiver_emails": "a@x.org, b@x.org",
        "sender_login": "me@x.org",
        "sender_password": "s3cret",
        "use_tls": True,
        "notify_on": "all",
    },
    {"name": "teams", "type": "microsoft", "teams_webhook": "${TEAMS}"},
    {"name": "og", "type": "opsgenie", "api_key": "s3cret"},
    {"name": "docs", "type": "update_data_docs"},
    {"name": "mine", "type": "my_own_action"},
]


def write_project(root: Path) -> Path:
    """Write a project of version 1, with a suite and a checkpoint."""
    home = root / "gx"
    for name in ("expectations", "checkpoints", "plugins"):
        (home / name).mkdir(parents=True)
    suite = {
        "name": "orders",
        "expectations": [
            {"type": f"expect_{kind}", "kwargs": kwargs, "severity": "critical", "meta": {}}
            for kind, kwargs, _ in EXPECTATIONS
        ],
        "meta": {"great_expectations_version": "1.24.1"},
    }
    (home / "expectations" / "orders.json").write_text(json.dumps(suite), encoding="utf-8")
    checkpoint = {"name": "daily", "actions": ACTIONS, "validation_definitions": []}
    (home / "checkpoints" / "daily.json").write_text(json.dumps(checkpoint), encoding="utf-8")
    settings = "config_version: 4.0\nstores:\n  expectations_store: {}\n"
    (home / "great_expectations.yml").write_text(settings, encoding="utf-8")
    (home / "plugins" / "my_own_action.py").write_text("class MyOwnAction: ...\n")
    return root


def write_older_project(root: Path) -> Path:
    """Write a project of version 0.18: other names, a folder in a suite's name, YAML."""
    home = root / "great_expectations"
    (home / "expectations" / "shop").mkdir(parents=True)
    (home / "checkpoints").mkdir()
    suite = {
        "expectation_suite_name": "shop.orders",
        "expectations": [
            {"expectation_type": f"expect_{kind}", "kwargs": kwargs, "meta": {}}
            for kind, kwargs, _ in EXPECTATIONS[:3]
        ],
    }
    place = home / "expectations" / "shop" / "orders.json"
    place.write_text(json.dumps(suite), encoding="utf-8")
    (home / "checkpoints" / "daily.yml").write_text(
        "name: daily\naction_list:\n"
        "- name: slack\n  action:\n    class_name: SlackNotificationAction\n"
        "    slack_webhook: ${HOOK}\n"
        "- name: store\n  action:\n    class_name: StoreValidationResultAction\n",
        encoding="utf-8",
    )
    (home / "great_expectations.yml").write_text("config_version: 3.0\n", encoding="utf-8")
    return root
