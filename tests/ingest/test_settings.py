"""Settings of connectors: texts become typed values, unknown names are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.ingest.connectors.csv import csv
from headgate.ingest.settings import typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nowhere import Unknown  # type: ignore[import-not-found]  # no such module is the point


def plugin(
    path: str, /, *, rate: float = 1.0, names: tuple[str, ...] = (), n: int = 0
) -> Iterator[Unknown]:
    """A connector whose other annotations cannot be evaluated."""
    raise NotImplementedError(path, rate, names, n)


@pytest.mark.parametrize(
    ("text", "value"),
    [("yes", True), ("TRUE", True), ("1", True), ("no", False), ("off", False), ("0", False)],
)
def test_yes_and_no_are_written_in_many_ways(text: str, value: bool) -> None:
    assert typed("csv", csv, {"header": text}) == {"header": value}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("rate", "2.5", 2.5), ("names", "a,b", ("a", "b")), ("names", "", ("",)), ("n", "7", 7)],
)
def test_a_text_becomes_what_the_function_takes(name: str, text: str, value: Any) -> None:
    assert typed("plugin", plugin, {name: text}) == {name: value}


def test_a_list_of_texts_is_written_with_commas() -> None:
    given = {"null_values": ",NA,-", "encoding": "latin-1"}

    assert typed("csv", csv, given) == {"null_values": ("", "NA", "-"), "encoding": "latin-1"}


def test_an_unknown_setting_names_the_nearest() -> None:
    with pytest.raises(NotFound, match="setting of connector csv named 'encodign'") as caught:
        typed("csv", csv, {"encodign": "latin-1"})

    assert caught.value.mend == "did you mean encoding?"


def test_a_positional_argument_is_no_setting() -> None:
    with pytest.raises(NotFound, match="named 'path'"):
        typed("csv", csv, {"path": "elsewhere"})


@pytest.mark.parametrize(("name", "text"), [("n", "seven"), ("rate", "fast")])
def test_a_text_that_is_no_such_value_is_told(name: str, text: str) -> None:
    with pytest.raises(Invalid, match=f"setting {name}='{text}' of connector plugin") as caught:
        typed("plugin", plugin, {name: text})

    assert f"--settings {name}=" in caught.value.mend
