"""What was measured is written as Evidently writes it, and read again as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from headgate.monitor.exchange.evidently_in import read_evidently
from headgate.monitor.exchange.evidently_out import Exported, write_report, write_snapshot
from headgate.monitor.nouns import Measured

AT = datetime(2026, 11, 3, 12, tzinfo=UTC)


def drift(metric: str, value: float, threshold: float, *, is_exceeded: bool) -> Measured:
    """Return the drift of a column."""
    return Measured(
        check="data_drift",
        subject="amount",
        metric=metric,
        value=value,
        threshold=threshold,
        is_exceeded=is_exceeded,
    )


MEASURED = [
    drift("psi", 0.3, 0.1, is_exceeded=True),
    drift("wasserstein", 0.05, 0.1, is_exceeded=False),
    drift("ks_pvalue", 0.03, 0.05, is_exceeded=True),
    Measured(check="missing", subject="amount", metric="share", value=0.25, n=400),
    Measured(check="realised_performance", subject="roc_auc", metric="roc_auc", value=0.8),
    Measured(
        check="data_drift",
        subject="columns",
        metric="drifted_share",
        value=0.6,
        threshold=0.5,
        is_exceeded=True,
    ),
]


def short(one: Measured) -> tuple[object, ...]:
    """Return what has to come back."""
    return one.check, one.subject, one.metric, one.value, one.threshold, one.is_exceeded


def written(form: str, measured: list[Measured]) -> Exported:
    """Write in one of the two forms."""
    return write_report(measured) if form == "report" else write_snapshot(measured, AT)


@pytest.mark.parametrize("form", ["report", "snapshot"])
def test_what_is_written_is_read_again_as_it_was(form: str) -> None:
    exported = written(form, MEASURED)

    found = read_evidently(exported.content, "report.json")

    assert {short(one) for one in found.measured} == {short(one) for one in MEASURED}
    assert exported.left_out == found.left_out == ()


def test_a_number_of_ours_never_goes_by_the_name_of_theirs() -> None:
    plain = msgspec.json.decode(write_report(MEASURED).content)

    methods = [one["config"].get("method") for one in plain["metrics"]]

    assert methods[:3] == ["headgate:psi", "Wasserstein distance (normed)", "K-S p_value"]


def test_a_number_that_came_from_evidently_keeps_its_method() -> None:
    theirs = read_evidently(
        b'{"metrics": [{"config": {"type": "x:ValueDrift", "column": "a", "method": "PSI",'
        b' "threshold": 0.1}, "value": 0.2}]}',
        "report.json",
    )

    plain = msgspec.json.decode(write_report(theirs.measured).content)

    assert plain["metrics"][0]["config"]["method"] == "PSI"
    assert plain["tests"][0]["status"] == "FAIL"


def test_what_the_form_has_no_place_for_is_named() -> None:
    slices = drift("psi", 0.3, 0.1, is_exceeded=True)
    sliced = msgspec.structs.replace(slices, slice_="country=DE")
    fresh = Measured(check="freshness", subject="rows", metric="age", value=3.0)

    exported = write_report([sliced, fresh])

    assert [one.what for one in exported.left_out] == ["psi of country=DE", "age"]
    assert msgspec.json.decode(exported.content) == {"metrics": [], "tests": []}
