"""A row is shown by tests that pass, and only by those."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import rows
from tools.rows import Showing

MARKED = """
import pytest

@pytest.mark.row("A-1")
def test_it_holds():
    pass

@pytest.mark.row("A-2", part="csv")
@pytest.mark.parametrize("word", ["one", "two"])
def test_it_holds_for(word):
    assert word == "one"

def test_it_shows_nothing():
    pass
"""


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_outcomes_of_marked_tests_are_taken_down(
    pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    pytester.makepyfile(test_marked=MARKED)
    pytester.makeini("[pytest]\nmarkers = row\n")

    pytester.runpytest_subprocess("-p", "tools.rows", *arguments)

    showings = rows.read(pytester.path / rows.SHOWN)
    assert [(each.row, each.part, each.outcome) for each in showings] == [
        ("A-1", "", "passed"),
        ("A-2", "csv", "passed"),
        ("A-2", "csv", "failed"),
    ]


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    """Let an inner pytest import tools."""
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))


def test_showings_read_back_as_written(tmp_path: Path) -> None:
    showings = [Showing("A-1", "", "test_a", "passed"), Showing("A-2", "csv", "test_b", "failed")]

    rows.write(tmp_path / "build" / "rows.tsv", showings)

    assert rows.read(tmp_path / "build" / "rows.tsv") == showings


def test_without_a_run_nothing_is_shown(tmp_path: Path) -> None:
    assert rows.read(tmp_path / "rows.tsv") == []


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([], "open"),
        (["passed"], "shown"),
        (["passed", "failed"], "failing"),
        (["skipped"], "failing"),
    ],
)
def test_a_row_is_shown_when_all_its_tests_pass(outcomes: list[str], state: str) -> None:
    showings = [Showing("A-1", "", f"test_{n}", word) for n, word in enumerate(outcomes)]

    (line,) = rows.table(showings, {"A-1": "reads"})

    assert line.split()[:2] == ["A-1", state]


def test_a_row_that_no_list_wants_stands_in_the_table_all_the_same() -> None:
    lines = rows.table([Showing("Z-9", "", "test_a", "passed")], {"A-1": "reads"})

    assert [line.split()[0] for line in lines] == ["A-1", "Z-9"]


def test_the_shipped_requirements_have_a_capability_each(pytestconfig: pytest.Config) -> None:
    wanted = rows.capabilities(pytestconfig.rootpath / rows.REQUIREMENTS)

    assert "S3-64" in wanted
    assert all(wanted.values())
