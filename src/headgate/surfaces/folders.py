"""Where a verb takes rows and is given a folder: its files are committed instead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from headgate.surfaces.verbs import Table, Verb

COMMIT, COMMIT_FOLDER = "dataset.commit", "dataset.commit_folder"


def is_folder(verb: Verb, body: Any) -> bool:
    """Say whether what was given as rows to commit is the path of a folder."""
    return verb.name == COMMIT and isinstance(body, (str, Path)) and Path(body).is_dir()


def as_folder(
    verbs: Table, request: dict[str, Any], folder: str | Path, address: str
) -> tuple[Verb, dict[str, Any]]:
    """Turn a commit of rows into one of a folder.

    Args:
        verbs: the verbs there are.
        request: of the commit of rows.
        folder: the folder on this machine.
        address: where the project is.

    Raises:
        Invalid: the project is behind a server, which does not see this folder; or the rows of
            files cannot be committed as asked.
    """
    if address.startswith(("http://", "https://")):
        raise Invalid(
            f"{folder} lies on this machine and the project behind {address}",
            mend="commit it where the project lies; a folder there: dataset.commit_folder",
        )
    verb = verbs.verbs[COMMIT_FOLDER]
    given = {key: value for key, value in request.items() if value is not None}
    if list(given.pop("key", ())) not in ([], ["path"]):
        raise Invalid("the key of files is their path", mend="leave out key")
    known = {field.key for field in verb.fields}
    for key in given:
        if key not in known:
            raise Invalid(f"a folder cannot be committed with {key}", mend=f"leave out {key}")
    return verb, given | {"path": str(Path(folder).absolute())}
