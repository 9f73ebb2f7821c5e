"""Finds and opens the project a command is about: a folder, one above it, or a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.spine.context import Step
    from headgate.surfaces.python import Transport

FILE = "headgate.toml"


class Place(msgspec.Struct, frozen=True):
    """Where the project is, as far as the caller said.

    Args:
        project: a folder or a server's address; nothing means here or above.
        token_file: where a server's token lies.
    """

    project: str | None = None
    token_file: str | None = None


def find_root(given: str | None) -> Path:
    """Return the project's folder: the one named, or the nearest that holds headgate.toml.

    Raises:
        NotFound: no folder from the current one upwards holds a project.
    """
    if given is not None:
        return Path(given)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    raise NotFound(
        f"no project in {here} or above",
        mend="name one with --project PATH, or run: headgate init .",
    )


def open_place(
    place: Place, progress: Callable[[Step], Any], *, is_needed: bool = True
) -> Transport:
    """Open the project.

    Args:
        place: where it is.
        progress: is called with every step of a long deed.
        is_needed: without it the current folder will do where there is none and none is named.

    Raises:
        NotFound: there is none.
        Denied: the server does not take the token.
        Unavailable: no server answers.
    """
    if place.project and place.project.startswith(("http://", "https://")):
        from headgate.surfaces.remote import open_remote

        token = Path(place.token_file).read_text(encoding="utf-8") if place.token_file else None
        return open_remote(place.project, token)
    from headgate.spine.context import open_context, without_project
    from headgate.surfaces.local import Local

    try:
        root = find_root(place.project)
    except NotFound:
        if is_needed:
            raise
        return Local(without_project(Path.cwd(), progress=progress))
    return Local(open_context(root, progress=progress))
