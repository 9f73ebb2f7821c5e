"""What Evidently saved is read, whichever version wrote it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.monitor.exchange.evidently_in import newest_of, read_evidently
from headgate.monitor.exchange.reading import Imported, Wish
from tests.monitor.exchange import samples

JUNK = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["metrics", "tests", "config", "type", "value", "suite", "metric_results", "result"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def read(plain: dict[str, Any]) -> Imported:
    """Read a report that is given as plain data."""
    return read_evidently(json.dumps(plain).encode(), "report.json")


def figures(found: Imported) -> list[tuple[str, str, float | None, bool]]:
    """Return what was measured, in short."""
    return [(one.subject, one.metric, one.value, one.is_exceeded) for one in found.measured]


def test_a_snapshot_says_each_columns_drift_and_what_its_tests_said() -> None:
    found = read(samples.SNAPSHOT)

    assert found.form == "snapshot"
    assert figures(found) == [
        ("amount", "wasserstein", 0.34, True),
        ("country", "psi", 0.15, False),
        ("columns", "drifted_share", 0.5, True),
        ("amount", "share", 0.3, False),
    ]
    assert found.settings.columns == ("amount", "country")
    assert found.settings.wishes == (
        Wish("amount", "wasserstein", None),
        Wish("country", "psi", 0.2),
    )
    assert found.settings.drift_share == 0.4
    assert [one.what for one in found.left_out] == ["Quantile"]


def test_what_a_workspace_keeps_says_the_same() -> None:
    found = read(samples.DUMP)

    assert figures(found) == [
        ("amount", "wasserstein", 0.34, True),
        ("columns", "drifted_share", 0.5, True),
    ]


@pytest.mark.parametrize("plain", [samples.REPORT, samples.SAVED])
def test_reports_of_older_versions_tell_the_kinds_of_columns_too(plain: dict[str, Any]) -> None:
    found = read(plain)

    assert found.form == "report"
    assert found.settings.numerical == ("amount",)
    assert found.settings.categorical == ("country",)
    assert found.settings.text == ("note",)
    assert ("columns", "drifted_share", 0.67, True) in figures(found)
    assert ("country", "jensen_shannon", 0.05, False) in figures(found)
    assert [one.threshold for one in found.settings.wishes] == [None, None, 0.1]


def test_a_test_suite_says_its_drift_and_names_the_rest() -> None:
    found = read(samples.SUITE)

    assert figures(found) == [("amount", "ks_pvalue", 0.01, True)]
    assert found.measured[0].p_value == 0.01
    assert [(one.what, one.why) for one in found.left_out] == [
        ("Number of Rows", "write it as a clause of a contract")
    ]


def test_a_method_of_the_users_own_is_kept_and_named() -> None:
    config = samples.value_drift("amount", "custom function 'mine'", 0.3)

    found = read({"metrics": [{"id": "a", "config": config, "value": 0.9}]})

    assert figures(found) == [("amount", "custom function 'mine'", 0.9, False)]
    assert found.settings.wishes == ()
    assert "user's own" in found.left_out[0].why


def test_nan_and_infinity_stand_for_nothing() -> None:
    content = b'{"metrics": [{"config": {"type": "x:ValueDrift"}, "value": NaN}]}'

    found = read_evidently(content, "report.json")

    assert found.measured == ()


def test_the_newest_snapshot_of_a_workspace_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "1" / "snapshots"
    folder.mkdir(parents=True)
    for name, moment in (("b", "2026-11-02"), ("a", "2026-11-03"), ("c", "2026-11-01")):
        (folder / f"{name}.json").write_text(json.dumps(samples.DUMP | {"timestamp": moment}))

    assert newest_of(tmp_path).name == "a.json"
    with pytest.raises(Invalid, match="holds no snapshot"):
        newest_of(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is no JSON"),
        (b"[1]", "holds no mapping, so no report"),
        (b'{"rows": 3}', "is no report of Evidently: it has rows"),
        (b"{}", "it has nothing"),
        (b'{"a": NaN', "is no JSON"),
    ],
)
def test_what_is_no_report_is_refused_by_name(content: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message) as caught:
        read_evidently(content, "report.json")
    assert "report.json" in caught.value.message


@settings(max_examples=120, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["metrics", "tests", "summary", "suite", "metric_results", "version"]),
        JUNK,
        min_size=1,
    )
)
def test_a_malformed_report_is_read_or_refused_and_never_breaks(plain: dict[str, Any]) -> None:
    found: Imported | None = None

    with suppress(Invalid):
        found = read(plain)

    assert found is None or all(one.subject for one in found.measured)
