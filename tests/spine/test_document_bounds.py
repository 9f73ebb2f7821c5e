"""How far a document may go, and what stands where in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.spine.documents import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    Mark,
    dump,
    parse,
    read_bytes,
    read_file,
    scalar,
)
from headgate.spine.problems import clause

LINES = st.text(alphabet=" \n\ta1#:-|>'\"\\&*!%@é…\u2028\u2029\x85\ufeff", max_size=12)


def plain(text: str) -> Any:
    return parse(text.encode(), "f.yaml").plain


def refused(text: str | bytes) -> str:
    with pytest.raises(Invalid) as caught:
        parse(text if isinstance(text, bytes) else text.encode(), "f.yaml")
    assert caught.value.mend
    return caught.value.message


def test_sixty_levels_are_read_and_one_more_is_not() -> None:
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH

    found, depth = plain(deepest), 1
    while found:
        (found,), depth = found, depth + 1

    assert depth == MAX_DEPTH
    assert refused(f"[{deepest}]") == f"f.yaml:1:{MAX_DEPTH + 1}: more than 60 levels deep"


def test_values_are_counted_with_their_aliases_written_out() -> None:
    # The list of 997 texts and its 1 stands for 998 values each time: 998 x 200 + 1 + 200 keys.
    block = "a: &a [" + ",".join("x" * 997) + "]\n"
    fits = block + "".join(f"k{n}: *a\n" for n in range(199))

    assert len(plain(fits)) == 200
    assert MAX_NODES > 998 * 200 + 1 + 200
    assert "more than 200,000 values" in refused(fits + "more: *a\n")


def test_as_many_bytes_as_may_be_are_read_and_one_more_is_not(tmp_path: Path) -> None:
    text = b"a: b" + b" " * (MAX_BYTES - 4)
    file = tmp_path / "large.yaml"
    file.write_bytes(text + b" ")

    assert parse(text, "f.yaml").plain == {"a": "b"}
    assert refused(text + b" ") == "f.yaml has over 4 MiB"
    assert len(read_bytes(file, "large")) == MAX_BYTES + 1
    with pytest.raises(Invalid, match="large has over 4 MiB"):
        read_file(file, "large")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+7", 7),
        ("-0", 0),
        ("9" * 100, int("9" * 100)),
        ("9" * 102, "9" * 102),
        ("00", "00"),
        ("-07", "-07"),
        ("0.10", 0.1),
        ("-.5", -0.5),
        ("5.", 5.0),
        (".", "."),
        ("-", "-"),
        ("1e5", 100000.0),
        ("1e400", "1e400"),
        ("-1e400", "-1e400"),
        ("1e-400", 0.0),
        (".nan", ".nan"),
        ("NaN", "NaN"),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("Null", None),
        ("nuLL", "nuLL"),
        ("", None),
        ("1:30", "1:30"),
        ("\uff11", "\uff11"),
        ("0o17", "0o17"),
    ],
)
def test_an_unquoted_word_is_a_value_of_json_or_text(text: str, value: Any) -> None:
    found = scalar(text)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["'7'", '"7"', "!!str 7"])
def test_a_number_in_quotes_is_text(text: str) -> None:
    assert plain(f"a: {text}") == {"a": "7"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x: &b {p: 1}\ny: &c {q: 2}\nz: {<<: [*b, *c], q: 3}", {"p": 1, "q": 3}),
        ("x: &b {p: 1}\ny: &c {p: 2}\nz: {<<: [*b, *c]}", {"p": 1}),
        ("x: &b {p: 1}\nz:\n  p: 2\n  <<: *b", {"p": 2}),
        ("x: &b {p: {q: 1}}\nz: {<<: *b, p: {r: 2}}", {"p": {"r": 2}}),
    ],
)
def test_what_is_merged_gives_way_first_to_own_keys_then_to_earlier_ones(
    text: str, value: dict[str, Any]
) -> None:
    assert plain(text)["z"] == value == yaml.safe_load(text)["z"]


def test_a_merged_key_stands_where_it_was_written() -> None:
    root = parse(b"x: &b\n  p: 1\nz:\n  <<: *b\n  q: 2\n", "f.yaml")

    inner = root.value["z"]

    assert inner.keys == {"p": Mark(2, 3), "q": Mark(5, 3)}
    assert inner.value["p"].mark == Mark(2, 6)


@pytest.mark.parametrize("key", ["1", "true", "null", "~", "1.50", "2026-11-03"])
def test_keys_are_text_as_they_are_written(key: str) -> None:
    assert plain(f"{key}: x") == {key: "x"}


def test_an_anchor_that_is_given_anew_means_the_newer_value() -> None:
    assert plain("a: &x 1\nb: *x\nc: &x 2\nd: *x") == {"a": 1, "b": 1, "c": 2, "d": 2}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<<: [1]", "f.yaml:1:1: << merges something that is no mapping"),
        ("a: {b: 1, b: 2}", "f.yaml:1:11: key 'b' stands on line 1 already"),
        ("1: a\n'1': b", "f.yaml:2:1: key '1' stands on line 1 already"),
        ("a: !own 1", "f.yaml:1:4: tag '!own' is no plain data"),
        ("a: !!set {b}", "is no plain data"),
        ("é: b\né: c", "f.yaml:2:1: key 'é' stands on line 1 already"),
        ("{[a]: 1}", "a key is a list or a mapping"),
        (b"\xff\xfea", "f.yaml:1:1: byte 0xff is no UTF-8"),
        (b"a: 'b" + b"\n\n\xc3\x28", "f.yaml:3:1: byte 0xc3 is no UTF-8"),
    ],
)
def test_what_cannot_be_meant_is_told_at_its_place(text: str | bytes, told: str) -> None:
    assert told in refused(text)


def test_the_mark_of_a_file_s_beginning_is_passed_over() -> None:
    assert parse(b"\xef\xbb\xbfa: 1", "f.yaml").plain == {"a": 1}


@given(text=LINES)
def test_text_of_many_lines_and_signs_reads_back_as_it_was(text: str) -> None:
    wanted = {"a": text, text or "b": [text]}

    written = dump(wanted)

    assert plain(written) == wanted
    assert yaml.safe_load(written) == wanted


def test_what_stands_twice_is_written_twice_and_in_its_order() -> None:
    shared = {"z": 1, "a": ["x"]}

    assert dump({"b": shared, "a": shared}) == (
        "b:\n  z: 1\n  a:\n  - x\na:\n  z: 1\n  a:\n  - x\n"
    )


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), "the document"),
        ((0,), "[0]"),
        (("a",), "a"),
        (("a", 0, 1, "b"), "a[0][1].b"),
        (("a", "b c"), "a.b c"),
    ],
)
def test_a_path_is_written_as_a_reader_would(path: tuple[str | int, ...], written: str) -> None:
    assert clause(path) == written
