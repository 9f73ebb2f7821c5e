"""The two weeks before anyone notices: rows come in, models are trained, answers go out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.demo.arriving import Arrived, prepare, receive
from headgate.surfaces.demo.cases import BAD_DAYS
from headgate.surfaces.demo.corruptions import FAULTS
from headgate.surfaces.demo.serving import serve_day
from headgate.surfaces.demo.training import release_helpdesk, train_north, train_triage
from headgate.surfaces.demo.world import DAYS

if TYPE_CHECKING:
    from datetime import date

    from headgate.surfaces.demo.world import Service, World

TRAINED_ON = frozenset({1, 6, 8, 10, 11})
"""Days on whose evening `triage` is trained: Tuesday and Sunday, then Tuesday, Thursday, Friday."""

NORTH_TRAINED_ON = 10
INDEXED_ON = {1: 0, 4: 0, 7: 1, 11: 1}
"""Days on whose evening the handbook is indexed, and the prompt that answers from then on."""

HEAD = ("day", "rows in", "waiting", "new model", "accuracy", "answers", "")
WIDTHS = (-10, 7, 7, -8, 8, 7, -18)


class Total:
    """What the days added up to."""

    def __init__(self) -> None:
        self.n_read = 0
        self.n_taken = 0
        self.n_quarantined = 0
        self.n_logged = 0

    def add(self, arrived: Arrived, n_logged: int) -> None:
        """Count a day."""
        self.n_read += arrived.n_read
        self.n_taken += arrived.n_taken
        self.n_quarantined += arrived.n_quarantined
        self.n_logged += n_logged


def live_through(world: World) -> Total:
    """Tell the first fourteen days.

    Returns:
        What they added up to.
    """
    total = Total()
    world.teller.row(HEAD, WIDTHS, "bold")
    for place, day in enumerate(DAYS[:-1]):
        arrived = receive(world, day)
        prepare(world)
        n_logged = serve_day(world, day)
        trained = _evening(world, place, day)
        total.add(arrived, n_logged)
        _tell(world, day, arrived, trained, n_logged)
    return total


def _evening(world: World, place: int, day: date) -> Service | None:
    if place in INDEXED_ON:
        release_helpdesk(world, prompt=INDEXED_ON[place])
    if place == NORTH_TRAINED_ON:
        train_north(world)
    return train_triage(world, day) if place in TRAINED_ON else None


def _tell(
    world: World, day: date, arrived: Arrived, trained: Service | None, n_logged: int
) -> None:
    cells = (
        f"{day:%a %d %b}",
        f"{arrived.n_taken:,}",
        f"{arrived.n_quarantined:,}" if arrived.n_quarantined else "",
        trained.release if trained else "",
        f"{trained.accuracy:.1%}".replace("%", " %") if trained else "",
        f"{n_logged:,}" if n_logged else "",
        _note(day),
    )
    world.teller.row(cells, WIDTHS, "yellow" if day in BAD_DAYS else "")


def _note(day: date) -> str:
    if day not in BAD_DAYS:
        return ""
    place = BAD_DAYS.index(day)
    if place >= len(FAULTS):
        return "! all three"
    return f"! {'+ ' if place else ''}{FAULTS[place].told}"
