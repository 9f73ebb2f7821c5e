"""Help: quick because it loads nothing heavy, and complete because it is derived."""

from __future__ import annotations

import subprocess
import sys

import pytest

from headgate.surfaces.verbs import table

HEAVY = ("pyarrow", "duckdb", "sqlalchemy", "rich", "starlette", "uvicorn", "numpy", "yaml")
PROBE = f"""
import sys
from headgate.surfaces.cli.main import main
code = main(sys.argv[1:])
loaded = [name for name in {HEAVY} if name in sys.modules]
stages = [
    name
    for name in sys.modules
    if name.startswith("headgate.")
    and name.split(".")[1] not in ("core", "surfaces")
]
print(code, loaded, stages, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [["--help"], [], ["config", "--help"], ["config", "show", "--help"], ["up", "--help"]],
)
def test_help_loads_no_stage_and_no_driver(arguments: list[str]) -> None:
    command = [sys.executable, "-c", PROBE, *arguments]

    asked = subprocess.run(command, capture_output=True, text=True, check=True)

    assert asked.stderr.splitlines() == ["0 [] []"]


def test_help_lists_every_verb_with_its_summary(headgate) -> None:
    listed = headgate("--help")

    for name in ("init", "up", "demo poison", "shelf keep", "box"):
        assert f"\n  {name} " in listed.out
    assert "Keep rows on a shelf" in listed.out


def test_help_of_a_verb_says_what_it_takes(headgate) -> None:
    asked = headgate("shelf", "keep", "--help")

    assert asked.out.startswith("usage: headgate shelf keep NAME ROWS [options]\n\nKeep rows on")
    assert "  --mode append|replace  whether what is there stays [append]" in asked.out
    assert "  --limits NAME=VALUE " in asked.out


def test_no_line_of_any_help_is_wider_than_a_page() -> None:
    from headgate.surfaces.cli.help import verb_help

    lines = [line for verb in table().verbs.values() for line in verb_help(verb, ()).splitlines()]

    assert max(len(line) for line in lines) <= 110
