"""Checks are found by file name; a project's own is made beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from headgate.core.errors import Invalid
from headgate.monitor.checking import found, wanted
from headgate.monitor.documents import Columns, Labels, Monitor
from headgate.monitor.files import check
from headgate.spine.documents import parse
from headgate.spine.registry import Registry

OURS = {"schema", "volume", "freshness", "missing", "new_categories", "data_drift"}
OWN = """
import msgspec

class Limits(msgspec.Struct, frozen=True):
    most: int = 3
    hidden: bool = False

class Kept(msgspec.Struct, frozen=True):
    n: int

def fit_tides(table, settings: Limits) -> Kept:
    return Kept(table.num_rows)

def tides(reference: Kept, window, settings: Limits):
    return []
"""


def monitor(**more: Any) -> Monitor:
    return Monitor(monitor="m", watch="deployment:d", **more)


def test_ours_are_all_made_unless_the_file_says_no() -> None:
    every = wanted(Registry(), monitor())
    fewer = wanted(Registry(), monitor(checks={"volume": False, "missing": True}))

    assert set(every) >= OURS
    assert set(every) - set(fewer) == {"volume"}


def test_settings_of_a_check_come_from_its_clause_and_from_the_whole_file() -> None:
    given = {"missing": {"change": 0.1}, "estimated_performance": {"columns": {"n_slices": 3}}}
    more: dict[str, Any] = {
        "checks": given,
        "labels": Labels(positive=1),
        "slices": ("city",),
        "privacy": "hidden",
        "columns": Columns(important=("age",)),
    }

    checks = wanted(Registry(), monitor(**more))

    assert checks["missing"][1].change == 0.1
    columns = checks["estimated_performance"][1].columns
    assert (columns.positive, columns.slices, columns.hidden) == ("1", ("city",), True)
    assert columns.n_slices == 3


def test_a_check_of_the_project_is_found_with_what_it_fits(tmp_path: Path) -> None:
    (tmp_path / "plugins" / "checks").mkdir(parents=True)
    (tmp_path / "plugins" / "checks" / "tides.py").write_text(OWN)

    tides, settings = wanted(Registry(tmp_path), monitor(privacy="hidden"))["tides"]

    assert (tides.name, tides.fitted.__name__) == ("tides", "Kept")
    assert tides.fit is not None
    assert tides.carry is None
    assert (settings.most, settings.hidden) == (3, True)


def test_a_check_without_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plugins" / "checks").mkdir(parents=True)
    (tmp_path / "plugins" / "checks" / "bare.py").write_text("def bare(a, b, settings): ...\n")

    with pytest.raises(Invalid, match="does not say what its settings are"):
        found(Registry(tmp_path), "bare")


@pytest.mark.parametrize(
    ("said", "clause", "mend"),
    [
        ("text_drift: {n_most: 0}", "checks.text_drift.n_most", "at least 1"),
        ("text_drift: {near: 0.1}", "checks.text_drift.near", "at least 0.3 and at most 1"),
        ("text_drift: {growth: -1}", "checks.text_drift.growth", "at least 0 and at most 1"),
        ("embedding_drift: {n_dimensions: 0}", "checks.embedding_drift.n_dimensions", "at least 1"),
        ("embedding_drift: {n_most: -5}", "checks.embedding_drift.n_most", "at least 1"),
        ("concept_drift: {n_kept: -1}", "checks.concept_drift.n_kept", "at least 0"),
        ("concept_drift: {confidence: 0}", "checks.concept_drift.confidence", "above 0"),
        ("realised_performance: {level: 1.0}", "checks.realised_performance.level", "0.9999"),
        ("estimated_performance: {n_most: 0}", "checks.estimated_performance.n_most", "at least 1"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_where_it_stands(
    said: str, clause: str, mend: str
) -> None:
    content = f"monitor: m\nwatch: deployment:d\nchecks:\n  {said}\n".encode()

    _, problems = check(parse(content, "m.yaml"), "m", Registry())

    (problem,) = problems.found
    assert (problem.line, problem.clause) == (4, clause)
    assert mend in f"{problem.message} {problem.mend}"


def test_what_every_check_is_set_to_by_itself_is_within_its_own_bounds() -> None:
    for name, (made, given) in wanted(Registry(), monitor()).items():
        plain = msgspec.to_builtins(given)

        assert msgspec.convert(plain, made.settings) == given, name


def test_labels_that_are_true_or_false_are_named_as_json_names_them() -> None:
    positives = [
        wanted(Registry(), monitor(labels=Labels(positive=each)))["realised_performance"][1]
        for each in (True, 1, "yes", None)
    ]

    assert [each.columns.positive for each in positives] == ["true", "1", "yes", None]
