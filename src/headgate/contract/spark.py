"""Checks a DataFrame of Spark where it lies: `check_spark(frame, contract)` in a notebook or a job.

Nothing of a project is needed, only the contract's file; no row comes here but the figures, and
what tells apart rows that break a promise. Ours and Spark's libraries go together: Headgate brings
pyarrow 22 or later, which Spark 3.5 and 4 take.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.contract.dialects import SPARK, translated
from headgate.contract.looking import Opened, report_of
from headgate.contract.odcs.files import load_file
from headgate.contract.odcs.nouns import Contract
from headgate.contract.promises import object_of
from headgate.core.errors import Invalid
from headgate.spine.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from headgate.contract.reports import CheckReport

KINDS: dict[str, pa.DataType] = {
    "string": pa.string(),
    "varchar": pa.string(),
    "char": pa.string(),
    "byte": pa.int8(),
    "short": pa.int16(),
    "integer": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "timestamp_ntz": pa.timestamp("us"),
    "binary": pa.binary(),
    "array": pa.list_(pa.null()),
    "struct": pa.struct([]),
    "map": pa.map_(pa.string(), pa.null()),
}
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.variant.allowDuplicateKeys": "true",
}
"""How a session reads our queries; it is set back afterwards. Without the second, a sum that grows
too large begins anew from below, and a text compared with a number is null."""


class OnSpark:
    """A table or view of a Spark session.

    Args:
        session: a `pyspark.sql.SparkSession`.
        table: its name there.
        key: the columns that tell which row it is.
        places: names of other tables in the session, by what contracts call them.

    Raises:
        Invalid: the table has no such column.
    """

    def __init__(
        self,
        session: Any,
        table: str,
        key: tuple[str, ...],
        places: Mapping[str, str] | None = None,
    ) -> None:
        self.schema = schema_of(session.table(table))
        self.key = key
        lacking = [name for name in key if name not in self.schema.names]
        if lacking:
            raise Invalid(
                f"there is no column {', '.join(lacking)} to tell rows apart by",
                mend="name others with key",
            )
        self.dialect = SPARK._replace(rows=table, places=places or {})
        self._session = session

    def ask(self, sql: str) -> pa.Table:
        """Run a query in the session.

        Raises:
            Invalid: Spark cannot run it.
        """
        with _settled(self._session):
            try:
                return _collected(self._session.sql(translated(sql, self.dialect)))
            except Exception as error:
                if not type(error).__module__.startswith(("pyspark", "py4j")):
                    raise
                first = str(error).strip().partition("\n")[0]
                raise Invalid(f"the query did not run: {first}", mend="mend the SQL") from error


def check_spark(
    frame: Any,
    contract: str | Path | Contract,
    *,
    key: Sequence[str] = (),
    others: Mapping[str, Any] | None = None,
    limit: int = 20,
) -> CheckReport:
    """Look whether a DataFrame of Spark keeps what a contract promises.

    Args:
        frame: a `pyspark.sql.DataFrame`, of a session of Spark 4 (3.5 knows no check of JSON).
        contract: the contract's file, or the contract.
        key: the columns that tell its rows apart; the contract's primary key if none are given.
        others: DataFrames of other datasets that the contract names, by their names; one that is
            not among them is looked for among the session's tables.
        limit: violations of each rule that are listed; all are counted [count].

    Returns:
        What came of every clause. A clause that Spark cannot look at as other engines do stands
        in `untold`, with the reason.

    Raises:
        NotFound: there is no such file.
        Invalid: the contract is broken, or nothing tells the rows apart.
    """
    told = contract if isinstance(contract, Contract) else _read(Path(contract))
    key = tuple(key) or _key_of(told)
    frames = {"": frame, **(others or {})}
    views = {name: f"headgate_{uuid.uuid4().hex}" for name in frames}
    for name, view in views.items():
        frames[name].createTempView(view)
    try:
        session = frame.sparkSession
        engine = OnSpark(session, views[""], key, {n: v for n, v in views.items() if n})
        about = told.schema[0].name if told.schema else told.id
        return report_of(Opened(about, engine), told, Registry(), about, limit=limit)
    finally:
        for view in views.values():
            frame.sparkSession.catalog.dropTempView(view)


def schema_of(frame: Any) -> pa.Schema:
    """Return the columns of a DataFrame as Arrow would have them; what it does not know is null."""
    return pa.schema([(field.name, _kind(field.dataType)) for field in frame.schema.fields])


def _kind(told: Any) -> pa.DataType:
    name = told.typeName()
    if name == "decimal":
        return pa.decimal128(told.precision, told.scale)
    return KINDS.get(name.partition("(")[0], pa.binary())


def _read(path: Path) -> Contract:
    return load_file(path, path.name)


def _key_of(contract: Contract) -> tuple[str, ...]:
    """Return the primary key of a contract's object.

    Raises:
        Invalid: it has none.
    """
    about = object_of(contract, contract.schema[0].name if contract.schema else "")
    keys = [one for one in about.properties if one.primary_key]
    if not keys:
        raise Invalid(
            f"contract {contract.id} names no primary key", mend="say what tells rows apart: key"
        )
    return tuple(one.name for one in sorted(keys, key=lambda one: one.primary_key_position))


@contextmanager
def _settled(session: Any) -> Generator[None]:
    """Have the session read our queries as all engines do, and leave it as it was."""
    before: dict[str, str | None] = {}
    try:
        for name, value in SETTINGS.items():
            before[name] = session.conf.get(name, None)
            session.conf.set(name, value)
        yield
    finally:
        for name, value in before.items():
            if value is None:
                session.conf.unset(name)
            else:
                session.conf.set(name, value)


def _collected(frame: Any) -> pa.Table:
    """Bring an answer here; before Spark 4 it comes row by row."""
    if hasattr(frame, "toArrow"):
        return frame.toArrow()
    names = frame.columns
    rows = [row.asDict() for row in frame.collect()]
    return pa.table({name: pa.array([row[name] for row in rows]) for name in names})
