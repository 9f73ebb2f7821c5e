"""A contract checked in a session of Spark says what it says here, row by row."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from bench.parts.peers import environment
from tests.contract import engines
from tests.contract.test_engines import own_answers

ROOT = Path(__file__).parents[2]
UNTOLD = {
    "036": "not for every engine",
    "038": "numbers with fractions",
    "040": "moments",
    "163": "texts for numbers",
    "164": "texts for numbers",
}
"""What Spark cannot be asked so that it means the same, by the number of the case."""

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Spark says, in an environment of its own and a session set to habits of its own."""
    folder = tmp_path_factory.mktemp("spark")
    pq.write_table(engines.rows(), folder / "rows.parquet")
    pq.write_table(engines.others(), folder / "others.parquet")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
    command = [environment("spark"), "-m", "tests.contract.on_spark"]
    files = [str(folder / name) for name in ("rows.parquet", "others.parquet", "answers.json")]
    done = subprocess.run(
        [*command, *files],
        cwd=folder,
        env=kept | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "answers.json").read_text())


@pytest.mark.parametrize("which", ["rows", "empty"])
def test_spark_finds_the_rows_and_figures_that_duckdb_finds(
    there: dict[str, Any], which: str
) -> None:
    rows = engines.rows() if which == "rows" else engines.rows().slice(0, 0)

    own = own_answers(rows)

    assert engines.differing(own, there[which]) == {}
    untold = {name[:3]: one["untold"] for name, one in there[which].items() if "untold" in one}
    assert sorted(untold) == sorted(UNTOLD)
    assert all(part in untold[number] for number, part in UNTOLD.items())


def test_a_frame_is_checked_by_a_contract_and_the_session_is_left_as_it_was(
    there: dict[str, Any],
) -> None:
    report = there["report"]

    rules = {one["rule"]: one["figure"] for one in report["rules"]}
    own = own_answers(engines.rows())
    assert rules["t.pattern"] == 29 - rules_that_begin_small()
    assert rules["i.relationship.customers.id"] == figure(own, "in_dataset-i")
    assert [one["row"] for one in report["violations"] if one["rule"] == "t.length"] == []
    assert [one["row"] for one in report["violations"] if one["rule"] == "t.pattern"] == [
        {"no": 2},
        {"no": 3},
    ]
    (told,) = report["untold"]
    assert told.startswith("tz.invalidValues: tz: spark writes moments otherwise")
    assert (there["zone"], there["views"]) == ("Asia/Tokyo", ["empty", "o", "rows"])


def rules_that_begin_small() -> int:
    """Count texts that begin with a small letter of ASCII."""
    return sum(1 for one in engines.TEXTS if one and "a" <= one[0] <= "z")


def figure(answers: dict[str, Any], name: str) -> float:
    return next(float(one["figure"]) for key, one in answers.items() if key.endswith(name))


def test_rows_that_nothing_tells_apart_are_not_checked(there: dict[str, Any]) -> None:
    told = there["refused"]

    assert told == [
        "contract orders names no primary key",
        "there is no column away to tell rows apart by",
    ]
