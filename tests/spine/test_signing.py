"""A signature holds for one content and one key, and fails for any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from headgate.core.errors import NotFound
from headgate.spine.signing import KEY, Signature, canonical_bytes, is_signed, sign

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context

CONTENT: dict[str, Any] = {"b": [1, 2], "a": {"y": None, "x": "é"}}


def test_what_was_signed_is_signed_whatever_the_order_of_its_fields(context: Context) -> None:
    signature = sign(context.opened.home, CONTENT)

    assert is_signed({"a": {"x": "é", "y": None}, "b": [1, 2]}, signature)


@pytest.mark.parametrize(
    "other",
    [{**CONTENT, "b": [2, 1]}, {**CONTENT, "c": 1}, {"b": [1, 2]}, {**CONTENT, "a": "é"}],
)
def test_another_content_is_not_signed(context: Context, other: dict[str, Any]) -> None:
    signature = sign(context.opened.home, CONTENT)

    assert not is_signed(other, signature)


def test_a_signature_of_another_key_does_not_hold(context: Context) -> None:
    own = sign(context.opened.home, CONTENT)
    forged = Signature(signature=own.signature, public_key="11" * 32)
    bent = Signature(signature="00" + own.signature[2:], public_key=own.public_key)

    assert not is_signed(CONTENT, bent)
    assert not is_signed(CONTENT, forged)


def test_the_same_content_is_signed_the_same_way_twice(context: Context) -> None:
    assert sign(context.opened.home, CONTENT) == sign(context.opened.home, CONTENT)


def test_the_bytes_that_are_signed_are_sorted_json() -> None:
    assert canonical_bytes(CONTENT) == '{"a":{"x":"é","y":null},"b":[1,2]}'.encode()


def test_without_the_key_it_is_told_where_it_should_lie(context: Context) -> None:
    path = context.opened.home.joinpath(*KEY)
    path.unlink()

    with pytest.raises(NotFound) as refused:
        sign(context.opened.home, CONTENT)

    assert str(path) in refused.value.message


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path.joinpath(*KEY)
    path.parent.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    with pytest.raises(NotFound) as refused:
        sign(tmp_path, CONTENT)

    assert "no Ed25519 key" in refused.value.message
