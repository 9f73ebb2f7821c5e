"""Orders whose columns have something to learn, and ways to look at them by a contract."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from headgate.contract.checking import Arrow, look
from headgate.contract.infer.proposing import Proposal, Source, propose
from headgate.contract.odcs.nouns import Contract
from headgate.contract.promises import promises_of
from headgate.spine.registry import Registry

REGISTRY = Registry()
CITIES = ("Oslo", "Bergen", "Rome", "New York")


def orders(n_rows: int = 2000, seed: int = 7) -> pa.Table:
    """Orders with ids, codes, addresses, cities, amounts, people's sizes and days."""
    chance = np.random.default_rng(seed)
    days = [date(2026, 1, 1) + timedelta(days=int(n)) for n in np.arange(n_rows) // 20]
    country = chance.choice(["NO", "SE"], n_rows)
    return with_ids(
        {
            "id": np.arange(100, 100 + n_rows),
            "code": [f"{c}-{n:04d}" for c, n in zip(country, np.arange(n_rows), strict=True)],
            "mail": [f"user{n}@example.org" for n in chance.integers(0, 500, n_rows)],
            "city": chance.choice(CITIES, n_rows),
            "amount": np.round(chance.lognormal(3, 0.5, n_rows), 2),
            "height_m": np.round(chance.normal(1.75, 0.08, n_rows), 3),
            "weight_kg": np.round(chance.normal(75, 9, n_rows), 1),
            "note": [f"note {'x' * int(n)}" for n in chance.integers(0, 30, n_rows)],
            "placed": pa.array(days),
            "placed_text": [f"{day:%Y-%m-%d}" for day in days],
        }
    )


def with_ids(columns: Any) -> pa.Table:
    """Make a table of columns, and give each row an id."""
    table = pa.table(columns)
    return table.append_column("_rid", pa.array(range(1, table.num_rows + 1), pa.int64()))


def proposed(rows: pa.Table, **more: Any) -> Proposal:
    """Propose a contract for rows."""
    return propose(Source("orders", rows, **more), REGISTRY)


def broken_in(contract: Contract, rows: pa.Table) -> dict[str, float | None]:
    """Look at rows by a contract: the figure of each clause that they break."""
    looked = look(Arrow(rows, str), promises_of(contract, "orders", REGISTRY).rules)
    return {one.rule: one.figure for one in looked.found if not one.is_kept}


def replaced(rows: pa.Table, **columns: Any) -> pa.Table:
    """Put other columns in the place of some."""
    for name, values in columns.items():
        rows = rows.set_column(rows.column_names.index(name), name, pa.array(values))
    return rows
