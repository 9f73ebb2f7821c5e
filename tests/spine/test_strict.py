"""A document is read into a struct with every problem at once, each at its line."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from headgate.core.times import Span
from headgate.spine.documents import dump, parse
from headgate.spine.problems import MAX_PROBLEMS, Problems
from headgate.spine.strict import read_struct, shown


class Lid(msgspec.Struct, frozen=True):
    color: Literal["red", "blue"] = "red"
    weight: float = 1.0


class Box(msgspec.Struct, frozen=True):
    name: str
    size: Annotated[int, Meta(ge=1, le=9)] = 1
    lid: str | Lid | None = None
    tags: tuple[str, ...] = ()
    limits: dict[str, float] = {}
    is_open: bool = False
    rest: Any = None
    depth: Annotated[float, Meta(gt=0)] = 1.0
    every: Span | None = None
    waits: tuple[Span, ...] = ()


def read(text: str) -> tuple[Box | None, list[tuple[int, str, str, str]]]:
    problems = Problems()
    box = read_struct(parse(text.encode(), "box.yaml"), Box, problems)
    return box, [(one.line, one.clause, one.message, one.mend) for one in problems.found]


def test_every_kind_of_field_is_read() -> None:
    box, wrong = read(
        "name: a\nsize: 3\nlid: {color: blue, weight: 2}\ntags: [x, y]\n"
        "limits: {low: 1}\nis_open: true\nrest: [1, {a: b}]\nevery: 1h30m\nwaits: [1d]\n"
    )

    assert wrong == []
    assert box == Box(
        "a", 3, Lid("blue", 2), ("x", "y"), {"low": 1}, True, [1, {"a": "b"}], 1.0, "1h30m", ("1d",)
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nam: a", [(1, "nam", "'nam' is no key here", "did you mean name?"),
                    (1, "name", "name is missing", "add `name: …`")]),
        ("name: 3", [(1, "name", "must be text, not 3", "put it in quotes")]),
        ("name:", [(1, "name", "must be text, not nothing", "write text, or leave the key out")]),
        ("name: a\nsize: 0", [(2, "size", "must be at least 1 and at most 9, not 0",
                              "write a whole number, at least 1 and at most 9")]),
        ("name: a\ndepth: 0", [(2, "depth", "must be above 0, not 0", "write a number, above 0")]),
        ("name: a\nevery: soon", [(2, "every", "'soon' is no length of time",
                                   "write 90s, 30m, 26h, 7d or 1h30m")]),
        ("name: a\nwaits: [1d, later]", [(2, "waits[1]", "'later' is no length of time",
                                         "write 90s, 30m, 26h, 7d or 1h30m")]),
        ("name: a\nevery: 3", [(2, "every", "must be text, not 3", "put it in quotes")]),
        ("name: a\nsize: true", [(2, "size", "must be a whole number, not True",
                                 "write a whole number")]),
        ("name: a\nlid: {color: rd}", [(2, "lid.color", "'rd' is not known here",
                                       "did you mean red?")]),
        ("name: a\nlid: {color: }", [(2, "lid.color", "must be blue or red, not nothing",
                                      "write blue or red, or leave the key out")]),
        ("name: a\nlid: 3", [(2, "lid", "must be text or a mapping, not 3",
                             "write text or a mapping")]),
        ("name: a\ntags: x", [(2, "tags", "must be a list, not 'x'", "write a list")]),
        ("name: a\ntags: [x, 3]", [(2, "tags[1]", "must be text, not 3", "put it in quotes")]),
        ("name: a\nlimits: {low: x}", [(2, "limits.low", "must be a number, not 'x'",
                                       "write a number")]),
        ("- a", [(1, "the document", "must be a mapping, not a list", "write a mapping")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_line_clause_and_mend(
    line: str, told: list[tuple[int, str, str, str]]
) -> None:
    box, wrong = read(line)

    assert box is None
    assert wrong == told


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    problems = Problems()

    read_struct(parse(b"size: x\nname: a\ntags: 3\n", "box.yaml"), Box, problems)

    assert [(one.line, one.clause) for one in problems.listed()] == [(1, "size"), (3, "tags")]


def test_a_hundred_problems_are_enough() -> None:
    text = "name: a\n" + "".join(f"wrong{n}: 1\n" for n in range(MAX_PROBLEMS + 20))

    _, wrong = read(text)

    assert len(wrong) == MAX_PROBLEMS


def test_a_long_value_is_cut_short() -> None:
    assert shown(parse(("x" * 200).encode(), "a")) == f"'{'x' * 56}..."
    assert shown(parse(b"[1]", "a")) == "a list"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_whatever_a_document_holds_it_is_read_or_its_problems_are_told(value: Any) -> None:
    node = parse(dump({"name": value, "lid": value, "tags": value, "depth": value}).encode(), "b")
    problems = Problems()

    box = read_struct(node, Box, problems)

    assert (box is None) == bool(problems.found)


class Deep(msgspec.Struct, frozen=True):
    many: Annotated[int, Meta(le=1_234_567)] = 1
    share: Annotated[float, Meta(ge=0.05, le=0.1)] = 0.1
    inner: tuple[Lid, ...] = ()
    named: dict[str, Lid] = {}
    kind: Literal["a", "b"] | bool = "a"
    amount: int | float | None = None


def deep(text: str) -> tuple[Deep | None, list[tuple[str, str]]]:
    problems = Problems()
    found = read_struct(parse(text.encode(), "deep.yaml"), Deep, problems)
    return found, [(one.clause, one.message) for one in problems.found]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{}", Deep()),
        ("many: 1234567", Deep(many=1_234_567)),
        ("share: 0.05", Deep(share=0.05)),
        ("kind: true", Deep(kind=True)),
        ("kind: b", Deep(kind="b")),
        ("amount: 3", Deep(amount=3)),
        ("amount: 0.5", Deep(amount=0.5)),
        ("inner: [{}, {color: blue}]", Deep(inner=(Lid(), Lid("blue")))),
        ("named: {x: {weight: 2.5}}", Deep(named={"x": Lid(weight=2.5)})),
    ],
)
def test_values_at_their_ends_and_structs_within_structs_are_read(text: str, wanted: Deep) -> None:
    assert deep(text) == (wanted, [])


@pytest.mark.parametrize(
    ("text", "clause", "message"),
    [
        ("many: 1234568", "many", "must be at most 1234567, not 1234568"),
        ("share: 0.2", "share", "must be at least 0.05 and at most 0.1, not 0.2"),
        ("share: .nan", "share", "must be a number, not '.nan'"),
        ("inner: [{}, {color: 5}]", "inner[1].color", "5 is not known here"),
        ("inner: [{}, []]", "inner[1]", "must be a mapping, not a list"),
        ("named: {x: {wight: 1}}", "named.x.wight", "'wight' is no key here"),
        ("kind: c", "kind", "'c' is not known here"),
        ("kind: 3", "kind", "must be a or b or true or false, not 3"),
        ("amount: null", "amount", "must be a whole number or a number, not nothing"),
        ("amount: x", "amount", "must be a whole number or a number, not 'x'"),
    ],
)
def test_what_is_wrong_within_is_told_with_its_path_and_its_bound_in_full(
    text: str, clause: str, message: str
) -> None:
    found, told = deep(text)

    assert found is None
    assert told == [(clause, message)]
