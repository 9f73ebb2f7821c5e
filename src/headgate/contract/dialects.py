"""What PostgreSQL and Spark say in words of their own; sqlglot translates the rest."""

from __future__ import annotations

from headgate.contract.compiling import READABLE, Dialect
from headgate.core.errors import Invalid

POSTGRES = Dialect(
    name="postgres",
    functions={
        "is_nan": "({0} = cast('NaN' as double))",
        "is_json": "pg_input_is_valid({0}, 'json')",
        "parses": "pg_input_is_valid({0}, '{kind}')",
        "age_s": "extract('epoch' from (now() at time zone 'UTC') - cast({0} as timestamp))",
    },
    readable={
        "date": "date",
        "timestamp": "timestamp",
        "integer": "bigint",
        "number": "double precision",
    },
)
SPARK = Dialect(
    name="spark",
    functions={
        "is_json": "(get_json_object({0}, '$') is not null)",
        "age_s": "(unix_timestamp() - unix_timestamp({0}))",
    },
    readable=READABLE,
)


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
