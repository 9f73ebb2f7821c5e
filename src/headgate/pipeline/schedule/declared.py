"""What a user writes beside the steps: when they run, what they run for, and what is promised."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from headgate.core.errors import Invalid
from headgate.core.refs import check_name
from headgate.core.times import parse, span
from headgate.pipeline.schedule.clock import Clock

CatchUp = Literal["latest", "all", "none"]
Overlap = Literal["skip", "queue"]
_OF_A_TIME = ("due_at", "date", "day_before")
_OF_AN_ARRIVAL = ("uri", "version", "body")


@dataclass(frozen=True, kw_only=True)
class _Trigger:
    """What a schedule and a sensor have in common."""

    name: str = ""
    grace: str = "15m"
    set: Mapping[str, Any] = field(default_factory=dict[str, Any])
    give: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def patience(self) -> timedelta:
        """How long after it is due a tick may begin."""
        return span(self.grace)

    def _check(self, what: str, given: tuple[str, ...]) -> None:
        check_name("trigger", self.name)
        span(self.grace)
        for setting, wanted in self.give.items():
            if wanted not in given:
                raise Invalid(
                    f"{what} {self.name} gives {setting} a {wanted!r}, which it has not",
                    mend=f"it has {', '.join(given)}",
                )


@dataclass(frozen=True)
class Schedule(_Trigger):
    """When a pipeline runs.

    Args:
        cron: five fields, or `@daily` and its like.
        timezone: whose wall clock they mean: an IANA name.
        catch_up: what becomes of times that passed while nothing ran them: the `latest` runs,
            `all` run one after another, or `none` but what is still within `grace`.
        overlap: what becomes of a time that comes while the pipeline is still at the one before:
            `skip` it, or `queue` it.
        since: from when on times count; from when the file was written if not given.
        name: tells schedules of one file apart.
        grace: how long after its time a run may begin before it counts as late.
        set: values that take the place of the steps' settings.
        give: settings that are given the time itself: `due_at` in UTC, `date` on the wall, or the
            `day_before` that; `partition` is the partition to make.

    Raises:
        Invalid: the expression, the zone or one of the others cannot be read.
    """

    cron: str
    timezone: str = "UTC"
    catch_up: CatchUp = "latest"
    overlap: Overlap = "skip"
    since: str | None = None
    name: str = field(default="schedule", kw_only=True)

    def __post_init__(self) -> None:
        self._check("schedule", _OF_A_TIME)
        _ = self.clock, self.begins_at
        for what, value, known in (
            ("catch_up", self.catch_up, ("latest", "all", "none")),
            ("overlap", self.overlap, ("skip", "queue")),
        ):
            if value not in known:
                raise Invalid(
                    f"schedule {self.name} has {what} {value!r}", mend=f"one of {', '.join(known)}"
                )

    @property
    def clock(self) -> Clock:
        """The times themselves."""
        return Clock(self.cron, self.timezone)

    @property
    def begins_at(self) -> datetime | None:
        """From when on times count, if that was said."""
        return None if self.since is None else parse(self.since)

    @property
    def about(self) -> str:
        """The expression and its zone."""
        return f"{self.cron} {self.timezone}"

    def settings(self, due_at: datetime) -> dict[str, str]:
        """Return what a run for a time is given."""
        local = self.clock.local(due_at)
        known = {
            "due_at": due_at.isoformat().replace("+00:00", "Z"),
            "date": f"{local:%Y-%m-%d}",
            "day_before": f"{local - timedelta(days=1):%Y-%m-%d}",
        }
        return _texts(self.set) | {name: known[wanted] for name, wanted in self.give.items()}


@dataclass(frozen=True, init=False)
class Sensor(_Trigger):
    """What a pipeline runs for, once each: arrivals that a sensor sees.

    Args:
        kind: the sensor's file: `files`, `s3_objects`, `s3_events`, `webhook`, `dataset`, or one of
            the project's own in `plugins/sensors`.
        arguments: what the sensor takes, such as a pattern.
        settings: its settings by name. Besides them `name`, `grace`, `set` and `give` as with a
            schedule, where what arrived has `uri`, `version` and `body`; `every`, how often it
            looks; `secret` and `token`, with which posts to it are signed or let in: best
            `env:NAME`.

    Raises:
        Invalid: one of them cannot be read.
    """

    kind: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    every: timedelta
    secret: str
    token: str

    def __init__(self, kind: str, /, *arguments: Any, **settings: Any) -> None:
        given: dict[str, Any] = {"name": kind.replace("_", "-"), "grace": "15m"}
        given |= {"set": {}, "give": {}, "every": "10s", "secret": "", "token": ""}
        own = {name: settings.pop(name, default) for name, default in given.items()}
        own |= {"kind": kind, "arguments": arguments, "options": settings}
        own["every"] = span(own["every"])
        # a frozen dataclass is set in this way only
        for name, value in own.items():
            object.__setattr__(self, name, value)
        self._check("sensor", _OF_AN_ARRIVAL)

    @property
    def about(self) -> str:
        """Its kind and what it was given."""
        words = [*self.arguments, *(f"{name}={value}" for name, value in self.options.items())]
        return " ".join(map(str, [self.kind, *words]))

    def settings(self, arrival: Mapping[str, str]) -> dict[str, str]:
        """Return what a run for an arrival is given."""
        return _texts(self.set) | {
            name: arrival.get(wanted, "") for name, wanted in self.give.items()
        }


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What a dataset is promised to be.

    Args:
        freshness: how old its newest snapshot may be, such as `26h`.
        min_rows: how many rows it has at least [count].
        min_written: how many rows it was written with at least the last time; 1 says that nothing
            may come out empty [count].
        volume: how far its rows may be from the median of up to 8 snapshots before [ratio].

    Raises:
        Invalid: nothing is promised, or what is cannot be.
    """

    freshness: str | None = None
    min_rows: int | None = None
    min_written: int | None = None
    volume: float | None = None

    def __post_init__(self) -> None:
        _check_freshness(self.freshness)
        bounds = {name: getattr(self, name) for name in ("min_rows", "min_written", "volume")}
        given = {name: one for name, one in bounds.items() if one is not None}
        if self.freshness is None and not given:
            raise Invalid(
                "a promise promises nothing",
                mend="give freshness, min_rows, min_written or volume",
            )
        for name, one in given.items():
            if not isinstance(one, int | float) or not 0 <= one < math.inf:
                raise Invalid(f"a promise has {name}={one!r}", mend="give a number from 0 on")


def _check_freshness(given: str | None) -> None:
    try:
        _ = None if given is None else span(given)
    except (Invalid, AttributeError) as error:
        raise Invalid(
            f"freshness of a promise: {given!r} is no length of time",
            mend='write freshness="26h", or 30m, 7d, 1h30m',
        ) from error


def _texts(settings: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in settings.items()}
