"""Files that are broken, odd or half of what they should be: told or named, and never a crash."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.monitor.exchange.evidently_code import read_code
from headgate.monitor.exchange.evidently_in import newest_of, read_evidently
from headgate.monitor.exchange.evidently_out import write_report
from headgate.monitor.exchange.reading import Imported, finite
from headgate.monitor.nouns import Measured
from tests.monitor.exchange import samples

MANY = settings(max_examples=60, deadline=None)
KEYS = st.sampled_from(
    [
        *("metrics", "tests", "suite", "metric_results", "config", "value", "type", "column"),
        *("threshold", "id", "status", "metric", "result", "drift_by_columns", "drift_score"),
        *("stattest_name", "parameters", "column_name", "summary", "metric_config", "method"),
    ]
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4)
)
TREES = st.recursive(
    LEAVES,
    lambda each: st.one_of(st.lists(each, max_size=3), st.dictionaries(KEYS, each, max_size=4)),
    max_leaves=25,
)
ARGUMENTS = st.sampled_from(
    ["columns", "num_threshold", "cat_method", "per_column_method", "drift_share"]
)
LITERALS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda each: st.one_of(st.lists(each, max_size=3), st.dictionaries(KEYS, each, max_size=2)),
    max_leaves=6,
)


def drifted(**config: Any) -> dict[str, Any]:
    """Return a snapshot with the drift of one column."""
    about = {"type": f"{samples.V2}ValueDrift", "column": "a", "method": "psi", **config}
    return {"metrics": [{"id": "x", "metric_name": "drift", "config": about, "value": 0.3}]}


def read(plain: Any) -> Imported:
    """Read what Evidently would have saved."""
    return read_evidently(json.dumps(plain).encode(), "saved.json")


def code(text: str) -> Imported:
    """Read a Python file."""
    return read_code(text.encode(), "drift.py")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "saved.json is no JSON"),
        (b"\xff\xfe{}", "saved.json is no JSON"),
        (b'{"a": NaN', "saved.json is no JSON"),
        (b"[" * 100_000, "saved.json is no JSON"),
        (b"[]", "holds no mapping"),
        (b"null", "holds no mapping"),
        (b"3", "holds no mapping"),
        (b"{}", "is no report of Evidently: it has nothing"),
        (b'{"b": 1, "a": 2}', "is no report of Evidently: it has a, b"),
    ],
)
def test_what_is_no_report_is_refused_with_its_name(content: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message) as caught:
        read_evidently(content, "saved.json")

    assert "give" in caught.value.mend


def test_a_mark_of_the_byte_order_before_the_report_is_passed_over() -> None:
    content = json.dumps(samples.SNAPSHOT).encode()

    assert read_evidently(b"\xef\xbb\xbf" + content, "a") == read_evidently(content, "a")


@MANY
@given(plain=st.dictionaries(KEYS, TREES, max_size=5))
def test_whatever_json_says_is_read_or_refused(plain: dict[str, Any]) -> None:
    found = None
    with suppress(Invalid):
        found = read(plain)

    values = [one.value for one in found.measured] if found else []
    assert found is None or found.form in {"snapshot", "report", "test suite"}
    assert [one for one in values if one is not None and finite(one) is None] == []


@MANY
@given(
    value=LITERALS,
    key=st.sampled_from(
        ["columns", "num_threshold", "cat_method", "per_column_method", "drift_share"]
    ),
)
def test_whatever_literal_code_gives_is_read_or_named(value: Any, key: str) -> None:
    found = code(f"DataDriftPreset({key}={value!r})")

    held = found.settings
    is_taken = bool(held.columns or held.threshold or held.method or held.wishes)
    is_taken |= held.drift_share is not None
    is_empty = value is None or value in ([], {})
    assert is_taken or found.left_out or is_empty


def test_a_metric_whose_id_is_a_list_is_read() -> None:
    plain = drifted(threshold=0.1)
    plain["metrics"][0]["id"] = ["x"]
    plain["tests"] = [{"id": "drift", "metric_config": {"metric_id": ["x"]}, "status": "SUCCESS"}]

    (found,) = read(plain).measured

    assert (found.value, found.is_exceeded) == (0.3, False)


@pytest.mark.parametrize("value", [10**400, "0.3", True, None, [0.3]])
def test_a_score_that_is_no_number_is_named_and_not_measured(value: object) -> None:
    plain = drifted(threshold=0.1)
    plain["metrics"][0]["value"] = value

    found = read(plain)

    assert found.measured == ()
    assert [(one.path, one.what) for one in found.left_out] == [("metrics[0]", "drift")]


@pytest.mark.parametrize(
    ("threshold", "kept", "exceeded"),
    [(0.3, 0.3, True), (0.31, 0.31, False), ("0.1", None, False), (10**400, None, False)],
)
def test_a_score_is_drift_from_its_threshold_on(
    threshold: object, kept: float | None, *, exceeded: bool
) -> None:
    (found,) = read(drifted(threshold=threshold)).measured

    assert (found.threshold, found.is_exceeded) == (kept, exceeded)


@pytest.mark.parametrize(
    ("said", "exceeded"),
    [(True, True), (False, False), ("False", False), ("yes", False), (1, False)],
)
def test_only_a_truth_is_taken_for_the_verdict_of_an_old_report(
    said: object, *, exceeded: bool
) -> None:
    column = {"drift_score": 0.01, "stattest_name": "PSI", "drift_detected": said}
    result = {"drift_by_columns": {"amount": {**column, "stattest_threshold": 0.1}}}
    plain = {"version": "0.4", "metrics": [{"metric": "DataDriftTable", "result": result}]}

    (found,) = read(plain).measured

    assert (found.subject, found.is_exceeded) == ("amount", exceeded)


def test_a_drift_of_no_column_is_named_and_not_taken_for_one_called_none() -> None:
    result = {"drift_score": 0.2, "stattest_name": "PSI"}

    found = read({"version": "0.4", "metrics": [{"metric": "ColumnDrift", "result": result}]})

    assert (found.measured, found.settings.columns) == ((), ())
    assert [one.what for one in found.left_out] == ["ColumnDrift"]


def test_the_newest_snapshot_of_a_workspace_is_that_of_the_latest_time(tmp_path: Path) -> None:
    folder = tmp_path / "project" / "snapshots"
    folder.mkdir(parents=True)
    for name, at in (("a", "2026-11-02"), ("b", "2026-11-03"), ("c", "2026-10-30")):
        (folder / f"{name}.json").write_text(json.dumps({"timestamp": at}))

    assert newest_of(tmp_path).name == "b.json"
    assert newest_of(tmp_path / "project").name == "b.json"
    with pytest.raises(Invalid, match="holds no snapshot"):
        newest_of(folder)


@pytest.mark.parametrize(
    "changed",
    [
        'COLUMNS.append("b")',
        'COLUMNS += ["b"]',
        "del COLUMNS[0]",
        'COLUMNS[0] = "b"',
        "for COLUMNS in many: pass",
        "def f(COLUMNS): pass",
        'if (COLUMNS := ["b"]): pass',
        "with open(path) as COLUMNS: pass",
        'COLUMNS = ["b"]',
    ],
)
def test_a_name_whose_value_changes_is_named_and_not_taken_as_it_was(changed: str) -> None:
    found = code(f'COLUMNS = ["a"]\n{changed}\nDataDriftPreset(columns=COLUMNS)')

    assert found.settings.columns == ()
    assert [one.what for one in found.left_out] == ["columns=COLUMNS"]


def test_a_name_that_is_only_read_stands_for_its_value() -> None:
    found = code('COLUMNS = ["a"]\nprint(COLUMNS.index("a"))\nDataDriftPreset(columns=COLUMNS)')

    assert (found.settings.columns, found.left_out) == (("a",), ())


@pytest.mark.parametrize(
    ("line", "said", "why"),
    [
        ("ValueDrift('a', threshold=True)", "True", "no number, so no threshold"),
        ("ValueDrift('a', threshold=1e999)", "inf", "no number, so no threshold"),
        ("DataDriftPreset(num_threshold='low')", "low", "no number, so no threshold"),
        ("ValueDrift()", "ValueDrift", "it names no column"),
        ("ValueDrift(column=3)", "ValueDrift", "it names no column"),
        ("ValueDrift('a'); ColumnMapping('paid')", "'paid'", "it is not written out"),
        ("ValueDrift('a'); DataDefinition(id_column=['a', 3])", "id_column=['a', 3]", "no columns"),
        ("ValueDrift('a'); mapping.target = 3", "target=3", "it names no columns"),
    ],
)
def test_what_is_said_in_no_way_that_counts_is_named(line: str, said: str, why: str) -> None:
    (left,) = code(line).left_out

    assert (left.what, left.path[:6]) == (said, "line 1")
    assert why in left.why


@pytest.mark.parametrize(
    "content", [b"\x00", b"x = '\xff'", b"(" * 10_000, b"if:", b"+".join([b"1"] * 20_000)]
)
def test_what_is_no_python_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match=r"drift\.py is no Python"):
        read_code(content, "drift.py")


def test_python_in_another_encoding_is_read() -> None:
    found = read_code("# coding: latin-1\nDataDriftPreset(columns=['é'])".encode("latin-1"), "a.py")

    assert found.settings.columns == ("é",)


def test_a_share_that_is_no_number_is_written_as_nothing() -> None:
    lost = Measured(check="missing", subject="a", metric="share", value=float("nan"), n=3)

    plain = msgspec.json.decode(write_report([lost]).content)

    assert plain["metrics"][0]["value"] == {"count": None, "share": None}
