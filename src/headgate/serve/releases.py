"""Makes and finds releases; every part a release names must exist when it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Invalid, NotFound
from headgate.core.refs import check_name, split_at
from headgate.core.times import now
from headgate.serve import queries
from headgate.serve.nouns import CreateRelease, Release
from headgate.spine.lineage.events import list_events
from headgate.spine.store.snapshots import find_snapshot
from headgate.spine.work import Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from headgate.spine.context import Context


def create_release(context: Context, request: CreateRelease) -> Release:
    """Put a release on record under the next number of its name.

    Raises:
        Invalid: a part is named without its version.
        NotFound: a part does not exist.
    """
    check_name("release", request.name)
    index = check_parts(context, request)
    with Work(context) as work:
        number = queries.last_number(work.connection, context.tenant, request.name) + 1
        release = Release(
            release_id=f"{request.name}@{number}",
            name=request.name,
            number=number,
            model=request.model,
            prompt=request.prompt,
            tools=request.tools,
            index=index,
            parameters=request.parameters,
            provider_model=request.provider_model,
            notes=request.notes,
            created_at=now(),
            created_by=context.actor,
        )
        queries.put_release(work.connection, context.tenant, release)
        parts = ("model", "prompt", "index", "tools", "provider_model")
        payload: dict[str, object] = {part: getattr(release, part) for part in parts}
        work.record("release_created", f"release:{release.release_id}", payload)
    return release


def check_parts(context: Context, request: CreateRelease) -> str | None:
    """Make sure that what a release names is there.

    Returns:
        The index by its number: a tag or a time may come to mean another snapshot.

    Raises:
        Invalid: a part is named without its version.
        NotFound: a part does not exist.
    """
    for kind, ref in (("model", request.model), ("prompt", request.prompt)):
        if ref is not None:
            _check_version(context, kind, ref)
    if request.index is None:
        return None
    found = find_snapshot(context, *_versioned("index", request.index))
    return f"{found.dataset}@{found.number}"


def get_release(connection: Connection, tenant: str, release_id: str) -> Release:
    """Return a release.

    Raises:
        NotFound: there is none of that id; the nearest is named.
    """
    found = queries.find_release(connection, tenant, release_id)
    if found is None:
        raise NotFound.among("release", release_id, queries.release_ids(connection, tenant))
    return found


def _check_version(context: Context, kind: str, ref: str) -> None:
    """Look for the event that a stage recorded when it made the version."""
    name, _ = _versioned(kind, ref)
    with context.catalog.read() as connection:
        if list_events(connection, context.tenant, subject=f"{kind}:{ref}", limit=1):
            return
    raise NotFound(
        f"no {kind} version {ref!r}",
        mend=f"see which there are: headgate {kind} list, under {name}",
    )


def _versioned(kind: str, ref: str) -> tuple[str, str]:
    name, version = split_at(ref)
    if version is None:
        raise Invalid(
            f"a release cannot name {kind} {ref!r} without its version",
            mend=f"name one version, such as {name}@1",
        )
    return name, version
