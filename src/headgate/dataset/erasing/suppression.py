"""What was erased stays out: salted digests of a subject's values, asked at every commit."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
from blake3 import blake3

from headgate.core.errors import NotFound
from headgate.spine.ports import Rejection, Verdict
from headgate.spine.store.erasing import erasures
from headgate.spine.store.erasing.erasures import Suppression

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from headgate.dataset.erasing.subject import Found
    from headgate.spine.context import Context

SALT = "erasure"
_ENCODER = msgspec.json.Encoder(order="sorted")


class SuppressionGate:
    """Keeps rows out that an erasure said must not come back; of them nothing is kept."""

    name = "suppression"
    keeps_erased_out = True

    def check(
        self, context: Context, dataset: str, rows: pa.Table, _known: pa.Schema | None, /
    ) -> Verdict:
        """Sort out rows whose values were erased from the dataset.

        Args:
            context: the project.
            dataset: where the rows want to go.
            rows: what came, fitted to the dataset's types.
        """
        positions = np.arange(rows.num_rows)
        with context.catalog.read() as connection:
            known = erasures.suppressions_of(connection, context.tenant, dataset)
            salt = erasures.salt_named(connection, context.tenant, SALT) if known else None
        if not known or salt is None:
            return Verdict(rows=rows, positions=positions)
        bad = np.zeros(rows.num_rows, np.bool_)
        for columns in {one.columns for one in known}:
            digests = {one.digest for one in known if one.columns == columns}
            if set(columns) <= set(rows.column_names):
                bad |= _holding(rows.select(list(columns)), digests, salt)
        if not bad.any():
            return Verdict(rows=rows, positions=positions)
        keep = np.flatnonzero(~bad)
        return Verdict(
            rows=rows.take(pa.array(keep, pa.int64())),
            positions=keep,
            rejected=tuple(
                Rejection(int(place), "suppressed: erased before", keeps_raw=False)
                for place in np.flatnonzero(bad)
            ),
        )


def suppressions_for(connection: Connection, tenant: str, found: Found) -> list[Suppression]:
    """Digest the values a subject's rows had in the columns of the condition."""
    salt = secret(connection, tenant)
    return [
        Suppression(columns=found.columns, digest=digest)
        for digest in sorted({_digest(values, salt) for values in _tuples(found.values)})
    ]


def secret(connection: Connection, tenant: str) -> bytes:
    """Return the project's salt of erasures: 32 bytes.

    Raises:
        NotFound: there was no erasure yet, or the salt was destroyed.
    """
    salt = erasures.salt_named(connection, tenant, SALT)
    if salt is None:
        raise NotFound("the salt of erasures is not there", mend="restore the catalog's backup")
    return salt


def make_secret(context: Context) -> None:
    """Make the project's salt of erasures unless it is there."""
    with context.catalog.write() as connection:
        if erasures.salt_named(connection, context.tenant, SALT) is None:
            erasures.put_salt(connection, context.tenant, SALT, secrets.token_bytes(32))


def _holding(rows: pa.Table, digests: set[str], salt: bytes) -> Any:
    """Say for each row whether its values are among the digests; equal rows are asked once."""
    names = rows.column_names
    groups = rows.append_column("", pa.array(np.arange(rows.num_rows)))
    distinct = groups.group_by(names).aggregate([("", "list")])
    bad = np.zeros(rows.num_rows, np.bool_)
    for values, places in zip(
        _tuples(distinct.select(names)), distinct["_list"].to_pylist(), strict=True
    ):
        if _digest(values, salt) in digests:
            bad[places] = True
    return bad


def _tuples(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    yield from zip(*(column.to_pylist() for column in table.columns), strict=True)


def _digest(values: Sequence[Any], salt: bytes) -> str:
    return blake3(_ENCODER.encode([_plain(value) for value in values]), key=salt).hexdigest()


def _plain(value: Any) -> Any:
    """Write a whole number the same whatever its type was."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
