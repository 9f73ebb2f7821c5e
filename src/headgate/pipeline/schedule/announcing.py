"""Tells the notifiers of `pipelines.notify` what is late or broken, and that it is well again.

One message is about all of a kind at one schedule, sensor or dataset: twenty times that are
missing are one alert. What an error said may name people; it stays where status shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from headgate.core.messages import Message
from headgate.spine.outbox.writing import listeners, put, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.spine.context import Context
    from headgate.spine.work import Work

_NOT_RUN = ("late", "missing", "stalled")
_WORDS = {
    "late": "did not run in time",
    "failed": "failed",
    "blind": "cannot look",
    "freshness": "is older than was promised",
    "min_rows": "has fewer rows than were promised",
    "volume": "has not as many rows as usual",
}


class Matter(NamedTuple):
    """What an alert is about.

    Args:
        pipeline: where it is declared.
        kind: of trouble; `late` stands for whatever did not run.
        subject: the schedule, sensor or dataset.
    """

    pipeline: str
    kind: str
    subject: str

    @property
    def key(self) -> str:
        """The dedup key of its messages."""
        return f"pipeline/{self.pipeline}/{self.kind}/{self.subject}"

    @property
    def title(self) -> str:
        """What is wrong, in a line."""
        return f"{self.subject} of pipeline {self.pipeline} {_WORDS[self.kind]}"


def matters(troubles: Iterable[tuple[str, str]]) -> set[Matter]:
    """Return what troubles are about, given the pipeline and what each is known by.

    >>> matters([("shop", "missing schedule 2026-03-02T06:00:00Z")])
    {Matter(pipeline='shop', kind='late', subject='schedule')}
    """
    found: set[Matter] = set()
    for pipeline, what in troubles:
        kind, subject = what.split(" ")[:2]
        found.add(Matter(pipeline, "late" if kind in _NOT_RUN else kind, subject))
    return found


def announce(work: Work, context: Context, before: set[Matter], after: set[Matter]) -> None:
    """Put triggers and resolves into the outbox, in the unit that records what they are about.

    Args:
        work: the unit of work.
        context: the project.
        before: what was wrong when it was last looked at.
        after: what is wrong.
    """
    to = listeners(context)
    if not to:
        return
    for one in sorted(after - before):
        body = f"See: headgate pipeline status --name {one.pipeline}"
        put(work, context, _message(one, "trigger", one.title, body), to=to)
    for one in sorted(before - after):
        title = f"{one.subject} of pipeline {one.pipeline} is well again"
        resolve(work, context, _message(one, "resolve", title, ""), to=to)


def _message(matter: Matter, kind: Literal["trigger", "resolve"], title: str, body: str) -> Message:
    return Message(
        kind=kind,
        dedup_key=matter.key,
        title=title,
        body=body,
        severity="error" if kind == "trigger" else "info",
        details=matter._asdict(),
    )
