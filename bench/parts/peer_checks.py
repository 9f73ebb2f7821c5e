"""Runs ten checks with one tool: `python -m bench.parts.peer_checks NAME FILE RUNS`.

Prints one line of JSON: seconds of each run, and how many rows break each check. Every run reads
the file, counts, and brings the bad rows back.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bench.parts.ten_checks import CITIES, CODE, MAIL, measured

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = 10**9
"""More rows than there are: bring all of them back."""


def headgate(path: str) -> Callable[[], list[int]]:
    """Look by a contract: figures, and of bad rows their ids and what is wrong in them."""
    import pyarrow.dataset as ds

    from headgate.contract.checking import Arrow, look
    from headgate.contract.odcs.files import load
    from headgate.contract.promises import promises_of
    from headgate.spine.registry import Registry

    rules = promises_of(load(CONTRACT.encode(), "orders.yaml"), "orders", Registry()).rules

    def check() -> list[int]:
        rows: Any = ds.dataset(path)
        looked = look(Arrow(rows, str), rules)
        if any(one.values.num_rows != one.keys.num_rows for one in looked.broken):
            raise AssertionError("bad rows came back without their values")
        return [int(one.figure) for one in looked.found if one.figure is not None]

    return check


CONTRACT = f"""
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {{name: id, required: true, unique: true}}
      - {{name: age, logicalTypeOptions: {{minimum: 0, maximum: 120}}, logicalType: integer}}
      - name: city
        quality: [{{metric: invalidValues, mustBe: 0, arguments: {{validValues: {CITIES}}}}}]
      - {{name: mail, logicalTypeOptions: {{pattern: '{MAIL}'}}, logicalType: string}}
      - {{name: amount, logicalTypeOptions: {{minimum: 0}}, logicalType: number}}
      - {{name: country, required: true}}
      - {{name: code, logicalTypeOptions: {{pattern: '{CODE}'}}, logicalType: string}}
      - {{name: score, logicalTypeOptions: {{minimum: 0, maximum: 1}}, logicalType: number}}
      - {{name: count, logicalTypeOptions: {{maximum: 100}}, logicalType: integer}}
"""


def pointblank(path: str) -> Callable[[], list[int]]:
    """Interrogate a Polars table, with the extracts of bad rows."""
    pb, pl = import_module("pointblank"), import_module("polars")

    def check() -> list[int]:
        asked = (
            pb.Validate(data=pl.read_parquet(path))
            .col_vals_not_null("id")
            .rows_distinct(
                columns_subset="id", pre=lambda rows: rows.filter(pl.col("id").is_not_null())
            )
            .col_vals_between("age", 0, 120, na_pass=True)
            .col_vals_in_set("city", CITIES)
            .col_vals_regex("mail", MAIL, na_pass=True)
            .col_vals_ge("amount", 0, na_pass=True)
            .col_vals_not_null("country")
            .col_vals_regex("code", CODE, na_pass=True)
            .col_vals_between("score", 0, 1, na_pass=True)
            .col_vals_le("count", 100, na_pass=True)
            .interrogate(extract_limit=MANY)
        )
        asked.get_data_extracts()
        return [int(asked.n_failed(i=n, scalar=True)) for n in range(1, 11)]

    return check


def great_expectations(path: str) -> Callable[[], list[int]]:
    """Validate a pandas table by a suite, with the format that brings all bad rows."""
    gx, pd = import_module("great_expectations"), import_module("pandas")
    context = gx.get_context(mode="ephemeral")
    quiet = import_module("great_expectations.data_context.types.base").ProgressBarsConfig
    context.variables.progress_bars = quiet(globally=False, metric_calculations=False)
    asset = context.data_sources.add_pandas("bench").add_dataframe_asset("orders")
    definition = asset.add_batch_definition_whole_dataframe("whole")
    make = gx.expectations
    suite = context.suites.add(gx.ExpectationSuite(name="ten"))
    for one in (
        make.ExpectColumnValuesToNotBeNull(column="id"),
        make.ExpectColumnValuesToBeUnique(column="id"),
        make.ExpectColumnValuesToBeBetween(column="age", min_value=0, max_value=120),
        make.ExpectColumnValuesToBeInSet(column="city", value_set=CITIES),
        make.ExpectColumnValuesToMatchRegex(column="mail", regex=MAIL),
        make.ExpectColumnValuesToBeBetween(column="amount", min_value=0),
        make.ExpectColumnValuesToNotBeNull(column="country"),
        make.ExpectColumnValuesToMatchRegex(column="code", regex=CODE),
        make.ExpectColumnValuesToBeBetween(column="score", min_value=0, max_value=1),
        make.ExpectColumnValuesToBeBetween(column="count", max_value=100),
    ):
        suite.add_expectation(one)

    def check() -> list[int]:
        batch = definition.get_batch({"dataframe": pd.read_parquet(path)})
        found = batch.validate(suite, result_format="COMPLETE")
        told = {_key(one.expectation_config): one.result for one in found.results}
        return [
            int(told[_key(one.configuration)]["unexpected_count"]) for one in suite.expectations
        ]

    return check


def _key(config: Any) -> tuple[str, str]:
    return config.type, config.kwargs["column"]


def pandera(path: str) -> Callable[[], list[int]]:
    """Validate a Polars table lazily: all failure cases."""
    pa, pl = import_module("pandera.polars"), import_module("polars")
    schema = pa.DataFrameSchema(
        {
            "id": pa.Column(unique=True, nullable=False),
            "age": pa.Column(checks=pa.Check.in_range(0, 120), nullable=True),
            "city": pa.Column(checks=pa.Check.isin(CITIES), nullable=True),
            "mail": pa.Column(checks=pa.Check.str_matches(MAIL), nullable=True),
            "amount": pa.Column(checks=pa.Check.ge(0), nullable=True),
            "country": pa.Column(nullable=False),
            "code": pa.Column(checks=pa.Check.str_matches(CODE), nullable=True),
            "score": pa.Column(checks=pa.Check.in_range(0, 1), nullable=True),
            "count": pa.Column(checks=pa.Check.le(100), nullable=True),
        }
    )
    order = [("id", "not_null"), ("id", "unique"), ("age", ""), ("city", ""), ("mail", ""),
             ("amount", ""), ("country", "not_null"), ("code", ""), ("score", ""),
             ("count", "")]  # fmt: skip

    def check() -> list[int]:
        try:
            schema.validate(pl.read_parquet(path), lazy=True)
        except pa.errors.SchemaErrors as error:
            cases = error.failure_cases
        else:
            return [0] * len(order)
        grouped = cases.group_by("column", "check").len().rows()
        return [
            sum(n for column, told, n in grouped if column == name and part in str(told))
            for name, part in order
        ]

    return check


TOOLS = {each.__name__: each for each in (headgate, pointblank, great_expectations, pandera)}


def main(name: str, path: str, runs: int) -> None:
    """Print what one tool found, and how long it took."""
    warnings.simplefilter("ignore")
    found = measured(TOOLS[name](path), runs)
    found["version"] = "here" if name == "headgate" else version(name.replace("_", "-"))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
