"""Tests of terms and formats of text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.monitor.sources.wording import coded, formats, n_rows_with, terms


def column(*values: Any) -> Any:
    return pa.chunked_array([list(values[:2]), list(values[2:])], pa.string())


def test_each_value_is_looked_at_once() -> None:
    found = coded(column("a", "b", None, "a"))

    assert found.values.to_pylist() == ["a", "b"]
    assert found.codes.tolist() == [0, 1, -1, 0]


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("2026-11-03", "9999-99-99"),
        ("3 Nov. 2026", "9 a. 9999"),
        ("AB-12", "a-99"),
        ("12,50 €", "99,99 €"),
        ("Ünal", "a"),
        ("a \t b", "a a"),
    ],
)
def test_a_format_is_the_value_without_what_changes(value: str, shape: str) -> None:
    used = formats(pa.array([value]))

    assert used.names.to_pylist() == [shape]


def test_prose_has_no_format() -> None:
    used = formats(pa.array(["x" * 41, "ok"]))

    assert used.names.to_pylist() == ["a"]
    assert used.value.tolist() == [1]


def test_a_term_counts_once_in_a_value() -> None:
    used = terms(pa.array(["The cat, the CAT", "cat 7", "a"]))

    counted = dict(
        zip(used.names.to_pylist(), n_rows_with(used, np.array([1, 10, 100])), strict=True)
    )
    assert counted == {"the": 1, "cat": 11}
