"""Documents are read within bounds, with the line of everything in them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.spine.documents import MAX_BYTES, dump, files_in, parse, read_file, scalar

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)))
    | st.sampled_from(["no", "yes", "007", "12:30:00", "1e3", "2026-11-03", "~", "<<", "=", "0x1F"])
)
KEYS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=9)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def outcome(content: bytes) -> str:
    try:
        parse(content, "f.yaml")
    except Invalid as error:
        return error.message
    return "read"


def refused(content: str | bytes) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse(content if isinstance(content, bytes) else content.encode(), "f.yaml")
    return caught.value


def test_each_value_knows_where_it_stands() -> None:
    root = parse(b"a: 1\nb:\n  - c: two\n", "f.yaml")

    inner = root.value["b"].value[0]

    assert inner.keys["c"] == (3, 5)
    assert inner.value["c"].mark == (3, 8)


def test_words_that_older_yaml_reads_as_something_else_stay_text() -> None:
    root = parse(b"[no, on, 12:30:00, 2026-11-03, 0123, 0x10, 1_000, .inf, 1e999]", "f.yaml")

    assert all(isinstance(each, str) for each in root.plain)


def test_merged_keys_give_way_to_those_that_are_there() -> None:
    root = parse(b"base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}", "f.yaml")

    assert root.plain["own"] == {"x": 1, "y": 3}


@given(value=VALUES)
def test_what_is_written_reads_back_as_it_was(value: object) -> None:
    wanted = {"value": value}

    assert parse(dump(wanted).encode(), "f.yaml").plain == wanted


@given(value=VALUES)
def test_what_is_written_reads_the_same_with_a_reader_of_older_yaml(value: object) -> None:
    wanted = {"value": value}

    assert yaml.safe_load(dump(wanted)) == wanted


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: &x [*x]", "f.yaml:1:8: *x stands inside itself"),
        ("a: *x", "f.yaml:1:4: *x is no anchor above"),
        ("a:\n\t- b", "f.yaml:2:1: this is no YAML"),
        (b"a: b\nc: \xff", "f.yaml:2:4: byte 0xff is no UTF-8"),
        (b"\x00", "f.yaml:1:1: this is no YAML"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1: key 'a' stands on line 1 already"),
        ("? [a]\n: 1", "a key is a list or a mapping"),
        ("? &k [a]\n: 1\n*k : 2", "a key is a list or a mapping"),
        ("[" * 100_000, "f.yaml:1:61: more than 60 levels deep"),
        ("a: !!python/object:os.system x", "is no plain data"),
        ("a: b\n---\nc: d", "f.yaml:2:1: a second document begins"),
        ("", "f.yaml:1:1: the file is empty"),
        ("# nothing", "f.yaml:1:1: the file is empty"),
        ("<<: 1", "<< merges something that is no mapping"),
        (LAUGHS, "more than 200,000 values"),
        (b" " * (MAX_BYTES + 1), "f.yaml has over 4 MiB"),
    ],
)
def test_what_is_no_document_is_told_with_its_place(content: str | bytes, told: str) -> None:
    error = refused(content)

    assert told in error.message
    assert error.mend


@given(content=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode()))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    said = outcome(content)

    assert said == "read" or said.startswith("f.yaml")


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_file(tmp_path / "none.yaml")
    with pytest.raises(Invalid):
        read_file(tmp_path)


def test_signs_of_every_plane_are_written_as_themselves() -> None:
    row = {"unit": "°C", "face": "\U0001f600", "path": "c:\\Users", "both": ["\U0001f600\n\\U"]}

    written = dump([row, row])

    assert written.count("face: \U0001f600\n") == 2
    assert written.count("unit: °C\n") == 2
    assert "&" not in written
    assert parse(written.encode(), "f.yaml").plain == [row, row]


def test_numbers_of_many_digits_stay_text() -> None:
    assert scalar("9" * 5000) == "9" * 5000


def test_the_yaml_files_of_a_folder_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "c.json", "d"):
        (tmp_path / name).write_text("x: 1")
    (tmp_path / "e.yaml").mkdir()

    found = files_in(tmp_path)

    assert found == {"a": tmp_path / "a.yaml", "b": tmp_path / "b.yml"}
    assert files_in(tmp_path / "nowhere") == {}
