"""A Python file that builds a report says what it wants, without being run."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.core.errors import Invalid
from headgate.monitor.exchange.evidently_code import read_code
from headgate.monitor.exchange.reading import Imported, Wish

NEW = """
from evidently import BinaryClassification, DataDefinition, Report
from evidently.metrics import ValueDrift
from evidently.presets import DataDriftPreset, DataSummaryPreset

COLUMNS = ["amount", "country"]
LIMIT = 0.2
definition = DataDefinition(
    numerical_columns=["amount"],
    categorical_columns=["country"],
    timestamp="at",
    id_column="id",
    classification=[BinaryClassification(target="paid", prediction_labels="said")],
)
report = Report([
    DataDriftPreset(
        columns=COLUMNS, num_method="ks", cat_threshold=0.3,
        per_column_method={"country": "chisquare"}, drift_share=0.4,
    ),
    ValueDrift(column="amount", method="psi", threshold=LIMIT),
    DataSummaryPreset(),
])
"""
OLD = """
from evidently import ColumnMapping
from evidently.metric_preset import DataDriftPreset
from evidently.report import Report
from evidently.test_suite import TestSuite
from evidently.tests import TestColumnDrift

mapping = ColumnMapping()
mapping.target = "paid"
mapping.prediction = "said"
mapping.datetime = "at"
mapping.numerical_features = ["amount"]
report = Report(metrics=[DataDriftPreset(stattest="psi", stattest_threshold=0.15)])
suite = TestSuite(tests=[TestColumnDrift("amount", stattest="ks", stattest_threshold=0.01)])
"""


def read(code: str) -> Imported:
    """Read code."""
    return read_code(code.encode(), "drift.py")


def test_presets_metrics_and_columns_of_the_newest_version_are_read() -> None:
    found = read(NEW)

    settings = found.settings
    assert settings.columns == ("amount", "country")
    assert (settings.numerical, settings.categorical) == (("amount",), ("country",))
    assert (settings.time, settings.ignored) == ("at", ("id",))
    assert (settings.target, settings.prediction) == ("paid", "said")
    assert (settings.method, settings.threshold) == ({"number": "ks"}, {"category": 0.3})
    assert set(settings.wishes) == {
        Wish("country", "chisquare", None),
        Wish("amount", "psi", 0.2),
    }
    assert settings.drift_share == 0.4
    assert [(one.what, one.path) for one in found.left_out] == [("DataSummaryPreset", "line 21")]


def test_the_older_interface_is_read_too() -> None:
    settings = read(OLD).settings

    assert (settings.target, settings.prediction, settings.time) == ("paid", "said", "at")
    assert settings.numerical == ("amount",)
    assert settings.method == {"number": "psi", "category": "psi"}
    assert settings.threshold == {"number": 0.15, "category": 0.15}
    assert settings.wishes == (Wish("amount", "ks", 0.01),)


def test_a_file_is_never_run(tmp_path: Path) -> None:
    trap = tmp_path / "run"
    code = f"open({str(trap)!r}, 'w')\nfrom evidently.metrics import ValueDrift\n"

    read(f"{code}ValueDrift(column='a')")

    assert not trap.exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ValueDrift(column=os.environ['COLUMN'])", "column=os.environ['COLUMN']"),
        ("DataDriftPreset(columns=[*OTHERS])", "columns=[*OTHERS]"),
        ("ValueDrift(column='a', method=mine)", "method=mine"),
        ("ValueDrift(column='a', method='mine')", "mine"),
        ("DataDriftPreset(**kwargs)", "**=kwargs"),
        ("DataDriftPreset(embeddings=['e'])", "embeddings=['e']"),
        ("ValueDrift('a', 'psi')", "'psi'"),
        ("DataDriftPreset(); DataDefinition(timestamp=when())", "timestamp=when()"),
    ],
)
def test_what_is_not_written_out_is_named_with_its_line(line: str, said: str) -> None:
    found = read(f"\n{line}")

    assert [(one.what, one.path[:6]) for one in found.left_out] == [(said, "line 2")]


def test_a_name_that_is_given_two_values_is_not_known() -> None:
    found = read("M = 'psi'\nM = 'ks'\nValueDrift(column='a', method=M)")

    assert found.settings.wishes == (Wish("a", None, None),)
    assert found.left_out[0].what == "method=M"


def test_a_threshold_and_a_method_said_apart_belong_together() -> None:
    found = read("DataDriftPreset(per_column_threshold={'a': 0.3}, per_column_method={'a': 'psi'})")

    assert found.settings.wishes == (Wish("a", "psi", 0.3),)


@pytest.mark.parametrize(
    ("code", "message"),
    [("def (:", "is no Python, line 1"), ("print(1)", "builds no drift report"), ("\0", "Python")],
)
def test_what_is_no_report_is_refused(code: str, message: str) -> None:
    with pytest.raises(Invalid, match=message) as caught:
        read(code)
    assert caught.value.mend


@pytest.mark.parametrize(
    ("called", "why"),
    [
        ("ClassificationPreset()", "realised_performance"),
        ("DataQualityPreset()", "headgate contract infer"),
        ("metrics.DatasetCorrelationsMetric()", "no check of a monitor"),
        ("mine", "no check of a monitor"),
    ],
)
def test_what_else_a_report_holds_is_named_with_what_watches_it_here(called: str, why: str) -> None:
    found = read(f"Report(metrics=[DataDriftPreset(), {called}])")

    assert [why in one.why for one in found.left_out] == [True]
    assert found.left_out[0].what == called.removesuffix("()").rpartition(".")[2]


def test_limits_of_one_kind_go_before_those_of_all() -> None:
    settings = read("DataDriftPreset(num_threshold=0.3, threshold=0.1, cat_method='psi')").settings

    assert settings.threshold == {"number": 0.3, "category": 0.1}
    assert settings.method == {"category": "psi"}


def test_several_methods_of_one_column_are_several_wishes() -> None:
    found = read("ValueDrift(column='a', method='psi')\nValueDrift(column='a', method='ks')")

    assert found.settings.wishes == (Wish("a", "psi"), Wish("a", "ks"))
