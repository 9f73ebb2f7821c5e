"""Writes down what events told: new events into the log, what they tell into the graph."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from blake3 import blake3
from msgspec.structs import astuple
from sqlalchemy import and_, case, insert, or_, update
from sqlalchemy.dialects import postgresql, sqlite

from headgate.spine.lineage.foreign import tables
from headgate.spine.lineage.foreign.asking import asked
from headgate.spine.lineage.foreign.gather import Gathered, Lived, NodeRow, RunRow, Use
from headgate.spine.lineage.foreign.log import COUNTER, known_digests, put_frames
from headgate.spine.lineage.foreign.told import SHARING
from headgate.spine.lineage.foreign.walk import SHARED
from headgate.spine.store.queries import bump

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Insert, Table

    from headgate.spine.lineage.foreign.told import Told

    Choice = Callable[[Any, Any, str], ColumnElement[Any]]

MEASURED = 400
"""Rows of an index that SQLite looks at: that takes some milliseconds [count]."""
_OF_IDS = (
    "select run, run_id, job, first_us, last_us from ({some}) as wanted join foreign_runs "
    "on tenant = {tenant} and run between value and value + {most}"
)
_USES = "select run, role, node from foreign_uses where tenant = {tenant} and run in ({some})"
CACHED_KIB = 65_536
"""Pages of the catalog that SQLite holds while many events are taken: with its usual 2 MB each
batch reads the indexes from the disk again [KiB]."""
MANY = 500
"""Events from which on that is worth it [count]."""


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
    if len(told) >= MANY and connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHED_KIB}")
    fresh = _fresh(connection, tenant, told)
    first = bump(connection, tenant, COUNTER, len(fresh))
    if not fresh:
        return Kept(0, first - 1)
    put_frames(connection, tenant, first, [one.raw for one in fresh.values()])
    found = Gathered()
    names = ("tenant", "number", "digest", "kind", "at_us", "run")
    rows = [
        (tenant, number, digest, one.kind, one.at_us, found.add(one, number))
        for number, (digest, one) in enumerate(fresh.items(), first)
    ]
    _execute_many(connection, insert(tables.foreign_events), names, rows)
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
    told = {"told_in": _told_later, "told_us": _greater}
    nodes = sorted(found.nodes.values(), key=lambda one: one.node)
    into = _Into(connection, tenant, tables.foreign_nodes)
    into.upsert(NodeRow.__struct_fields__, map(astuple, nodes), span | told | {"type": _greater})
    known = _runs_of_ids(connection, tenant, {run & -SHARING for run in found.runs})
    grown = found.lengthen(known)
    found.widen(_uses_of(connection, tenant, grown), grown)
    if any(role == "shared" for _, role, _ in found.edges):
        bump(connection, tenant, SHARED, 1)
    _lengthen(connection, tenant, [one for run, one in grown.items() if run not in found.runs])
    standing = dict.fromkeys(("state", "rank", "state_us"), _stands)
    ends = {"started_us": _lesser, "ended_us": _greater}
    ends |= {"run_id": _lesser, "parent": _greater}
    runs = sorted(found.runs.values(), key=lambda one: one.run)
    into = into._replace(table=tables.foreign_runs)
    into.upsert(RunRow.__struct_fields__, map(astuple, runs), span | standing | ends)
    edges = ((*edge, *lived) for edge, lived in sorted(found.edges.items()))
    into = into._replace(table=tables.foreign_edges)
    into.upsert(("node", "role", "other", "first_us", "last_us"), edges, span)
    into = into._replace(table=tables.foreign_uses)
    into.upsert(("run", "role", "node", "version"), sorted(found.uses), {})


def _runs_of_ids(connection: Connection, tenant: str, ids: Collection[int]) -> list[Lived]:
    """List the runs there are of some ids, which stand together in the table."""
    return [Lived(*row) for row in asked(connection, _OF_IDS, tenant, ids, most=SHARING - 1)]


def _lengthen(connection: Connection, tenant: str, lived: Sequence[Lived]) -> None:
    """Let runs of other jobs last longer that share the id of one that was told of."""
    at = tables.foreign_runs.c
    for one in lived:
        own = (at.tenant == tenant, at.run == one.run)
        span = {"first_us": one.first_us, "last_us": one.last_us}
        connection.execute(update(tables.foreign_runs).where(*own).values(span))


def _uses_of(connection: Connection, tenant: str, runs: Collection[int]) -> Iterator[Use]:
    """List what runs read and wrote by what was told of them before."""
    return map(Use._make, asked(connection, _USES, tenant, runs))


class _Into(NamedTuple):
    """Where rows are written, and whose they are."""

    connection: Connection
    tenant: str
    table: Table

    def upsert(
        self,
        names: Sequence[str],
        rows: Iterable[tuple[Any, ...]],
        choices: dict[str, Choice],
    ) -> None:
        """Add rows; where one stands already, each column becomes what its choice says."""
        whole = [(self.tenant, *row) for row in rows]
        if not whole:
            return
        is_postgres = self.connection.dialect.name == "postgresql"
        adding = postgresql.insert(self.table) if is_postgres else sqlite.insert(self.table)
        keys = list(self.table.primary_key.columns)
        if choices:
            new, old = adding.excluded, self.table.c
            values = {name: choose(new, old, name) for name, choose in choices.items()}
            adding = adding.on_conflict_do_update(index_elements=keys, set_=values)
        else:
            adding = adding.on_conflict_do_nothing(index_elements=keys)
        _execute_many(self.connection, adding, ("tenant", *names), whole)


def _execute_many(
    connection: Connection,
    statement: Insert,
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Hand rows of numbers and text to the driver as they are, in a third of the usual time."""
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(names))
    order = getattr(compiled, "positiontup", None)
    if order is None:
        given: Any = [dict(zip(names, row, strict=True)) for row in rows]
    elif list(order) == list(names):
        given = rows
    else:
        given = list(map(itemgetter(*map(list(names).index, order)), rows))
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
