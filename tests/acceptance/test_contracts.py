"""Contracts as somebody outside meets them: proposed, checked, exchanged, compared, by record."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import headgate
from bench.parts.peer_records import headgate as fifty_fields
from bench.parts.peers import environment
from bench.parts.records import figures
from headgate.surfaces.verbs import table
from tests.acceptance.outside import command
from tests.contract.infer.sample import orders, replaced
from tests.surfaces.shell import shell

F1, F2 = {"name": "f1", "type": "string"}, {"name": "f2", "type": "string"}
OPTIONAL = F2 | {"default": "foo"}
VERSIONS: dict[str, list[dict[str, Any]]] = {
    "one field": [F1],
    "a second with a default": [F1, OPTIONAL],
    "a second without": [F1, F2],
    "renamed with an alias": [{"name": "f1_new", "type": "string", "aliases": ["f1"]}],
    "or null": [{"name": "f1", "type": ["null", "string"]}],
    "or null or int": [{"name": "f1", "type": ["null", "string", "int"]}],
    "a third with a default": [F1, OPTIONAL, {"name": "f3", "type": "string", "default": "bar"}],
}
VERDICTS = [
    ("BACKWARD", ["one field"], "a second with a default", True),
    ("BACKWARD", ["one field"], "a second without", False),
    ("BACKWARD", ["one field"], "renamed with an alias", True),
    ("BACKWARD", ["one field"], "or null", True),
    ("BACKWARD", ["or null"], "one field", False),
    ("BACKWARD", ["or null"], "or null or int", True),
    ("BACKWARD", ["or null or int"], "or null", False),
    ("BACKWARD", ["one field", "a second with a default"], "a second without", True),
    ("BACKWARD_TRANSITIVE", ["one field", "a second with a default"], "a second without", False),
    ("BACKWARD_TRANSITIVE", ["one field", "a second with a default"], "a third with a default",
     True),
    ("FORWARD", ["one field"], "a second with a default", True),
    ("FORWARD", ["one field"], "a second without", True),
    ("FORWARD", ["a second with a default"], "a second without", True),
    ("FORWARD", ["a second without"], "a second with a default", True),
    ("FORWARD", ["a second without", "a second with a default"], "one field", True),
    ("FORWARD_TRANSITIVE", ["a second without", "a second with a default"], "one field", False),
    ("FULL", ["one field"], "a second with a default", True),
    ("FULL", ["a second with a default"], "one field", True),
    ("FULL", ["one field"], "a second without", False),
    ("FULL_TRANSITIVE", ["one field", "a second with a default"], "a third with a default", True),
    ("NONE", ["one field"], "a second without", True),
]  # fmt: skip
"""Versions of an Avro record, and whether Confluent's registry takes the last after the others."""
CLOSED: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
OPEN: dict[str, Any] = {"type": "object", "properties": {}}
TEXT = {"properties": {"a": {"type": "string"}}}
JSON_VERDICTS = [
    (OPEN, OPEN | TEXT, False),
    (OPEN | TEXT, OPEN, True),
    (CLOSED, CLOSED | TEXT, True),
    (CLOSED | TEXT, CLOSED, False),
    (CLOSED | TEXT, CLOSED | TEXT | {"required": ["a"]}, False),
    (CLOSED | TEXT | {"required": ["a"]}, CLOSED | TEXT, True),
    ({"type": "integer"}, {"type": "number"}, True),
    ({"type": "number"}, {"type": "integer"}, False),
    ({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 9}, True),
    ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 5}, False),
    ({"enum": ["a"]}, {"enum": ["a", "b"]}, True),
    ({"enum": ["a", "b"]}, {"enum": ["a"]}, False),
]
"""Two versions of a JSON Schema, and whether the newer may follow in BACKWARD."""
SUITE = {
    "name": "orders",
    "expectations": [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "city"}},
        {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}},
        {"type": "expect_column_values_to_be_between",
         "kwargs": {"column": "amount", "min_value": 0, "max_value": 50}},
        {"type": "expect_column_values_to_be_in_set",
         "kwargs": {"column": "city", "value_set": ["Oslo", "Rome"]}},
        {"type": "expect_column_values_to_match_regex",
         "kwargs": {"column": "code", "regex": "^NO-[0-9]{4}$"}},
    ],
}  # fmt: skip
COUNTING = """
import json, sys, warnings
warnings.simplefilter("ignore")
import great_expectations as gx, pandas as pd
context = gx.get_context(mode="ephemeral")
suite = context.suites.add(gx.ExpectationSuite(**json.load(open(sys.argv[1]))))
asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
batch = asset.add_batch_definition_whole_dataframe("b").get_batch(
    {"dataframe": pd.read_parquet(sys.argv[2])})
found = batch.validate(suite, result_format="COMPLETE").results
told = lambda one: [one.expectation_config.type, one.expectation_config.kwargs.get("column")]
print(json.dumps([[*told(one), one.result.get("unexpected_count")] for one in found]))
"""


@pytest.mark.row("S3-18", part="avro")
@pytest.mark.parametrize(("mode", "old", "new", "is_compatible"), VERDICTS)
def test_a_version_of_an_avro_schema_may_follow_as_the_registry_says(
    tmp_path: Path, mode: str, old: list[str], new: str, is_compatible: bool
) -> None:
    words: list[str] = []
    for number, name in enumerate([*old, new]):
        record = {"type": "record", "name": "myrecord", "fields": VERSIONS[name]}
        (tmp_path / f"v{number}.avsc").write_text(json.dumps(record), encoding="utf-8")
        words += ["--old", f"v{number}.avsc"] if number < len(old) else [f"v{number}.avsc"]

    told = shell(table(), tmp_path)("contract", "compat", *words, "--mode", mode, "--json")

    assert json.loads(told.out)["is_compatible"] == is_compatible
    assert told.code == (0 if is_compatible else 1)


@pytest.mark.row("S3-18", part="json-schema")
@pytest.mark.parametrize(("old", "new", "is_compatible"), JSON_VERDICTS)
def test_a_version_of_a_json_schema_may_follow_as_the_registry_says(
    tmp_path: Path, old: dict[str, Any], new: dict[str, Any], is_compatible: bool
) -> None:
    for name, schema in (("old", old), ("new", new)):
        text = json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema)
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    call = shell(table(), tmp_path)

    assert call("contract", "compat", "old.json", "new.json").code == (0 if is_compatible else 1)
    backward = call("contract", "compat", "new.json", "old.json", "--mode", "FORWARD")
    assert backward.code == (0 if is_compatible else 1)


@pytest.mark.row("S2-30", part="validator")
def test_a_record_of_fifty_fields_is_looked_at_in_less_than_a_millisecond() -> None:
    check = fifty_fields()

    # time of the thread, not of the clock: a busy machine lets it wait for milliseconds
    rounds = [figures(check, 2000, time.thread_time_ns) for _ in range(3)]

    assert min(one["good p99"] for one in rounds) < 1000
    assert min(one["bad p99"] for one in rounds) < 1000
    assert {one["bad errors"] for one in rounds} == {4}


@pytest.mark.row("S2-17", part="contract")
def test_a_contract_is_proposed_written_and_catches_the_next_bad_row(tmp_path: Path) -> None:
    rows = orders(600).drop_columns(["_rid"])
    worse = replaced(rows, city=[*rows["city"].to_pylist()[1:], "Atlantis"])

    with headgate.init(tmp_path / "shop", name="shop") as project:
        project.dataset.commit("orders", rows, key=["id"])
        project.contract.infer("orders", write=True)
        good = project.contract.check("orders")
        project.dataset.commit("orders", worse, key=["id"])
        bad = project.contract.check("orders")

    assert good.passed
    assert [one.rule for one in bad.rules if not one.is_kept] == ["city.values"]
    (violation,) = bad.violations
    assert violation.values == {"city": "Atlantis"}


@pytest.mark.full
@pytest.mark.row("S2-17", part="great-expectations")
def test_a_suite_comes_in_is_checked_and_goes_out_and_its_own_tool_counts_the_same(
    tmp_path: Path,
) -> None:
    root, rows = tmp_path / "shop", orders(2000).drop_columns(["_rid"])
    cities = [None if n % 50 == 0 else one for n, one in enumerate(rows["city"].to_pylist())]
    pq.write_table(replaced(rows, city=cities), tmp_path / "rows.parquet")
    (tmp_path / "suite.json").write_text(json.dumps(SUITE), encoding="utf-8")
    place = ("--project", root)

    command("init", root)
    command("dataset", "import", "orders", tmp_path / "rows.parquet", *place)
    taken = command("contract", "import", tmp_path / "suite.json", "--to", "orders", *place)
    checked = command("contract", "check", "orders", "--json", *place)
    out = tmp_path / "out.json"
    given = command("contract", "export", "orders", "--format", "gx", "--to", out, *place)
    theirs = [
        _counted(tmp_path / name, tmp_path / "rows.parquet") for name in ("suite.json", out.name)
    ]

    assert (taken.code, checked.code, given.code) == (0, 1, 0)
    ours = sorted(int(one["figure"]) for one in checked.said["rules"] if one["figure"] is not None)
    assert sorted(n for _, _, n in theirs[0]) == ours
    known = {(kind, column): n for kind, column, n in theirs[1]}
    assert all(known[kind, column] == n for kind, column, n in theirs[0])


def _counted(suite: Path, rows: Path) -> list[tuple[str, str, int]]:
    """Have Great Expectations count, in its own environment."""
    python = environment("great_expectations")
    told = subprocess.run(
        [python, "-c", COUNTING, str(suite), str(rows)], capture_output=True, text=True, check=True
    )
    return [tuple(one) for one in json.loads(told.stdout.splitlines()[-1])]
