"""Malformed contracts: a message that names the file and the place, never a traceback."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.contract.odcs.files import load
from headgate.core.errors import Invalid
from headgate.spine.documents import dump, parse
from tests.contract.sample import WHOLE

PLAIN = parse(WHOLE.encode(), "whole.yaml").plain
JUNK = st.recursive(
    st.sampled_from([None, True, 0, -1, 2.5, 10**40, "", "x", "no", [], {}, "mustBe", "\t", "ä"])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["name", "type", "mustBe", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
LINES = WHOLE.splitlines()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the whole contract."""
    found = [path] if path else []
    if not isinstance(value, (dict, list)):
        return found
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    return found + [each for key, one in inner for each in places(one, (*path, key))]


PLACES = places(PLAIN)


def changed(value: Any, path: tuple[Any, ...], put: Any) -> Any:
    """The contract with another value, or another key, at one place."""
    if not path:
        return put(value)
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = changed(value[key], tuple(rest), put)
    return copy


def misspelt(key: str, spot: int, sign: str) -> str:
    spot %= len(key)
    return key[:spot] + sign + key[spot + 1 :]


def refusal(content: bytes) -> Invalid | None:
    try:
        load(content, "contracts/c.yaml")
    except Invalid as error:
        return error
    return None


def is_read_or_told(text: str | bytes) -> None:
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    error = refusal(content)
    if error is not None:
        assert re.match(r"contracts/c\.yaml(:\d+:\d+: \S+| has over)", error.message), error.message
        assert error.mend


@settings(max_examples=120)
@given(path=st.sampled_from(PLACES), junk=JUNK)
def test_another_value_at_any_place_is_read_or_told(path: tuple[Any, ...], junk: Any) -> None:
    is_read_or_told(dump(changed(PLAIN, path, lambda _: junk)))


@settings(max_examples=100)
@given(
    path=st.sampled_from([place for place in PLACES if isinstance(place[-1], str)]),
    spot=st.integers(0, 20),
    sign=st.sampled_from(["", "x", "_", "T"]),
)
def test_a_misspelt_key_at_any_place_is_read_or_told(
    path: tuple[Any, ...], spot: int, sign: str
) -> None:
    *above, key = path
    name = misspelt(key, spot, sign)

    text = dump(
        changed(
            PLAIN,
            tuple(above),
            lambda held: {name if one == key else one: each for one, each in held.items()},
        )
    )

    is_read_or_told(text)


@settings(max_examples=100)
@given(
    line=st.integers(0, len(LINES) - 1),
    piece=st.sampled_from(
        ["\t", "&a ", "*a", "- ", ": ", "{", "]", "'", "!!x ", "|\n", "\x00", "%"]
    ),
    spot=st.integers(0, 60),
)
def test_stray_signs_in_any_line_are_read_or_told(line: int, piece: str, spot: int) -> None:
    broken = LINES[line][:spot] + piece + LINES[line][spot:]

    is_read_or_told("\n".join([*LINES[:line], broken, *LINES[line + 1 :]]))


@settings(max_examples=60)
@given(cut=st.integers(0, len(WHOLE)), tail=st.binary(max_size=8))
def test_a_contract_cut_off_anywhere_is_read_or_told(cut: int, tail: bytes) -> None:
    is_read_or_told(WHOLE.encode()[:cut] + tail)


DEEP = "x: " + "{a: " * 2000 + "1" + "}" * 2000
NESTED = "items: {" * 50 + "logicalType: string" + "}" * 50


@pytest.mark.parametrize(
    "text",
    [
        WHOLE + DEEP,
        WHOLE.replace("items:\n", f"{NESTED}\n#", 1),
        WHOLE.replace("schema:\n", "schema: &s [*s]\nx:\n"),
        WHOLE * 2,
        WHOLE.replace("orders", "o" * 100_000),
        WHOLE.replace("'^[A-Z]'", "'" + "(" * 5000 + "'"),
        WHOLE.replace("'^[A-Z]'", "'a{99999999999999999999}'"),
        WHOLE.replace("maximum: 1000", "maximum: 1" + "0" * 99),
        WHOLE.replace("{level: [1, null]}", "*none"),
        WHOLE.replace("  ", "\t"),
        "- " * 50 + "a",
        "apiVersion: [v3.1.0]\nkind: {}\nid: 1\nversion: null\n",
        "a: &a {b: &b {<<: *a}}",
        "[]",
        "5",
        WHOLE.encode().replace(b"Orders", b"\xc3\x28"),
        WHOLE.encode("utf-16"),
        b"PAR1" + bytes(range(256)),
    ],
)
def test_a_contract_that_means_harm_is_read_or_told(text: str | bytes) -> None:
    is_read_or_told(text)
