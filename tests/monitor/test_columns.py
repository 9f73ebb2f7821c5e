"""The columns of a table are gone through one by one, long ones two at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.monitor.columns import AT_ONCE, LONG, columns, each_column
from headgate.monitor.reference import count, fit


class Asked(Mapping[str, Any]):
    """Columns that are made when asked for, and that count how many there are at a time."""

    def __init__(self, names: list[str], n: int) -> None:
        self.names, self.n = names, n
        self.asked: list[str] = []
        self.at_once, self.most = 0, 0
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Any:
        with self._lock:
            self.asked.append(name)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        return np.random.default_rng(len(name)).normal(size=self.n)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def done(self, _name: str, values: Any) -> int:
        """Let go of a column."""
        with self._lock:
            self.at_once -= 1
        return len(values)


@pytest.mark.parametrize(("n", "most"), [(10, 1), (LONG, AT_ONCE)])
def test_few_columns_are_in_memory_at_once(n: int, most: int) -> None:
    table = Asked(list("abcdefgh"), n)

    made = each_column(table.done, columns(table))

    assert made == dict.fromkeys("abcdefgh", n)
    assert sorted(table.asked) == list("abcdefgh")
    assert 1 <= table.most <= most


def test_fitting_and_counting_ask_for_each_column_once() -> None:
    reference, current = Asked(["a", "b"], 1000), Asked(["a", "b", "unknown"], 1000)

    profile = fit(reference)
    window = count(profile, current)

    assert list(profile.columns) == list(window.columns) == ["a", "b"]
    assert sorted(reference.asked) == sorted(current.asked) == ["a", "b"]


def test_the_work_of_a_window_does_not_depend_on_the_reference() -> None:
    rng = np.random.default_rng(0)
    few, many = (fit({"a": rng.normal(size=n)}) for n in (20_000, 400_000))

    cells = [len(count(profile, {"a": [1.0]}).columns["a"].counts) for profile in (few, many)]

    assert cells[1] < 1.05 * cells[0] < 1.1 * 1020


def test_a_column_that_fails_in_a_thread_fails_the_whole() -> None:
    table = {"a": np.zeros(LONG), "b": np.array(["x"] * LONG), "c": np.zeros(LONG)}
    profile = fit({"a": np.zeros(3), "b": np.zeros(3), "c": np.zeros(3)})

    with pytest.raises(Invalid, match="not numbers"):
        count(profile, table)


def test_names_that_read_alike_and_names_that_are_not_there_are_refused() -> None:
    with pytest.raises(Invalid, match="two columns have one name"):
        columns({1: [0], "1": [0]})
    with pytest.raises(NotFound, match="no column named 'amuont'"):
        columns({"amount": [0]}).require(("amuont",))
    assert each_column(lambda name, _: name, columns({})) == {}
