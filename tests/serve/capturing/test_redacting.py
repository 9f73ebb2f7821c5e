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


def test_what_python_cannot_walk_is_redacted_as_a_whole() -> None:
    deep = "[" * 900 + '"hush"' + "]" * 900

    found = msgspec.json.decode(redacted(deep, Rule(("email",), SALT)))

    assert found.startswith("[redacted ")
    assert found.endswith(f" {len(deep)}]")


def test_names_of_fields_and_signs_of_any_script_are_kept_and_counted() -> None:
    found = shown({"größe": "\u00fcber", "": "x", "n": None, "big": 2**63})

    assert list(found) == ["größe", "", "n", "big"]
    assert found["größe"].endswith(" 4]")
    assert (found["n"], found["big"]) == (None, 2**63)


def test_a_field_that_begins_like_one_that_is_named_stays() -> None:
    value = {"mail": "a", "mailbox": "b", "mail.box": "c", "in": {"mail": "d"}}

    found = shown(value, "mail", "in.mail")

    assert [each == "b" for each in (found["mail"], found["mailbox"])] == [False, True]
    assert found["mail.box"].startswith("[redacted ")
    assert found["in"]["mail"].startswith("[redacted ")


def test_texts_of_objects_in_a_list_are_found_by_their_field() -> None:
    found = shown([{"mail": "a", "city": "Ulm"}], "mail")

    assert found[0]["mail"].startswith("[redacted ")
    assert found[0]["city"] == "Ulm"
