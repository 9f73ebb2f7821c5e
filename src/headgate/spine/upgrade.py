"""Brings a project that an older Headgate made to what this one reads and writes.

Only the catalog changes. Files keep the format they were written in: every later version reads
every older one, so a segment is never rewritten because the software is newer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headgate.spine.context import open_context
from headgate.spine.store.catalog import HEAD, open_catalog
from headgate.spine.store.manifest import FORMAT_VERSION

if TYPE_CHECKING:
    from pathlib import Path


class UpgradeReport(msgspec.Struct, frozen=True):
    """What an upgrade does, or did.

    Args:
        stands_at: the migration the catalog stood at.
        brings_to: the migration this Headgate stands on.
        steps: the migrations between, the oldest first.
        format_version: the file format this Headgate writes; it reads all older ones.
        copy: where the catalog was copied to before anything changed.
        is_applied: whether it was done; otherwise this is a plan.
    """

    stands_at: str
    brings_to: str
    steps: tuple[str, ...]
    format_version: int
    copy: str | None = None
    is_applied: bool = False


def upgrade(root: Path, *, apply: bool = False) -> UpgradeReport:
    """Bring a project's catalog to the present, or say what that would do.

    Args:
        root: the project's folder.
        apply: do it; a copy of the catalog is made before.

    Raises:
        NotFound: the folder holds no project.
        Conflict: a newer Headgate made the catalog, or the copy's place is taken.
    """
    from headgate.spine.store import migrate
    from headgate.spine.store.dump import copy_catalog

    context = open_context(root)
    home = context.opened.home
    catalog = open_catalog(context.settings.text("store.catalog"), home)
    try:
        stands_at = catalog.migration()
        plan = UpgradeReport(
            stands_at=stands_at,
            brings_to=HEAD,
            steps=tuple(migrate.steps(stands_at)),
            format_version=FORMAT_VERSION,
        )
        if not apply or not plan.steps:
            return plan
        copy = copy_catalog(catalog, home / f"catalog-at-{stands_at}")
        migrate.upgrade(catalog.engine)
        return msgspec.structs.replace(plan, copy=copy, is_applied=True)
    finally:
        catalog.close()
