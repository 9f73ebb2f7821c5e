"""What is counted of a column of texts, and which columns are texts at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.monitor.texts.columns import counted, is_text, parser_of, sampled
from headgate.monitor.texts.words import odd_share, repetition
from tests.monitor.texts.prose import prose

CHINESE = "如何更改我的账户地址以及如何联系客户服务"
PROSE = prose(np.random.default_rng(1), 200)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (PROSE, True),
        (["I am sorry, but I cannot help you with that request."] * 200, True),
        ([CHINESE + str(number) for number in range(60)], True),
        (["basic", "gold"] * 100, False),
        (["in the post", "on the way home"] * 100, False),
        ([f"customer-{number}" for number in range(200)], False),
        ([None, ""], False),
        ([1, 2], False),
    ],
)
def test_free_text_is_told_from_categories_and_names(values: list[Any], expected: bool) -> None:
    assert is_text(pa.chunked_array([pa.array(values)])) is expected


def test_marks_are_counted_of_the_texts_that_can_bear_them() -> None:
    texts = pa.array(
        [
            *("", "  ", None),
            "I'm sorry, but I can't help with that.",
            "the end is near and " * 20,
            "broken \ufffd\ufffd signs \x00 in it",
            "a parcel was sent to the wrong house in the wrong street of the town",
            "A parcel was sent to the wrong house, in the wrong street of the town!",
            '{"answer": 4}',
        ]
    )

    found = counted(sampled(texts, n_most=100, seed=0), parser_of(None, name="a"), near=0.8)

    assert found.hits == {
        "empty": (2, 8),
        "refusal": (1, 6),
        "loop": (1, 6),
        "unprintable": (1, 6),
        "near_duplicate": (1, 6),
        "format_failure": (5, 6),
    }
    assert found.numbers["words"].tolist() == [10, 100, 4, 15, 15, 2]
    assert found.languages[0] == "en"


def test_a_schema_is_held_to_and_one_that_is_none_is_refused() -> None:
    parses = parser_of({"type": "object", "required": ["answer"]}, name="reply")

    assert parses('{"answer": 4}')
    assert not parses('{"reply": 4}')
    assert not parses("four")
    with pytest.raises(Invalid, match="the schema of reply is none"):
        parser_of({"type": "objekt"}, name="reply")


def test_a_sample_keeps_its_order_and_is_the_same_each_time() -> None:
    column = pa.array([f"text {number}" for number in range(1000)])

    one, other = (sampled(column, n_most=50, seed=3) for _ in range(2))

    assert one == other
    assert one.n_rows == 1000
    assert len(one.values) == 50
    assert one.values == sorted(one.values, key=lambda each: int(each.split()[1]))


def test_repetition_and_odd_signs_are_shares() -> None:
    assert repetition(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]) == 0.0
    assert repetition(["ha"] * 20) == pytest.approx(16 / 17)
    assert odd_share("line one\nline two\ttab") == 0.0
    assert odd_share("\ufffd" * 3 + "abc") == 0.5
