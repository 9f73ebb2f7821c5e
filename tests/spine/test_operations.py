"""A verb is declared once, and everything a surface needs is read off it."""

from __future__ import annotations

import types

import msgspec

from headgate.spine.context import Context
from headgate.spine.operations import Rows, declared_in, operation


class Ask(msgspec.Struct, frozen=True):
    """What is asked."""

    name: str


class Answer(msgspec.Struct, frozen=True):
    """What is answered."""

    n: int


@operation("thing.count")
def count(_context: Context, request: Ask) -> Answer:
    """Count."""
    return Answer(n=len(request.name))


@operation("thing.put", writes=True)
def put(_context: Context, _request: Ask, rows: Rows) -> Answer:
    """Put."""
    return Answer(n=rows.num_rows)


@operation("thing.pack", bare=True)
def pack(_context: Context, _request: Ask, data: bytes) -> bytes:
    """Pack."""
    return data


@operation("thing.rows")
def rows(_context: Context, _request: Ask) -> Rows:
    """Give rows."""
    raise NotImplementedError


MODULE = types.SimpleNamespace(
    Ask=Ask, count=count, put=put, pack=pack, rows=rows, other=len, number=3
)


def test_declared_verbs_are_listed_in_their_order() -> None:
    assert [one.name for one in declared_in(MODULE)] == [
        "thing.count",
        "thing.put",
        "thing.pack",
        "thing.rows",
    ]


def test_a_verb_knows_its_request_its_body_and_its_reply() -> None:
    known = {one.name: (one.request, one.body, one.reply) for one in declared_in(MODULE)}

    assert known == {
        "thing.count": (Ask, "none", "struct"),
        "thing.put": (Ask, "rows", "struct"),
        "thing.pack": (Ask, "bytes", "bytes"),
        "thing.rows": (Ask, "none", "rows"),
    }


def test_a_verb_knows_whether_it_writes_and_stands_bare() -> None:
    known = {one.name: (one.writes, one.bare) for one in declared_in(MODULE)}

    assert known["thing.put"] == (True, False)
    assert known["thing.pack"] == (False, True)


def test_a_declared_function_is_still_the_function() -> None:
    (declared, *_) = declared_in(MODULE)

    assert declared.function is count
    assert declared.result is Answer
