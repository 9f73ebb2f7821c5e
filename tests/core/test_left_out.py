"""What does not translate is noted once each, short, with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from headgate.core.left_out import LeftOut, Notes


def test_a_note_is_kept_once_with_its_first_reason() -> None:
    notes = Notes()

    for why in ("no such clause", "no such thing"):
        notes.add("orders.city", "strict", why)
    notes.add("orders.city", "coerce", "no such clause")

    assert notes.all == (
        LeftOut("orders.city", "strict", "no such clause"),
        LeftOut("orders.city", "coerce", "no such clause"),
    )


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (None, "nothing"),
        ("", "''"),
        (0.5, "0.5"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ("x" * 80, "x" * 80),
        ("x" * 200, "x" * 77 + "..."),
    ],
)
def test_whatever_stands_there_is_told_in_a_line(what: Any, told: str) -> None:
    notes = Notes()

    notes.add("a", what, "why")

    assert [one.what for one in notes.all] == [told]


def test_the_rest_of_a_mapping_is_noted_by_its_keys() -> None:
    notes = Notes()

    notes.rest({"type": "int", "scale": 2, "doc": "n"}, {"type"}, "fields[0]", "no place for it")
    notes.rest({"order": "ignore"}, set(), "", "no place for it")

    assert [(one.path, one.what) for one in notes.all] == [
        ("fields[0].scale", "2"),
        ("fields[0].doc", "n"),
        ("order", "ignore"),
    ]
