"""The naive way: the whole graph as one edge table, walked by a recursive query.

The question is the same as ours, and less: which snapshots, models, deployments and predictions
lie behind some batches, and for how many users; how many bad rows each snapshot holds is asked
apart, to check our answer by. SQLite has its edges in a clustered index, DuckDB in sorted columns.
"""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

from bench.parts import graph as nodes
from bench.parts.graph import KIND, files
from bench.parts.timing import tell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CHUNK_ROWS = 500_000
_WALK = """
with recursive walk(node) as (
    select child from edges where parent in ({seeds})
    union
    select edges.child from walk join edges on edges.parent = walk.node
)"""
_REACH = f"""
select
    count(*) filter (where node >= {nodes.VERSION} and node < {nodes.READ}),
    count(*) filter (where node >= {nodes.MODEL} and node < {nodes.RELEASE}),
    count(*) filter (where node >= {nodes.DEPLOYMENT} and node < {nodes.EXPOSED}),
    count(*) filter (where node >= {nodes.EXPOSED} and node < {nodes.EXACT}),
    count(*) filter (where node >= {nodes.EXACT}),
    count(distinct users.user) filter (where node >= {nodes.EXPOSED} and node < {nodes.EXACT}),
    count(distinct users.user) filter (where node >= {nodes.EXACT})
from (
    select node, case when node >= {nodes.EXPOSED} then node % {KIND} end as prediction from walk
) as reached
left join users on users.prediction = reached.prediction
"""
_BAD_ROWS = f"""
select edges.child - {nodes.VERSION}, count(*) from walk join edges on edges.parent = walk.node
where walk.node < {KIND} and edges.child >= {nodes.VERSION} and edges.child < {nodes.READ}
group by all order by all
"""


class Reach(NamedTuple):
    """What lies behind some batches, counted."""

    n_snapshots: int
    n_models: int
    n_deployments: int
    n_exposed: int
    n_exact: int
    n_users_exposed: int
    n_users_exact: int


class InDuckDB:
    """The edge table in a DuckDB file, made once.

    Args:
        folder: of the world; its `graph` holds the edges.
    """

    name = "DuckDB recursive CTE"

    def __init__(self, folder: Path) -> None:
        path = folder / "naive.duckdb"
        is_new = not path.exists()
        self.connection: Any = duckdb.connect(str(path))
        if is_new:
            self._load(folder / "graph")

    def reach(self, batches: Sequence[int]) -> Reach:
        """Walk from some batches to all that lies behind them."""
        return Reach(*self.connection.execute(_query(_REACH, batches)).fetchall()[0])

    def bad_rows(self, batches: Sequence[int]) -> dict[int, int]:
        """Count for each snapshot, by its place in the list of all, the bad rows it holds."""
        return dict(self.connection.execute(_query(_BAD_ROWS, batches)).fetchall())

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def _load(self, graph: Path) -> None:
        for table, order in (("edges", "parent, child"), ("users", "prediction")):
            self.connection.execute(
                f"create table {table} as select distinct * from read_parquet(?) order by {order}",
                [files(graph, table)],
            )


class InSqlite:
    """The edge table in an SQLite file, made once out of the DuckDB one.

    Args:
        folder: of the world.
        filled: the same edges, sorted.
    """

    name = "SQLite recursive CTE"

    def __init__(self, folder: Path, filled: InDuckDB) -> None:
        path = folder / "naive.sqlite"
        if not path.exists():
            unfinished = path.with_suffix(".part")
            unfinished.unlink(missing_ok=True)
            _load_sqlite(unfinished, filled)
            unfinished.rename(path)
        self.connection = sqlite3.connect(path)
        self.connection.execute("pragma cache_size = -4000000")
        self.connection.execute("pragma temp_store = memory")

    def reach(self, batches: Sequence[int]) -> Reach:
        """Walk from some batches to all that lies behind them."""
        return Reach(*self.connection.execute(_query(_REACH, batches)).fetchone())

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()


def _query(select: str, batches: Sequence[int]) -> str:
    return _WALK.format(seeds=", ".join(map(str, batches))) + select


def _load_sqlite(path: Path, filled: InDuckDB) -> None:
    started = time.perf_counter()
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode = off")
    connection.execute("pragma synchronous = off")
    connection.execute(
        "create table edges (parent integer, child integer, primary key (parent, child)) "
        "without rowid"
    )
    connection.execute("create table users (prediction integer primary key, user integer)")
    for table in ("edges", "users"):
        rows = filled.connection.cursor().execute(f"select * from {table} order by all")
        while found := rows.fetchmany(_CHUNK_ROWS):
            connection.executemany(f"insert into {table} values (?, ?)", found)
        tell(started, f"{table} are in SQLite")
    connection.commit()
    connection.execute("analyze")
    connection.close()
