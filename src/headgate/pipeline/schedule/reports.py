"""What `pipeline.status` is asked and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from blake3 import blake3
from msgspec import Meta

from headgate.pipeline.runs import RunState
from headgate.pipeline.schedule.nouns import TickState
from headgate.pipeline.schedule.promises import Kind as PromiseKind
from headgate.pipeline.schedule.promises import PromiseLine

Kind = Literal["late", "missing", "stalled", "failed", "blind"] | PromiseKind
MOST_SPELT = 150
"""Signs of a subject's word at most: the catalog and notifiers take no longer ones [count]."""
PipelineState = Literal["running", "waiting", "idle", "manual"]


class AskStatus(msgspec.Struct, frozen=True):
    """Ask how pipelines stand."""

    name: Annotated[
        str | None, Meta(description="a file of pipelines/ without .py; all of them if none")
    ] = None


class RetryTicks(msgspec.Struct, frozen=True):
    """Let what failed run again."""

    name: Annotated[str, Meta(description="a file of pipelines/ without .py")]


class Retried(msgspec.Struct, frozen=True):
    """Ticks that wait again."""

    pipeline: str
    n_ticks: int


class Trouble(msgspec.Struct, frozen=True):
    """Something that is not as it should be.

    Args:
        kind: `late`: it should have begun and still may; `missing`: it did not begin until the
            next was due; `stalled`: whoever ran it was lost; `failed`: the last run did;
            `blind`: a sensor cannot look; otherwise the promise that is broken.
        subject: the schedule, sensor or dataset.
        key: tells it apart from others of its kind and subject.
        says: what is wrong, in a sentence.
        since: since when.
        made_by: of a broken promise, the jobs, step or source that the dataset comes from.
        behind: jobs and steps further upstream that failed.
        shown_by: dashboards and their like that stand on it, the nearest first.
        n_shown_by: how many these are, with those that are not named [count].
    """

    kind: Kind
    subject: str
    key: str
    says: str
    since: datetime | None = None
    made_by: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    shown_by: tuple[str, ...] = ()
    n_shown_by: int = 0

    @property
    def what(self) -> str:
        """What it is known by once it was noticed."""
        return " ".join(one for one in (self.kind, spelt(self.subject), self.key) if one)

    @property
    def account(self) -> list[str]:
        """Where the dataset comes from and who looks at it, in lines; none if nothing is known."""
        n_more = self.n_shown_by - len(self.shown_by)
        shown = (*self.shown_by, f"{n_more} more") if n_more else self.shown_by
        lines = (("made by", self.made_by), ("behind it", self.behind), ("shown by", shown))
        return [f"{words}: {'; '.join(names)}" for words, names in lines if names]


def spelt(subject: str) -> str:
    """Spell a subject as one short word; it is itself unless it is a long name, or has blanks.

    >>> spelt("orders"), spelt("bi/Weekly sales")
    ('orders', 'bi/Weekly%20sales')
    """
    word = subject.replace("%", "%25").replace(" ", "%20")
    if len(word) <= MOST_SPELT:
        return word
    digest = blake3(subject.encode()).hexdigest(length=8)
    return f"{word[: MOST_SPELT - 18]}..{digest}"


class TriggerLine(msgspec.Struct, frozen=True):
    """A schedule or a sensor.

    Args:
        name: its name.
        about: what it waits for.
        next_at: when it is due next; nothing for a sensor.
        last_at: when a run for it ended last.
        last_state: how that ended.
        last_s: how long it took [s].
        n_waiting: ticks that wait [count].
        n_running: ticks that run [count].
    """

    name: str
    about: str
    next_at: datetime | None = None
    last_at: datetime | None = None
    last_state: TickState | None = None
    last_s: float | None = None
    n_waiting: int = 0
    n_running: int = 0


class StepStatus(msgspec.Struct, frozen=True):
    """How a step stands, by its last runs; what is left out as unchanged is no run.

    Args:
        name: the dataset it makes.
        state: of its last run; nothing if it never ran.
        run_id: that run.
        started_at: when it began.
        last_s: how long it took [s].
        median_s: how long those of the last 100 runs took that ended [s].
        total_s: how long these took together: what the step costs [s].
        n_runs: how many they are [count].
        n_rows: rows of the newest snapshot [count].
        made_at: when that was made.
        error: why the last run failed.
    """

    name: str
    state: RunState | None = None
    run_id: str | None = None
    started_at: datetime | None = None
    last_s: float | None = None
    median_s: float | None = None
    total_s: float = 0.0
    n_runs: int = 0
    n_rows: int | None = None
    made_at: datetime | None = None
    error: str | None = None


class PipelineStatus(msgspec.Struct, frozen=True):
    """How a pipeline stands.

    Args:
        pipeline: its name.
        state: `running`, `waiting` for a scheduler, `idle`, or `manual` if nothing makes it run.
        triggers: what makes it run.
        steps: one each, in their order.
        promises: one each.
        troubles: what is not as it should be.
        n_more: troubles of the same kinds that are not listed [count].
    """

    pipeline: str
    state: PipelineState
    triggers: tuple[TriggerLine, ...] = ()
    steps: tuple[StepStatus, ...] = ()
    promises: tuple[PromiseLine, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    n_more: int = 0


class StatusReport(msgspec.Struct, frozen=True):
    """How pipelines stand.

    Args:
        at: when this was so.
        pipelines: one each.
        heard_at: when a scheduler was last heard of; nothing if none ever was.
        has_findings: something is late, missing, stalled, failed, blind or broken.
    """

    at: datetime
    pipelines: tuple[PipelineStatus, ...]
    heard_at: datetime | None = None
    has_findings: bool = False
