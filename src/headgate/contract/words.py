"""What engines say in words of their own: the templates of functions, and what is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = "checked"
"""What is checked is called, inside of SQL."""
RID = "_rid"
"""The column that says which row it is; rows that came later have a higher one."""
FUNCTIONS = {
    "not": "(not {0})",
    "is_null": "({0} is null)",
    "is_nan": "coalesce(isnan({0}), false)",
    "length": "length({0})",
    "trim": "trim({0}, ' ')",
    "abs": "abs({0})",
    "text": "cast({0} as varchar)",
    "matches": "regexp_matches({0}, {1})",
    "age_s": "(epoch(cast(now() as timestamp)) - epoch(cast({0} as timestamp)))",
    "is_json": (
        "(json_valid({0}) and not regexp_matches("
        """regexp_replace({0}, '"(?:[^"\\\\]|\\\\.)*"', '""', 'g'), """
        "'(?i)nan|inf|,[ \\t\\n\\r]*[]}}]'))"
    ),
    "count": "count(*)",
    "count_if": "count(*) filter (where {0})",
    "distinct": "count(distinct {0})",
    "sum": "sum({0})",
    "mean": "avg({0})",
    "std": "stddev_samp({0})",
    "quantile": "quantile_cont(cast({0} as double), {1})",
    "min": "min({0})",
    "max": "max({0})",
    "parses": "(try_cast({0} as {kind}) is not null)",
    "parses:number": "(abs(try_cast({0} as double)) < cast('inf' as double))",
    "parses:timestamp": "(try_cast(substr({0}, 1, 10) as date) is not null)",
    "/": "({0} / nullif({1}, 0))",
}
READABLE = {"date": "date", "timestamp": "timestamp", "integer": "bigint", "number": "double"}


class Unspoken(Invalid):
    """It cannot be said to an engine so that it means there what it means here."""


class Dialect(NamedTuple):
    """How an engine says what it says otherwise than DuckDB.

    Args:
        name: as sqlglot names it.
        functions: templates in the place of those of `FUNCTIONS`, in DuckDB's syntax all the same.
        readable: names of the types that a text may be read as.
        rows: the table or query that is looked at.
        refused: what is not asked, as FUNCTION:KIND, each with the reason.
        collation: written behind a text that is compared, so that signs stand by their numbers.
        places: where other datasets are found; under their own names if they are not among these.
    """

    name: str = "duckdb"
    functions: Mapping[str, str] = {}
    readable: Mapping[str, str] = READABLE
    rows: str = ROWS
    refused: Mapping[str, str] = {}
    collation: str = ""
    places: Mapping[str, str] = {}


OWN = Dialect()
