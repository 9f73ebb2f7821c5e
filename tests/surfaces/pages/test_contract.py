"""Tests of the page of a check, and of the option that asks for one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

import headgate
from headgate.contract.reports import LevelResult
from headgate.surfaces.cli.main import main
from tests.surfaces.pages.reports import checked

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - name: age
        logicalType: integer
        logicalTypeOptions: {maximum: 120}
"""


def test_broken_clauses_stand_first_with_their_rows() -> None:
    page = headgate.page(checked())

    clauses = page[page.index("<h2>Clauses</h2>") : page.index("<h2>Rows that break them</h2>")]
    rows = page[page.index("<h2>Rows that break them</h2>") :]

    assert "<h1>orders@3 breaks 1 of 2 clauses</h1>" in page
    assert clauses.index("age.range") < clauses.index("id.unique")
    assert "▲ error" in clauses
    assert "300 is not between 0 and 120" in rows


def test_a_kept_contract_says_so_and_shows_no_rows() -> None:
    page = headgate.page(checked(passed=True, n_broken=0, rules=(), violations=()))

    assert "<h1>orders@3 keeps its contract</h1>" in page
    assert "Rows that break them" not in page


def test_service_levels_stand_beside_what_was_promised() -> None:
    met = LevelResult(
        level="latency",
        clause="slaProperties[0]",
        line=12,
        about="",
        is_met=True,
        severity="error",
        promised="at most 2 h old",
        measured="1h 20m old",
        figure=4800.0,
        is_stopping=False,
    )
    broken = msgspec.structs.replace(met, level="volume", is_met=False, measured="3 rows")
    unseen = msgspec.structs.replace(met, level="availability", is_met=None, line=None)

    page = headgate.page(checked(service_levels=(met, broken, unseen)))

    levels = page[page.index("<h2>Service levels</h2>") :]
    assert "breaks 1 of 4 clauses" in page
    assert [part in levels for part in ("1h 20m old", "at most 2 h old", ">12<")] == [True] * 3
    assert "▲ error" in levels
    assert "not checked" in levels


def test_what_was_not_looked_at_is_told() -> None:
    page = headgate.page(checked(untold=("orders.note: no engine of that name",)))

    assert "<li>orders.note: no engine of that name</li>" in page


def test_the_command_writes_its_answer_and_draws_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with headgate.init(tmp_path / "p") as project:
        project.dataset.commit("people", [{"age": 30}, {"age": 300}])
    (tmp_path / "p" / "contracts").mkdir(exist_ok=True)
    (tmp_path / "p" / "contracts" / "people.yaml").write_text(CONTRACT)
    monkeypatch.chdir(tmp_path / "p")

    code = main(["contract", "check", "people", "--html", "out.html"])

    told = capsys.readouterr()
    assert code == 1
    assert "age" in told.out
    assert told.err == "drawn: out.html\n"
    assert "breaks 1 of" in Path("out.html").read_text()
