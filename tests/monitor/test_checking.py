"""Checks are found by file name; a project's own is made beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from headgate.core.errors import Invalid
from headgate.monitor.checking import found, wanted
from headgate.monitor.documents import Columns, Labels, Monitor
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

    check, settings = wanted(Registry(tmp_path), monitor(privacy="hidden"))["tides"]

    assert (check.name, check.fitted.__name__) == ("tides", "Kept")
    assert check.fit is not None
    assert check.carry is None
    assert (settings.most, settings.hidden) == (3, True)


def test_a_check_without_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plugins" / "checks").mkdir(parents=True)
    (tmp_path / "plugins" / "checks" / "bare.py").write_text("def bare(a, b, settings): ...\n")

    with pytest.raises(Invalid, match="does not say what its settings are"):
        found(Registry(tmp_path), "bare")
