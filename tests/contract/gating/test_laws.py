"""Laws of a gate, held against a plain count of the same rows in Python."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headgate
from tests.contract.guarded import AMOUNT, UNIQUE, guarded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.surfaces.python import Project

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.one_of(st.none(), st.integers(0, 12)),
            "amount": st.one_of(st.none(), st.sampled_from([-5.0, -0.5, 0.0, 1.0, 7.5])),
            "place": st.integers(0, 3),
        }
    ),
    min_size=1,
    max_size=9,
)
NAMES = itertools.count()
TYPED = {"id": 100, "amount": 1.0, "place": 0}
"""A row that gives each column its type, and keeps every clause."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project in which no two examples use the same dataset."""
    with headgate.init(tmp_path_factory.mktemp("laws") / "shop") as project:
        yield project


def fresh(project: Project) -> str:
    """Bring a contract for a dataset of its own into force."""
    name = f"orders{next(NAMES)}"
    guarded(project, UNIQUE, AMOUNT, name=name)
    return name


def breaks(row: dict[str, Any], rows: list[dict[str, Any]], known: set[int]) -> set[str]:
    """Name the clauses that a row breaks, by looking at it in Python."""
    often = Counter(one["id"] for one in rows)
    found: set[str] = set()
    if row["id"] is None:
        found.add("required")
    elif often[row["id"]] > 1 or row["id"] in known:
        found.add("unique")
    if row["amount"] is not None and row["amount"] < 0:
        found.add("range")
    return found


def expected(rows: list[dict[str, Any]], known: set[int]) -> list[dict[str, Any]]:
    """List the rows that go in: none where half of them, and two, break one clause."""
    broken = [breaks(one, rows, known) for one in rows]
    counts = Counter(clause for one in broken for clause in one)
    if any(n >= 2 and n * 2 >= len(rows) for n in counts.values()):
        return []
    return [row for row, found in zip(rows, broken, strict=True) if not found]


@settings(max_examples=10)
@given(rows=ROWS)
def test_what_goes_in_is_what_keeps_every_clause_and_the_rest_waits(
    shop: Project, rows: list[dict[str, Any]]
) -> None:
    name = fresh(shop)
    shop.dataset.commit(name, [TYPED])

    snapshot = shop.dataset.commit(name, rows, mode="append")

    taken = expected(rows, {100})
    assert shop.dataset.read(name).to_pylist() == [TYPED, *taken]
    assert snapshot.n_quarantined == len(rows) - len(taken)


@settings(max_examples=6)
@given(first=ROWS, then=ROWS)
def test_appended_in_two_parts_no_value_stands_twice(
    shop: Project, first: list[dict[str, Any]], then: list[dict[str, Any]]
) -> None:
    name = fresh(shop)
    shop.dataset.commit(name, [TYPED])
    shop.dataset.commit(name, first, mode="append")
    known: set[Any] = set(shop.dataset.read(name)["id"].to_pylist())

    shop.dataset.commit(name, then, mode="append")

    ids = shop.dataset.read(name)["id"].to_pylist()
    assert len(ids) == len(set(ids))
    assert ids[len(known) :] == [one["id"] for one in expected(then, known)]


@settings(max_examples=8)
@given(rows=ROWS)
def test_a_batch_that_waits_as_a_whole_leaves_what_it_would_replace(
    shop: Project, rows: list[dict[str, Any]]
) -> None:
    name = fresh(shop)
    shop.dataset.commit(name, [TYPED])

    snapshot = shop.dataset.commit(name, rows)

    taken = expected(rows, set())
    assert shop.dataset.read(name).to_pylist() == (taken or [TYPED])
    assert snapshot.n_quarantined == len(rows) - len(taken)
    (check,) = shop.contract.show(name).checks
    assert check.n_held == len(rows) - len(taken)


@settings(max_examples=5)
@given(rows=ROWS)
def test_what_is_released_without_a_change_waits_on(
    shop: Project, rows: list[dict[str, Any]]
) -> None:
    name = fresh(shop)
    shop.dataset.commit(name, [TYPED])
    snapshot = shop.dataset.commit(name, rows, mode="append")

    report = shop.quarantine.release(name, apply=True)

    ids = [one for one in shop.dataset.read(name)["id"].to_pylist() if one is not None]
    assert report.n_released + report.n_waiting == snapshot.n_quarantined
    assert len(ids) == len(set(ids)) == shop.dataset.show(name).snapshot.n_rows
    assert all((one or 0) >= 0 for one in shop.dataset.read(name)["amount"].to_pylist())
