from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from headgate.serve.capturing.redacting import Rule, redacted

SALT, OTHER = b"a" * 32, b"b" * 32
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text("secret ", min_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)


def shown(value: Any, *fields: str, salt: bytes = SALT) -> Any:
    return msgspec.json.decode(redacted(msgspec.json.encode(value).decode(), Rule(fields, salt)))


def test_a_text_becomes_its_digest_and_length() -> None:
    found = shown("Ann Lee")

    assert found.startswith("[redacted ")
    assert found.endswith(" 7]")
    assert found == shown("Ann Lee")
    assert found != shown("Ann Loe")
    assert found != shown("Ann Lee", salt=OTHER)


def test_only_fields_that_are_named_are_redacted_with_all_below_them() -> None:
    value = {"who": {"name": "Ann", "age": 40}, "tags": ["x"], "city": "Ulm"}

    found = shown(value, "who", "tags")

    assert found["who"]["name"].startswith("[redacted ")
    assert found["tags"][0].startswith("[redacted ")
    assert (found["who"]["age"], found["city"]) == (40, "Ulm")
    assert shown(value, "who.age", "wh") == value


def test_a_text_in_no_field_is_redacted_whatever_is_named() -> None:
    assert shown("hello", "email").startswith("[redacted ")
    assert shown(["hello"], "email")[0].startswith("[redacted ")


def texts_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner: Any = value.values() if isinstance(value, dict) else value
    if not isinstance(value, (dict, list)):
        return []
    return [text for each in inner for text in texts_in(each)]


@given(value=VALUES)
def test_no_text_is_left_and_all_else_stays(value: Any) -> None:
    found = shown(value)

    assert all(text.startswith("[redacted ") for text in texts_in(found))
    assert len(texts_in(found)) == len(texts_in(value))
    if not texts_in(value):
        assert found == value
