"""Sees commits to a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.core.sensing import Arrival, Polled

if TYPE_CHECKING:
    from headgate.core.sensing import World


def dataset(world: World, cursor: Any, /, name: str, *, each: bool = False) -> Polled:
    """See what was committed to a dataset's main branch since it was looked at.

    Args:
        world: what may be looked at.
        cursor: the number of the newest snapshot that was seen.
        name: of the dataset.
        each: every commit counts, also those that others followed; otherwise the newest alone.
    """
    numbers = world.numbers(name, int(cursor or 0))
    wanted = numbers if each and cursor is not None else numbers[-1:]
    arrivals = tuple(Arrival(uri=f"{name}@{number}") for number in wanted)
    return Polled(arrivals, numbers[-1] if numbers else cursor or 0)
