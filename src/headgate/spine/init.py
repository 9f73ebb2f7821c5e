"""Makes a project: its folder, its catalog, its signing key."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Conflict, HeadgateError, NotFound, Unavailable
from headgate.core.refs import check_name
from headgate.spine.context import open_context
from headgate.spine.settings import DEFAULTS, FILE, hidden, variable_of
from headgate.spine.store.catalog import open_catalog

if TYPE_CHECKING:
    from headgate.spine.context import Context

FOLDERS = ("contracts", "pipelines", "monitors", "guidelines", "plugins")
KEY_PATH = Path("keys") / "signing.pem"
TEMPLATE = """\
name = {name}
tenant = "default"

[store]
{store}
"""
_STORE = ("catalog", "objects", "endpoint", "region")
"""Settings of the store that are no secrets; what the environment says of them is written down."""


class InitReport(msgspec.Struct, frozen=True):
    """What was made."""

    name: str
    path: str
    signing_key: str


def init(root: Path, *, name: str | None = None) -> InitReport:
    """Make a project in a folder.

    What the environment says of the store (`HEADGATE_STORE_CATALOG`, `HEADGATE_STORE_OBJECTS`,
    `HEADGATE_STORE_ENDPOINT`, `HEADGATE_STORE_REGION`) is written into headgate.toml, so that the
    project is found there ever after; an address with a password only by the variable's name.

    Args:
        root: the folder; made if it is not there.
        name: the project's name; the folder's if not given.

    Raises:
        Conflict: there is a project in it already, or another one's catalog or objects where the
            environment says.
        Unavailable: the folder cannot be written.
    """
    root = root.resolve()
    _refuse_finished(root)
    chosen = check_name("project", name or _name_of(root))
    home = root / ".headgate"
    try:
        (home / KEY_PATH.parent).mkdir(parents=True, exist_ok=True, mode=0o700)
        write_key(home / KEY_PATH)
        (home / ".gitignore").write_text("*\n", encoding="utf-8")
        text = TEMPLATE.format(name=_quoted(chosen), store=_store_lines())
        (root / FILE).write_text(text, encoding="utf-8")
        _make_catalog(root, home)
    except OSError as error:
        raise Unavailable(
            f"{root} cannot be written: {error.strerror}",
            mend="make room or give the right to write, then run init again",
        ) from error
    return InitReport(name=chosen, path=str(root), signing_key=str(home / KEY_PATH))


def _refuse_finished(root: Path) -> None:
    """Refuse a folder that holds a project; one whose making was cut off is made anew."""
    if not (root / FILE).exists():
        return
    context = open_context(root)
    try:
        _ = context.catalog
    except NotFound:
        return
    context.opened.close()
    raise Conflict(
        f"{root} holds a project already",
        mend=f"look into it: headgate dataset list --project {root}",
    )


def _make_catalog(root: Path, home: Path) -> None:
    """Make the catalog; a folder without one is no project, so its settings go too."""
    context = open_context(root)
    try:
        _refuse_taken(context)
        catalog = open_catalog(context.settings.text("store.catalog"), home)
        try:
            catalog.create()
        finally:
            catalog.close()
    except HeadgateError:
        (root / FILE).unlink()
        raise


def _refuse_taken(context: Context) -> None:
    """Refuse a place on a server that holds objects: collecting garbage would remove them."""
    place = context.settings.text("store.objects")
    if "://" in place and next(iter(context.blobs.listed()), None) is not None:
        raise Conflict(
            f"{place} holds a project's objects already",
            mend="open that project, or choose another prefix: s3://bucket/prefix",
        )


def _store_lines() -> str:
    values = {name: DEFAULTS[f"store.{name}"][0] for name in _STORE}
    for name in _STORE:
        variable = variable_of(f"store.{name}")
        value = os.environ.get(variable, values[name])
        values[name] = value if hidden(f"store.{name}", value) == value else f"env:{variable}"
    return "\n".join(f"{name} = {_quoted(value)}" for name, value in values.items() if value)


def _quoted(text: str) -> str:
    """Write a text as TOML does, which is as JSON does."""
    return msgspec.json.encode(text).decode()


def _name_of(root: Path) -> str:
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", root.name)[:80]
    return name if name[:1].isalpha() else f"project-{name}".rstrip("-")


def write_key(path: Path) -> None:
    """Make the project's Ed25519 key, readable by its owner alone."""
    if path.exists():
        return
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
