"""How big the world of the blast benchmark is, and what it is made of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

SOURCES = ("north", "south", "east", "west", "web")
TAKEN = ("orders", "tickets", "clicks", "documents")
"""Datasets that sources bring rows into."""
TRAINED = (
    ("orders", None),
    ("orders", "area = 3"),
    ("tickets", None),
    ("documents", "area < 5"),
    ("clean", None),
    ("daily", None),
    ("people", None),
    ("clicks", "area = 7"),
)
"""What the models of one round learn from: a dataset, and the condition on it."""
N_INDEXED = 4
"""Releases of one round that retrieve from an index, besides one for each model."""
FIRST_DAY = date(2026, 10, 1)


class Plan(NamedTuple):
    """Sizes of a world.

    Args:
        scale: 1 gives 5M source rows and 10M predictions at 10 days.
        days: days on which each dataset is fed once; every second day ends a round.
        share: share of the predictions that name 3 rows each.
    """

    scale: float = 1.0
    days: int = 10
    share: float = 1.0

    @property
    def name(self) -> str:
        """A name for the folder of the world."""
        return f"world-{self.scale:g}-{self.days}-{self.share:g}"

    @property
    def n_file_rows(self) -> int:
        """Rows of a file; each feeding takes 5 files [count]."""
        return max(20, int(25_000 * self.scale))

    @property
    def n_rounds(self) -> int:
        """Rounds of deriving, training and deploying [count]."""
        return self.days // 2

    @property
    def n_calls(self) -> int:
        """Calls that log predictions [count]."""
        return 4 * self.n_rounds

    @property
    def n_call_rows(self) -> int:
        """Predictions of one call [count]."""
        return max(200, int(500_000 * self.scale))

    @property
    def n_users(self) -> int:
        """User keys that predictions are drawn from [count]."""
        return max(100, int(1_000_000 * self.scale))


class Question(NamedTuple):
    """A source and the days, both included, on which it was bad."""

    source: str
    first: int
    last: int

    @property
    def ref(self) -> str:
        """The source as `blast` takes it."""
        return f"source:{self.source}"

    @property
    def window(self) -> tuple[str, str]:
        """First and last day as `blast` takes them."""
        return day(self.first), day(self.last)


def day(index: int) -> str:
    """Name a day, counted from 0."""
    return (FIRST_DAY + timedelta(days=index)).isoformat()


def source_of(dataset: int, index: int) -> str:
    """Say which source feeds a dataset on a day: it changes daily, differently for each."""
    return SOURCES[(dataset + index) % len(SOURCES)]


def questions(plan: Plan) -> dict[str, list[Question]]:
    """List what is asked, by how long the source was bad."""
    fed = sorted({(source_of(d, i), i) for d in range(len(TAKEN)) for i in range(plan.days)})
    span = min(2, plan.days - 1)
    starts = range(0, plan.days - span, 2)
    return {
        "one day": [Question(source, index, index) for source, index in fed],
        "three days": [Question(source, i, i + span) for i in starts for source in SOURCES],
        "all days": [Question(source, 0, plan.days - 1) for source in SOURCES],
    }
