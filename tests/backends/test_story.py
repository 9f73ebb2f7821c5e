"""The whole life of a dataset, alike on every pair of catalog and object store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.asking import commit, diff, kinds, log, query, restore, tag, values
from tests.backends.places import ENDS

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from tests.backends.places import Backend

pytestmark = pytest.mark.parametrize("backend", ENDS, indirect=True)


def test_every_way_to_write_and_read_a_dataset(backend: Backend, context: Context) -> None:
    commit(context, "orders", {"id": [1, 2, 3], "n": [10, 20, 30]}, key=("id",))
    commit(context, "orders", {"id": [2, 4], "n": [21, 40]}, mode="upsert")
    commit(context, "orders", {"id": [1, 4], "n": [10, 40]})
    tag(context, "orders", "small")
    restore(context, "orders", 2)

    report = diff(context, "orders", 1, 2)
    found = query(context, "select sum(n) as n from orders").to_pydict()

    assert values(context, "orders", 1) == {"id": [1, 2, 3], "n": [10, 20, 30]}
    assert sorted(values(context, "orders")["id"]) == [1, 2, 3, 4]
    assert values(context, "orders", "small") == {"id": [1, 4], "n": [10, 40]}
    assert (report.n_added, report.n_removed, report.n_changed) == (1, 0, 1)
    assert found == {"n": [101]}
    assert [one.number for one in log(context, "orders")] == [4, 3, 2, 1]
    assert kinds(context)[:2] == ["snapshot_committed", "snapshot_committed"]
