"""The bearer token of a project: minted once, in a file only its owner can read."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from headgate.core.errors import Denied

NAME = "token"
BYTES = 32
OWNER_ONLY = 0o600


def token_path(home: Path) -> Path:
    """Return where the token lies.

    Args:
        home: the project's `.headgate` folder.
    """
    return home / NAME


def keep_token(home: Path) -> str:
    """Return the project's token, minting it if there is none yet.

    The file is written whole and then linked into place: two servers that start at once agree on
    one token, and no reader ever sees half of one.

    Args:
        home: the project's `.headgate` folder.

    Raises:
        Denied: others than the owner can read the file.
    """
    path = token_path(home)
    if not path.exists():
        _mint(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise Denied(f"{path} can be read by others (mode {mode:o})", mend=f"chmod 600 {path}")
    return path.read_text(encoding="ascii").strip()


def _mint(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{NAME}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
