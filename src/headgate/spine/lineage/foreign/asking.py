"""Asks the catalog about thousands of nodes or runs at once.

Their numbers are one value, an array, so that the statement stays the same and is prepared once.
Bound one by one they would cost more than to look them up; written into the statement, each would
be kept by the driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Connection

_SQLITE = {"tenant": "?1", "some": "select value from json_each(?2)"}
_POSTGRES = {"tenant": "%(tenant)s", "some": "select value from unnest(%(some)s) as value"}


def asked(
    connection: Connection, query: str, tenant: str, numbers: Collection[int], **names: object
) -> Iterator[Any]:
    """Run a query about some numbers.

    Args:
        connection: of any transaction.
        query: SQL with `{tenant}` for a value, and `{some}` for a query whose column `value` are
            the numbers.
        tenant: whose rows.
        numbers: in any order; nothing is asked about none.
        names: of columns, and numbers of ours, that stand in the query in braces too.

    Yields:
        The rows.
    """
    if not numbers:
        return
    if connection.dialect.name == "postgresql":
        given: Any = {"tenant": tenant, "some": list(numbers)}
        yield from connection.exec_driver_sql(query.format(**_POSTGRES, **names), given)
    else:
        told = msgspec.json.encode(list(numbers)).decode()
        yield from connection.exec_driver_sql(query.format(**_SQLITE, **names), (tenant, told))
