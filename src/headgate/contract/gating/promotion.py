"""Zones: rows enter a cleaned or curated dataset only from sound data at most one zone below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.contract.checking import Arrow, look
from headgate.contract.gating.plan import stops
from headgate.contract.looking import rows_of
from headgate.contract.promises import promises_of
from headgate.contract.published import queries
from headgate.contract.published.force import in_force
from headgate.contract.published.zones import ZONES, level
from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from headgate.contract.published.force import InForce
    from headgate.spine.context import Context
    from headgate.spine.lineage.reads import Read
    from headgate.spine.ports import Passage


def require_promotable(context: Context, passage: Passage, force: InForce) -> None:
    """Make sure that a zone takes what wants to come; a raw one takes everything.

    Raises:
        Invalid: no run brings the rows, or it read what is too far below or not sound.
    """
    if not level(force.zone) or passage.is_release:
        return
    dataset = passage.write.dataset
    if passage.write.run is None or not passage.reads:
        raise Invalid(
            f"{dataset} is {force.zone}: its rows come from a step or a run that read a dataset",
            mend="make them in a pipeline, or inside `with project.run(…)`; or commit to a raw one",
        )
    guards = in_force(context)
    for read in passage.reads:
        if read.dataset == dataset:
            continue
        _require(context, read, guards.get(read.dataset), force, dataset)


def _require(
    context: Context, read: Read, source: InForce | None, force: InForce, dataset: str
) -> None:
    zone = source.zone if source is not None else ""
    told = f"{read.dataset}@{read.number}"
    if level(zone) < level(force.zone) - 1:
        below = ZONES[level(force.zone) - 1]
        raise Invalid(
            f"{dataset} is {force.zone} and takes nothing of {told}, which is {zone or ZONES[0]}",
            mend=f"make a {below} dataset of it first, with a contract that says `zone: {below}`",
        )
    if source is None:
        return
    broken = _broken(context, read, source)
    if broken:
        raise Invalid(
            f"{dataset} takes nothing of {told}, which broke contract {source.told}: "
            f"{', '.join(broken)}",
            mend=f"mend {read.dataset}: headgate contract show {source.version.name}",
        )


def _broken(context: Context, read: Read, source: InForce) -> list[str]:
    """Name what a snapshot broke when it was looked at last; look now if nobody has.

    What was found by another version of the contract says nothing of this one. A batch that was
    held on one branch says nothing of the snapshot as it stands on another. Where a gate could not
    compare all rows it is looked now, too.
    """
    with context.catalog.read() as connection:
        checks = queries.last_checks(connection, context.tenant, read.dataset, read.number)
    own = [one for one in checks if one.version == source.version.version]
    known = [one for one in own if not one.is_open]
    if known:
        is_sound = any(one.is_passed for one in known)
        return [] if is_sound else list(known[0].broken) or ["its last batch"]
    rules = [
        one
        for one in promises_of(source.contract, read.dataset, context.registry).rules
        if stops(one)
    ]
    _, rows = rows_of(context, read.dataset, str(read.number))
    looked = look(Arrow(rows, lambda other: rows_of(context, other)[1]), rules)
    return [one.rule for one in looked.found if not one.is_kept]
