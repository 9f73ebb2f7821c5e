"""The event log: nothing is altered, moved or removed unseen, and nothing in it is private."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pytest
from blake3 import blake3
from sqlalchemy import delete, select, update

from headgate.core.plugins import Rejected
from headgate.core.times import now
from headgate.spine.lineage.events import GENESIS, Fact, append, first_broken, list_events
from headgate.spine.store.tables import events as table
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.asking import commit, events, kinds

if TYPE_CHECKING:
    from sqlalchemy import Executable

    from headgate.spine.context import Context


@pytest.fixture
def logged(context: Context) -> Context:
    """A project whose log holds five events."""
    facts = [
        Fact(kind="thing_done", subject=f"thing:{number}", payload={"n": number})
        for number in range(1, 6)
    ]
    with context.catalog.write() as connection:
        append(connection, context.tenant, "ann", facts)
    return context


def change(context: Context, *statements: Executable) -> None:
    """Change the catalog behind Headgate's back."""
    with context.catalog.write() as connection:
        for statement in statements:
            connection.execute(statement)


def broken(context: Context) -> int | None:
    """Return the first event that does not hold."""
    with context.catalog.read() as connection:
        return first_broken(connection, context.tenant)


def test_events_are_numbered_without_gaps_and_linked(logged: Context) -> None:
    found = events(logged)

    assert [event.seq for event in found] == [1, 2, 3, 4, 5]
    digest = GENESIS
    for event in found:
        digest = blake3(bytes.fromhex(digest + event.commitment)).hexdigest()
        assert event.digest == digest
    assert broken(logged) is None


def test_an_event_says_what_who_and_when(logged: Context) -> None:
    event = events(logged, "thing:2")[0]

    assert (event.kind, event.actor, event.payload) == ("thing_done", "ann", {"n": 2})
    assert datetime.now(UTC) - event.at < timedelta(minutes=1)


def test_the_newest_events_are_listed_first(logged: Context) -> None:
    with logged.catalog.read() as connection:
        found = list_events(connection, logged.tenant, limit=2)

    assert [event.seq for event in found] == [5, 4]


def test_an_empty_log_holds(context: Context) -> None:
    assert broken(context) is None


THIRD = table.c.seq == 3


@pytest.mark.parametrize(
    "change_of",
    [
        {"body": b'{"seq":3}'},
        {"salt": b"0" * 16},
        {"commitment": "0" * 64},
        {"digest": "0" * 64},
        {"actor": "eve"},
        {"kind": "thing_undone"},
        {"subject": "thing:9"},
        {"at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"schema_version": 2},
        {"seq": 30},
    ],
    ids=lambda change_of: next(iter(change_of)),
)
def test_an_altered_event_is_named(logged: Context, change_of: dict[str, Any]) -> None:
    change(logged, update(table).where(THIRD).values(**change_of))

    assert broken(logged) == 3


def test_an_event_altered_with_its_commitment_breaks_the_chain(logged: Context) -> None:
    body = b'{"seq":3}'
    commitment = blake3(b"0" * 16 + body).hexdigest()

    change(
        logged,
        update(table).where(THIRD).values(body=body, salt=b"0" * 16, commitment=commitment),
    )

    assert broken(logged) == 3


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_removed_event_is_named_even_if_it_was_the_last(logged: Context, seq: int) -> None:
    change(logged, delete(table).where(table.c.seq == seq))

    assert broken(logged) == seq


def test_a_log_that_was_emptied_is_seen(logged: Context) -> None:
    change(logged, delete(table))

    assert broken(logged) == 1


def test_events_that_changed_places_are_named(logged: Context) -> None:
    change(
        logged,
        update(table).where(table.c.seq == 2).values(seq=99),
        update(table).where(table.c.seq == 4).values(seq=2),
        update(table).where(table.c.seq == 99).values(seq=4),
    )

    assert broken(logged) == 2


def test_the_chain_holds_when_salt_and_body_are_erased(logged: Context) -> None:
    before = events(logged)

    change(logged, update(table).where(THIRD).values(salt=b"", body=b""))

    after = events(logged)
    assert broken(logged) is None
    assert after[2].commitment == before[2].commitment
    assert after[2].payload == {}
    assert after[3] == before[3]


def test_equal_facts_have_different_commitments(context: Context) -> None:
    fact = Fact(kind="thing_done", subject="thing:1", payload={})

    with context.catalog.write() as connection:
        one, other = append(connection, context.tenant, "ann", [fact, fact])

    assert one.commitment != other.commitment


def test_a_body_is_canonical_json(logged: Context) -> None:
    with logged.catalog.read() as connection:
        bodies = connection.execute(select(table.c.body)).scalars().all()

    for body in bodies:
        assert body == msgspec.json.encode(msgspec.json.decode(body), order="sorted")


@pytest.mark.row("S3-43", part="ids")
def test_each_tenant_has_a_log_of_its_own(logged: Context) -> None:
    fact = Fact(kind="thing_done", subject="thing:1", payload={})
    with logged.catalog.write() as connection:
        (event,) = append(connection, "umbrella", "bob", [fact])

    with logged.catalog.read() as connection:
        found = list_events(connection, "umbrella")
        is_broken = first_broken(connection, "umbrella")

    assert event.seq == 1
    assert [one.actor for one in found] == ["bob"]
    assert is_broken is None
    assert len(events(logged)) == 5


def test_no_event_holds_what_a_row_a_file_or_a_message_held(context: Context) -> None:
    planted = "ann.smith@example.org"
    rows = pa.table({"id": [1, 2], "mail": [planted, planted]})
    origin = Origin(
        kind="ingest", arrived_at=now(), source="shop", uri=f"/in/{planted}.csv", digest="d1"
    )
    rejected = (Rejected(3, planted, f"type: mail is {planted}"),)
    write = Write(dataset="people", mode="append", key=("id",), message=f"sent by {planted}")

    with Work(context) as work:
        work.write(write, [Part(rows=rows, origin=origin, rejected=rejected)])
    commit(context, "people", {"id": [2], "mail": ["x"]}, mode="upsert", message=planted)
    commit(context, "people", {"id": [planted], "mail": [planted]})

    with context.catalog.read() as connection:
        written = connection.execute(select(table)).all()
    assert {"snapshot_committed", "rows_quarantined", "batch_taken", "schema_changed"} <= set(
        kinds(context)
    )
    assert planted.encode() not in b"".join(
        value if isinstance(value, bytes) else str(value).encode()
        for row in written
        for value in row
    )
