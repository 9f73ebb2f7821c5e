"""Great Expectations runs in a process of its own, which is told of as it comes forward."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

import headgate
from headgate.contract.switching.running import ask
from headgate.core.errors import Invalid, NotFound
from headgate.spine.context import Context, Step, open_context

ROWS = pa.table({"a": [1, 2]})
SUITES = {"one": [{"type": "expect_x", "kwargs": {}}], "two": []}


@pytest.fixture
def told() -> list[Step]:
    """What was told of the progress."""
    return []


@pytest.fixture
def context(tmp_path: Path, told: list[Step]) -> Context:
    """A project that is told how far things have come."""
    headgate.init(tmp_path / "shop", name="shop").close()
    return replace(open_context(tmp_path / "shop"), progress=told.append)


def python(tmp_path: Path, body: str) -> str:
    """Write a Python that does this in the place of running the script it is given."""
    script = tmp_path / "python-of-mine"
    head = f"#!{sys.executable}\nimport json, os, sys\nfrom pathlib import Path\n"
    script.write_text(head + body, encoding="utf-8")
    script.chmod(0o755)
    return str(script)


def test_rows_and_suites_are_handed_over_and_answers_come_back(
    context: Context, told: list[Step], tmp_path: Path
) -> None:
    body = (
        "asked = json.loads(Path(sys.argv[2]).read_text())\n"
        "assert Path(asked['rows']).read_bytes()[:4] == b'PAR1'\n"
        "assert 'SECRET_OF_OURS' not in os.environ\n"
        "said = {name: [{'success': True, 'count': 0}] * len(many)\n"
        "        for name, many in asked['suites'].items()}\n"
        "[print(name, flush=True) for name in said]\n"
        "Path(sys.argv[3]).write_text(json.dumps({'version': '1.2', 'suites': said}))\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_OF_OURS", "x")

        answers = ask(context, ROWS, SUITES, python(tmp_path, body))

    assert answers.version == "1.2"
    assert [(one.success, one.count) for one in answers.suites["one"]] == [(True, 0)]
    assert answers.suites["two"] == []
    assert [(one.done, one.total) for one in told] == [(0, 2), (1, 2), (2, 2)]


def test_an_end_that_is_no_good_one_is_told_by_its_last_words(
    context: Context, tmp_path: Path
) -> None:
    body = "sys.exit('ModuleNotFoundError: no great_expectations')\n"

    with pytest.raises(Invalid, match="no great_expectations") as error:
        ask(context, ROWS, SUITES, python(tmp_path, body))

    assert "--python" in error.value.mend


def test_a_python_that_is_not_there_is_named(context: Context) -> None:
    with pytest.raises(NotFound, match="no Python at nowhere"):
        ask(context, ROWS, SUITES, "nowhere")


def test_what_is_installed_is_pinned() -> None:
    from headgate.contract.switching.running import REQUIREMENTS

    listed = json.dumps(REQUIREMENTS)

    assert "great-expectations==" in listed
    assert "pandas>=2.2,<3" in listed
