"""The catalog's SQL on published contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import desc, insert, select, update

from headgate.contract.published.nouns import Checked, Signature, Version
from headgate.contract.tables import contract_checks, contract_signatures, contracts
from headgate.spine.store.queries import CONTRACTS, bump, counted

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from headgate.contract.published.nouns import State

_SHOWN = [column for column in contracts.c if column.name != "document"]


def versions(
    connection: Connection, tenant: str, name: str | None = None, state: State | None = None
) -> list[Version]:
    """List versions, of one contract or of all, the oldest of each first.

    Args:
        connection: the transaction.
        tenant: whose.
        name: the contract; all if not given.
        state: those in this state; all if not given.
    """
    query = select(*_SHOWN).where(contracts.c.tenant == tenant)
    if name is not None:
        query = query.where(contracts.c.name == name)
    if state is not None:
        query = query.where(contracts.c.state == state)
    found = connection.execute(query.order_by(contracts.c.name, contracts.c.number)).mappings()
    signed = _signatures(connection, tenant, name)
    return [_version(row, signed.get((row["name"], row["number"]), [])) for row in found]


def document(connection: Connection, tenant: str, name: str, number: int) -> bytes:
    """Return the bytes of a version's file."""
    query = select(contracts.c.document).where(
        contracts.c.tenant == tenant, contracts.c.name == name, contracts.c.number == number
    )
    return bytes(connection.execute(query).scalar_one())


def put(connection: Connection, tenant: str, version: Version, content: bytes) -> None:
    """Add a version."""
    row: dict[str, Any] = msgspec.structs.asdict(version)
    del row["signatures"]
    row["about"] = msgspec.json.encode(version.about).decode()
    connection.execute(insert(contracts).values(tenant=tenant, document=content, **row))
    bump(connection, tenant, CONTRACTS, 1)


def set_state(connection: Connection, tenant: str, version: Version, state: State) -> None:
    """Move a version to another state."""
    is_it = (
        (contracts.c.tenant == tenant)
        & (contracts.c.name == version.name)
        & (contracts.c.number == version.number)
    )
    connection.execute(update(contracts).where(is_it).values(state=state))
    bump(connection, tenant, CONTRACTS, 1)


def sign(connection: Connection, tenant: str, version: Version, signature: Signature) -> None:
    """Write a signature under a version."""
    row = msgspec.structs.asdict(signature)
    about = {"tenant": tenant, "name": version.name, "number": version.number}
    connection.execute(insert(contract_signatures).values(**about, **row))


def n_changes(connection: Connection, tenant: str) -> int:
    """Count how often it changed which contracts are in force."""
    return counted(connection, tenant, CONTRACTS)


def put_check(connection: Connection, tenant: str, rev: int, checked: Checked) -> None:
    """Write down what the gate found at a commit, by the number of its first batch."""
    row: dict[str, Any] = msgspec.structs.asdict(checked)
    row["broken"] = msgspec.json.encode(checked.broken, order="sorted").decode()
    connection.execute(insert(contract_checks).values(tenant=tenant, rev=rev, **row))


def last_check(connection: Connection, tenant: str, dataset: str) -> Checked | None:
    """Return what the gate found last of a dataset; nothing if never."""
    table = contract_checks
    query = select(table).where(table.c.tenant == tenant, table.c.dataset == dataset)
    row = connection.execute(query.order_by(desc(table.c.rev)).limit(1)).mappings().first()
    return None if row is None else _checked(row)


def last_checks(connection: Connection, tenant: str, dataset: str, number: int) -> list[Checked]:
    """List what the gate found last of a snapshot on each branch it stands on, the newest first."""
    table = contract_checks
    query = select(table).where(
        table.c.tenant == tenant, table.c.dataset == dataset, table.c.number == number
    )
    found: dict[str, Checked] = {}
    for row in connection.execute(query.order_by(desc(table.c.rev))).mappings():
        found.setdefault(row["branch"], _checked(row))
    return list(found.values())


def _checked(row: RowMapping) -> Checked:
    names = Checked.__struct_fields__
    return Checked(
        **{name: row[name] for name in names if name != "broken"},
        broken=msgspec.json.decode(row["broken"]),
    )


def _signatures(
    connection: Connection, tenant: str, name: str | None
) -> dict[tuple[str, int], list[Signature]]:
    table = contract_signatures
    query = select(table).where(table.c.tenant == tenant)
    if name is not None:
        query = query.where(table.c.name == name)
    found: dict[tuple[str, int], list[Signature]] = {}
    for row in connection.execute(query.order_by(table.c.signed_at)).mappings():
        signature = Signature(row["party"], row["signed_by"], row["signed_at"])
        found.setdefault((row["name"], row["number"]), []).append(signature)
    return found


def _version(row: RowMapping, signatures: list[Signature]) -> Version:
    fields = {name: row[name] for name in Version.__struct_fields__ if name in row}
    fields |= {"about": tuple(msgspec.json.decode(row["about"])), "signatures": tuple(signatures)}
    return Version(**fields)
