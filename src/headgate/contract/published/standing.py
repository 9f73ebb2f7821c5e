"""Says of each contract's file whether it is what guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from blake3 import blake3

from headgate.contract.listing import line_of
from headgate.contract.odcs.files import files_of
from headgate.contract.published import queries
from headgate.spine.documents import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from headgate.contract.published.nouns import Version
    from headgate.contract.requests import ContractLine
    from headgate.spine.context import Context

NEVER = "never published"


def standing_lines(context: Context) -> Iterator[ContractLine]:
    """Yield a line for each contract file of a project, by name, with what of it is in force."""
    with context.catalog.read() as connection:
        known = queries.versions(connection, context.tenant)
    for name, path in files_of(context.root).items():
        own = [one for one in known if one.name == name]
        yield msgspec.structs.replace(line_of(name, path), standing=_standing(path, own))


def _standing(path: Path, known: Sequence[Version]) -> str:
    if not known:
        return NEVER
    digest = blake3(read_bytes(path, path.name)).hexdigest()
    pending = next((one for one in known if one.state == "pending"), None)
    guards = next((one for one in known if one.state == "in force"), None)
    waits = f", {pending.version} waits for signatures" if pending is not None else ""
    if guards is None:
        return f"not in force{waits}" if pending is not None else "withdrawn"
    if digest in {guards.digest, None if pending is None else pending.digest}:
        return f"{guards.version} in force{waits}"
    return f"{guards.version} in force{waits}, and the file has changed since"
