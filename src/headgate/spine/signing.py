"""Signs what must be proved to strangers: Ed25519 over canonical JSON, with the project's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY = ("keys", "signing.pem")


class Signature(msgspec.Struct, frozen=True):
    """A signature and the key that checks it, both hexadecimal (RFC 8032)."""

    signature: str
    public_key: str


def canonical_bytes(content: Any) -> bytes:
    """Write content as the bytes that are signed: JSON with sorted keys, without spaces."""
    return msgspec.json.encode(content, order="sorted")


def sign(home: Path, content: Any) -> Signature:
    """Sign content with the project's key.

    Args:
        home: the project's `.headgate` folder.
        content: anything that JSON holds.

    Raises:
        NotFound: this machine has no signing key of the project.
    """
    key = _key(home)
    public = key.public_key().public_bytes_raw().hex()
    return Signature(signature=key.sign(canonical_bytes(content)).hex(), public_key=public)


def is_signed(content: Any, signature: Signature) -> bool:
    """Say whether a signature is of this content and this key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.public_key))
    try:
        key.verify(bytes.fromhex(signature.signature), canonical_bytes(content))
    except InvalidSignature:
        return False
    return True


def _key(home: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = home.joinpath(*KEY)
    if not path.is_file():
        raise NotFound(
            f"no signing key at {path}",
            mend="copy the project's key there from where it was made; receipts are signed with it",
        )
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise NotFound(f"{path} holds no Ed25519 key", mend="bring the project's own key back")
    return key
