"""Tells the notifiers of `pipelines.notify` what is late or broken, and that it is well again.

One message is about all of a kind at one schedule, sensor or dataset: twenty times that are
missing are one alert. What an error said may name people; it stays where status shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from headgate.core.messages import Message
from headgate.spine.outbox.writing import listeners, put, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from headgate.pipeline.schedule.reports import Trouble
    from headgate.spine.context import Context
    from headgate.spine.work import Work

_NOT_RUN = ("late", "missing", "stalled")
_WORDS = {
    "late": "did not run in time",
    "failed": "failed",
    "blind": "cannot look",
    "freshness": "is older than was promised",
    "min_rows": "has fewer rows than were promised",
    "min_written": "was written with fewer rows than were promised",
    "volume": "has not as many rows as usual",
}


class Matter(NamedTuple):
    """What an alert is about.

    Args:
        pipeline: where it is declared.
        kind: of trouble; `late` stands for whatever did not run.
        subject: the schedule, sensor or dataset, spelt as one word.
    """

    pipeline: str
    kind: str
    subject: str

    @property
    def shown(self) -> str:
        """The subject as it is read."""
        return self.subject.replace("%20", " ").replace("%25", "%")

    @property
    def key(self) -> str:
        """The dedup key of its messages."""
        return f"pipeline/{self.pipeline}/{self.kind}/{self.subject}"

    @property
    def title(self) -> str:
        """What is wrong, in a line."""
        return f"{self.shown} of pipeline {self.pipeline} {_WORDS[self.kind]}"


class Change(NamedTuple):
    """What was wrong when it was last looked at, and what is wrong.

    Args:
        before: what was wrong.
        after: what is.
        accounts: what there is to say of some of it besides.
    """

    before: set[Matter]
    after: set[Matter]
    accounts: Mapping[Matter, Trouble]


def matter_of(pipeline: str, what: str) -> Matter:
    """Return what trouble is about, given the pipeline and what it is known by."""
    kind, subject = what.split(" ")[:2]
    return Matter(pipeline, "late" if kind in _NOT_RUN else kind, subject)


def matters(troubles: Iterable[tuple[str, str]]) -> set[Matter]:
    """Return what troubles are about, given the pipeline and what each is known by.

    >>> matters([("shop", "missing schedule 2026-03-02T06:00:00Z")])
    {Matter(pipeline='shop', kind='late', subject='schedule')}
    """
    return {matter_of(*one) for one in troubles}


def announce(work: Work, context: Context, change: Change) -> None:
    """Put triggers and resolves into the outbox, in the unit that records what they are about."""
    to = listeners(context)
    if not to:
        return
    for one in sorted(change.after - change.before):
        account = change.accounts.get(one)
        lines = [] if account is None else [account.says, *account.account]
        body = "\n".join((*lines, f"See: headgate pipeline status --name {one.pipeline}"))
        put(work, context, _message(one, "trigger", one.title, body), to=to)
    for one in sorted(change.before - change.after):
        title = f"{one.shown} of pipeline {one.pipeline} is well again"
        resolve(work, context, _message(one, "resolve", title, ""), to=to)


def _message(matter: Matter, kind: Literal["trigger", "resolve"], title: str, body: str) -> Message:
    details = matter._asdict() | {"subject": matter.shown}
    return Message(
        kind=kind,
        dedup_key=matter.key,
        title=title,
        body=body,
        severity="error" if kind == "trigger" else "info",
        details=details,
    )
