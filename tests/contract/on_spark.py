"""Run by a Python with Spark: asks a local session what `engines` asks every engine.

Called with two Parquet files, the rows and those of the other dataset, and a file to write.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.contract.odcs.files import load
from headgate.contract.spark import OnSpark, check_spark
from headgate.core.errors import Invalid
from tests.contract.engines import said_by

if TYPE_CHECKING:
    from headgate.contract.reports import CheckReport

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: no, logicalType: integer, primaryKey: true}
      - name: t
        logicalType: string
        logicalTypeOptions: {pattern: '^[a-z]', maxLength: 8}
      - name: tz
        logicalType: timestamp
        quality: [{metric: invalidValues, arguments: {pattern: '^2026'}, mustBe: 0}]
      - name: i
        logicalType: integer
        relationships: [{to: customers.id}]
"""


def session() -> Any:
    """Start Spark with one core; it listens on loopback only."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "ERROR",
        # what a user's session may be set to; our queries must not heed it
        "spark.sql.session.timeZone": "Asia/Tokyo",
        "spark.sql.ansi.enabled": "false",
    }
    builder = import_module("pyspark.sql").SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def checked(rows: Any, others: Any) -> CheckReport:
    """Check a DataFrame by a contract, as a user does."""
    contract = load(CONTRACT.encode(), "orders.yaml")
    return check_spark(rows, contract, others={"customers": others}, limit=2)


def refused(rows: Any) -> list[str]:
    """List what is said to those who name no key, or one that is not there."""
    told: list[str] = []
    bare = load(CONTRACT.replace("primaryKey: true", "unique: true").encode(), "orders.yaml")
    for key in ((), ("away",)):
        try:
            check_spark(rows, bare, key=key)
        except Invalid as error:
            told.append(error.message)
    return told


def main() -> None:
    """Ask all cases of all rows, and of none."""
    spark = session()
    rows, others = (spark.read.parquet(path) for path in sys.argv[1:3])
    others.createOrReplaceTempView("o")
    answers: dict[str, Any] = {}
    for name, frame in (("rows", rows), ("empty", rows.limit(0))):
        frame.createOrReplaceTempView(name)
        answers[name] = said_by(OnSpark(spark, name, ("no",)))
    answers["zone"] = spark.conf.get("spark.sql.session.timeZone")
    answers["report"] = msgspec.to_builtins(checked(rows, others))
    answers["views"] = sorted(one.name for one in spark.catalog.listTables())
    answers["refused"] = refused(rows)
    Path(sys.argv[3]).write_text(json.dumps(answers), encoding="utf-8")
    spark.stop()


if __name__ == "__main__":
    main()
