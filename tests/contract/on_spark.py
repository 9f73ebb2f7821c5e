"""Run by a Python with Spark: asks a local session what `engines` asks every engine.

Called with two Parquet files, the rows and those of the other dataset; prints a line of JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from headgate.contract.spark import OnSpark
from tests.contract.engines import said_by


def session() -> Any:
    """Start Spark with one core; it listens on loopback only."""
    from pyspark.sql import SparkSession

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
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def main() -> None:
    """Ask all cases of all rows, and of none."""
    spark = session()
    rows, others = (spark.read.parquet(path) for path in sys.argv[1:3])
    others.createOrReplaceTempView("o")
    answers: dict[str, Any] = {}
    for name, frame in (("rows", rows), ("empty", rows.limit(0))):
        frame.createOrReplaceTempView(name)
        answers[name] = said_by(OnSpark(spark, name, ("no",)))
    answers["timezone"] = spark.conf.get("spark.sql.session.timeZone")
    print("ANSWERS " + json.dumps(answers))
    spark.stop()


if __name__ == "__main__":
    main()
