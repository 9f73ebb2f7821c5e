"""What a monitor's file says: `monitors/NAME.yaml`, every key with a default but what is watched.

Which checks there are, and what can be set of each, the checks' own files say: see
`headgate.monitor.checking`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from headgate.core.times import Span

FOLDER = "monitors"

Count = Annotated[int, Meta(ge=0)]
Some = Annotated[int, Meta(ge=1)]
KINDS = ("deployment", "dataset")


class Rows(msgspec.Struct, frozen=True):
    """A window of so many rows.

    Args:
        rows: how many [count].
    """

    rows: Some


class Days(msgspec.Struct, frozen=True):
    """A stretch of what is watched that counts as normal.

    Args:
        days: how long it is.
        ending: when it ends, as `2026-11-03`; what came then is not in it.
    """

    days: Some
    ending: str


class Columns(msgspec.Struct, frozen=True):
    """Which columns are looked at.

    Args:
        include: these alone; all if none is named.
        exclude: not these.
        important: drift of these asks for a ticket.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    important: tuple[str, ...] = ()


class Labels(msgspec.Struct, frozen=True):
    """What came true.

    Args:
        positive: the class that counts as a hit, of two.
        predictions: `scores` if they are numbers from 0 to 1 that say how likely the positive class
            is, `answers` if they are classes or numbers themselves; `auto` looks.
        metrics: of performance that are looked at; the usual ones if none is named.
        delay: how long labels take, such as `7d`; those that come later do not open a window
            again.
    """

    positive: str | bool | int | float | None = None
    predictions: Literal["auto", "answers", "scores"] = "auto"
    metrics: tuple[str, ...] = ()
    delay: Span | None = None


class Sample(msgspec.Struct, frozen=True):
    """A sample that is looked at in place of all rows of a window.

    Args:
        rows: how many [count].
        by: columns of which each combination keeps its share.
    """

    rows: Some
    by: tuple[str, ...] = ()


class Budget(msgspec.Struct, frozen=True):
    """False alerts that are borne.

    Args:
        pages: that get somebody up [count].
        tickets: that somebody looks at by day [count].
        days: in so many days.
    """

    pages: Count = 1
    tickets: Count = 3
    days: Some = 30


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """A monitor, as its file says it.

    Args:
        monitor: its name, which is the file's too.
        watch: `deployment:NAME` or `dataset:NAME`.
        reference: `lineage`, a snapshot such as `orders@3`, or days of what is watched.
        answers: days of a deployment whose predictions, confidences and outcomes are normal.
        window: how long a window is, such as `1d` or `1h`, or how many rows it has.
        time: the column that says when a row happened; when it came if none is named.
        columns: which are looked at.
        checks: by name whether a check is made, or its settings.
        labels: what came true.
        slices: columns by which performance is told apart.
        sample: what is looked at in place of all rows.
        budget: false alerts that are borne.
        owner: who answers for it.
        notify: notifiers of headgate.toml that hear of it.
        policy: what is done about findings: a policy's name, or nothing for the usual tiers.
        privacy: `hidden` keeps digests in place of names of categories.
    """

    monitor: str
    watch: str
    reference: str | Days = "lineage"
    answers: Days | None = None
    window: str | Rows = "1d"
    time: str | None = None
    columns: Columns = Columns()
    checks: dict[str, Any] = {}
    labels: Labels = Labels()
    slices: tuple[str, ...] = ()
    sample: Sample | None = None
    budget: Budget = Budget()
    owner: str = ""
    notify: tuple[str, ...] = ()
    policy: str | None = None
    privacy: Literal["names", "hidden"] = "names"

    @property
    def kind(self) -> str:
        """What is watched: `deployment` or `dataset`."""
        return self.watch.partition(":")[0]

    @property
    def target(self) -> str:
        """The name of what is watched, with the column that says when a row happened."""
        name = self.watch.partition(":")[2]
        return f"{name}?at={self.time}" if self.time and "?" not in name else name

    @property
    def is_hidden(self) -> bool:
        """Whether names of categories are kept as digests only."""
        return self.privacy == "hidden"

    @property
    def length(self) -> timedelta | None:
        """How long a window is; nothing if it is so many rows.

        Raises:
            Invalid: the file says no length of time.
        """
        from headgate.core.times import span

        return span(self.window) if isinstance(self.window, str) else None
