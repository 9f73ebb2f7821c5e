"""What PostgreSQL and Spark say in words of their own; sqlglot translates the rest."""

from __future__ import annotations

from headgate.contract.words import READABLE, Dialect
from headgate.core.errors import Invalid

NO_TEXT = "{engine} writes {kind} otherwise than DuckDB, so a text of it is none to look at"
NO_FIGURE = "{engine} would take texts for numbers"
POSTGRES = Dialect(
    name="postgres",
    functions={
        "is_nan": "({0} = cast('NaN' as double))",
        "is_json": "pg_input_is_valid({0}, 'json')",
        "parses": "pg_input_is_valid({0}, '{kind}')",
        "parses:number": (
            "(case when pg_input_is_valid({0}, 'numeric')"
            " then abs(cast({0} as pg_catalog.numeric)) < 1.797693134862315708e308 else false end)"
        ),
        "min:float": "min(cast({0} as double))",
        "max:float": "max(cast({0} as double))",
        "sum:float": "sum(cast({0} as double))",
        "parses:timestamp": "pg_input_is_valid(substr({0}, 1, 10), 'date')",
        "age_s": "extract('epoch' from (now() at time zone 'UTC') - cast({0} as timestamp))",
    },
    readable={
        "date": "date",
        "timestamp": "timestamp",
        "integer": "bigint",
        "number": "double precision",
    },
    refused={"text:float": NO_TEXT, "text:other": NO_TEXT},
    collation=' collate "C"',
)
SPARK = Dialect(
    name="spark",
    functions={
        "is_json": (
            "(case when {0} is null then null else try_parse_json({0}) is not null"
            " and try_parse_json(concat('[', {0}, ']')) is not null"
            " and try_parse_json(concat('{{\"a\":', {0}, '}}')) is not null end)"
        ),
        "age_s": (
            "((unix_micros(current_timestamp()) - unix_micros(cast({0} as timestamp)))"
            " / cast(1000000 as double))"
        ),
        "quantile": "percentile(cast({0} as double), {1})",
        "sum:integer": "sum(cast({0} as decimal(38, 0)))",
        "mean:integer": (
            "(cast(sum(cast({0} as decimal(38, 0))) as double) / nullif(count({0}), 0))"
        ),
        "mean:decimal": "(cast(sum({0}) as double) / nullif(count({0}), 0))",
    },
    readable=READABLE,
    refused={
        **{f"text:{kind}": NO_TEXT for kind in ("float", "zoned", "other")},
        **{f"{name}:text": NO_FIGURE for name in ("sum", "mean", "std", "quantile")},
    },
)
"""Spark reads JSON up to its end only; what is JSON in a list and in an object is JSON itself."""


def translated(sql: str, dialect: Dialect) -> str:
    """Carry a query over into another engine's words.

    Args:
        sql: in DuckDB's words.
        dialect: whose words.

    Raises:
        Invalid: sqlglot is not there, or cannot read what somebody wrote by hand.
    """
    try:
        from sqlglot import transpile
        from sqlglot.errors import SqlglotError
    except ModuleNotFoundError as error:
        raise Invalid(
            "the translator of SQL is missing", mend="pip install 'headgate[monitor]'"
        ) from error
    try:
        return transpile(sql, read="duckdb", write=dialect.name)[0]
    except SqlglotError as error:
        raise Invalid(
            f"this cannot be said in {dialect.name}'s SQL: {str(error).partition(chr(10))[0]}",
            mend="write the condition in SQL that both engines read",
        ) from error
