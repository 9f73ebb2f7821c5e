"""Writes down what events told: new events into the log, what they tell into the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from blake3 import blake3
from sqlalchemy import and_, case, func, insert, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite

from headgate.spine.lineage.foreign import tables
from headgate.spine.lineage.foreign.gather import Gathered, Lived
from headgate.spine.lineage.foreign.log import COUNTER, known_digests, put_frames
from headgate.spine.lineage.foreign.told import SHARING
from headgate.spine.lineage.foreign.walk import SHARED
from headgate.spine.store.queries import bump

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Connection, Insert, Table

    from headgate.spine.lineage.foreign.gather import Edge
    from headgate.spine.lineage.foreign.told import Told

    Choice = Callable[[Any, Any, str], ColumnElement[Any]]

MEASURED = 400
"""Rows of an index that SQLite looks at: that takes some milliseconds [count]."""
ASKED = 5000
"""Runs asked for in one statement [count]."""
_OF_IDS = """
with wanted (first) as (values {wanted})
select run, run_id, job, first_us, last_us from wanted join foreign_runs
on tenant = :tenant and run between wanted.first and wanted.first + {most}
"""


class Kept(NamedTuple):
    """What became of some events.

    Args:
        n_new: events that had not come before.
        last: number of the last one there is.
    """

    n_new: int
    last: int


def keep(connection: Connection, tenant: str, told: Sequence[Told]) -> Kept:
    """Take events into the log and the graph; one that came before changes nothing.

    Args:
        connection: of a writing transaction.
        tenant: whose they are.
        told: in any order.
    """
    fresh = _fresh(connection, tenant, told)
    first = bump(connection, tenant, COUNTER, len(fresh))
    if not fresh:
        return Kept(0, first - 1)
    put_frames(connection, tenant, first, [one.raw for one in fresh.values()])
    found = Gathered()
    rows: list[dict[str, Any]] = []
    for number, (digest, one) in enumerate(fresh.items(), first):
        row = {"tenant": tenant, "number": number, "digest": digest, "kind": one.kind}
        rows.append(row | {"at_us": one.at_us, "run": found.add(one, number)})
    _execute_many(connection, insert(tables.foreign_events), rows)
    _merge(connection, tenant, found)
    last = first + len(fresh) - 1
    if last.bit_length() != (first - 1).bit_length():
        _measure(connection)
    return Kept(len(fresh), last)


def _measure(connection: Connection) -> None:
    """Let SQLite look at how the tables are filled, each time there are twice as many events.

    Without that it takes a tenant for ten rows and reads them all where an index would tell: over
    a million events a blast takes twice as long. PostgreSQL looks by itself.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA analysis_limit = {MEASURED}")
        for table in tables.metadata.sorted_tables:
            connection.exec_driver_sql(f"ANALYZE {table.name}")


def _fresh(connection: Connection, tenant: str, told: Sequence[Told]) -> dict[bytes, Told]:
    by_digest = {blake3(one.raw).digest(length=16): one for one in told}
    for digest in known_digests(connection, tenant, list(by_digest)):
        del by_digest[digest]
    return by_digest


def _merge(connection: Connection, tenant: str, found: Gathered) -> None:
    span = {"first_us": _lesser, "last_us": _greater}
    nodes = [msgspec.structs.asdict(one) for one in found.nodes.values()]
    told = {"told_in": _told_later, "told_us": _greater}
    _upsert(connection, tenant, tables.foreign_nodes, nodes, span | told | {"type": _greater})
    known = _runs_of_ids(connection, tenant, sorted({run & -SHARING for run in found.runs}))
    told_before = sorted(found.runs.keys() & {one.run for one in known})
    found.widen()
    if found.share(known):
        bump(connection, tenant, SHARED, 1)
    runs = [msgspec.structs.asdict(one) for one in found.runs.values()]
    standing = dict.fromkeys(("state", "rank", "state_us"), _stands)
    ends = {"started_us": _lesser, "ended_us": _greater}
    ends |= {"run_id": _lesser, "parent": _greater}
    _upsert(connection, tenant, tables.foreign_runs, runs, span | standing | ends)
    edges = [
        {"node": node, "role": role, "other": other, "first_us": first, "last_us": last}
        for (node, role, other), (first, last) in found.edges.items()
    ]
    _upsert(connection, tenant, tables.foreign_edges, edges, span)
    names = ("run", "role", "node", "version")
    uses: list[dict[str, Any]] = [dict(zip(names, use, strict=True)) for use in sorted(found.uses)]
    _upsert(connection, tenant, tables.foreign_uses, uses, {})
    lived = _spans_of_uses(connection, tenant, told_before)
    wider = [row for row in lived if _is_wider(row, found.edges)]
    _upsert(connection, tenant, tables.foreign_edges, wider, span)


def _is_wider(row: dict[str, Any], edges: dict[Edge, tuple[int, int]]) -> bool:
    """Say whether a run lived longer than what was read and wrote was told of."""
    told = edges.get((row["node"], row["role"], row["other"]))
    return told is None or row["first_us"] < told[0] or row["last_us"] > told[1]


def _runs_of_ids(connection: Connection, tenant: str, ids: list[int]) -> list[Lived]:
    """List the runs there are of some ids, which stand together in the table."""
    known: list[Lived] = []
    for start in range(0, len(ids), ASKED):
        wanted = ", ".join(f"({one})" for one in ids[start : start + ASKED])
        query = _OF_IDS.format(wanted=wanted, most=SHARING - 1)
        known += [Lived(*row) for row in connection.execute(text(query), {"tenant": tenant})]
    return known


def _spans_of_uses(connection: Connection, tenant: str, runs: list[int]) -> list[dict[str, Any]]:
    """List what runs read and wrote with the time they lived, where older events tell of them."""
    use, run = tables.foreign_uses.c, tables.foreign_runs.c
    same_run = and_(run.tenant == use.tenant, run.run == use.run)
    spans: list[dict[str, Any]] = []
    for start in range(0, len(runs), ASKED):
        query = (
            select(
                use.node,
                use.role,
                run.job.label("other"),
                func.min(run.first_us).label("first_us"),
                func.max(run.last_us).label("last_us"),
            )
            .join(tables.foreign_runs, same_run)
            .where(use.tenant == tenant, use.run.in_(runs[start : start + ASKED]))
            .group_by(use.node, use.role, run.job)
        )
        spans += [dict(row) for row in connection.execute(query).mappings()]
    return spans


def _upsert(
    connection: Connection,
    tenant: str,
    table: Table,
    rows: list[dict[str, Any]],
    choices: dict[str, Choice],
) -> None:
    """Add rows; where one stands already, each column becomes what its choice says."""
    if not rows:
        return
    is_postgres = connection.dialect.name == "postgresql"
    adding = postgresql.insert(table) if is_postgres else sqlite.insert(table)
    keys = list(table.primary_key.columns)
    if choices:
        new, old = adding.excluded, table.c
        values = {name: choose(new, old, name) for name, choose in choices.items()}
        adding = adding.on_conflict_do_update(index_elements=keys, set_=values)
    else:
        adding = adding.on_conflict_do_nothing(index_elements=keys)
    _execute_many(connection, adding, [{"tenant": tenant, **row} for row in rows])


def _execute_many(connection: Connection, statement: Insert, rows: list[dict[str, Any]]) -> None:
    """Hand rows of numbers and text to the driver as they are, in a third of the usual time."""
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    order = getattr(compiled, "positiontup", None)
    given = [tuple(map(row.__getitem__, order)) for row in rows] if order else rows
    connection.exec_driver_sql(str(compiled), given)


def _lesser(new: Any, old: Any, name: str) -> ColumnElement[Any]:
    return case((or_(old[name].is_(None), new[name] < old[name]), new[name]), else_=old[name])


def _greater(new: Any, old: Any, name: str) -> ColumnElement[Any]:
    return case((or_(old[name].is_(None), new[name] > old[name]), new[name]), else_=old[name])


def _told_later(new: Any, old: Any, name: str) -> ColumnElement[Any]:
    is_later = or_(old.told_us.is_(None), new.told_us >= old.told_us)
    return case((is_later, new[name]), else_=old[name])


def _stands(new: Any, old: Any, name: str) -> ColumnElement[Any]:
    """Choose the state of an end before any other, then the later one."""
    same_rank, same_time = new.rank == old.rank, new.state_us == old.state_us
    later = or_(new.state_us > old.state_us, and_(same_time, new.state > old.state))
    wins = or_(new.rank > old.rank, and_(same_rank, later))
    return case((wins, new[name]), else_=old[name])
