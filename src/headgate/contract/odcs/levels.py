"""Service levels as numbers: latency is how old the newest row may be, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from headgate.contract.odcs.nouns import Contract, Level

UNITS = {
    1: ("s", "sec", "second", "seconds"),
    60: ("m", "min", "minute", "minutes"),
    3600: ("h", "hr", "hour", "hours"),
    86_400: ("d", "day", "days"),
    7 * 86_400: ("w", "week", "weeks"),
    30 * 86_400: ("mo", "month", "months"),
    365 * 86_400: ("y", "yr", "year", "years"),
}
SECONDS = {word: factor for factor, words in UNITS.items() for word in words}
FRESHNESS = ("latency", "ly", "freshness")
LOWER_IS_BETTER = (*FRESHNESS, "frequency", "fy", "timeofavailability", "timetodetect",
                   "timetonotify", "timetorepair", "errorrate")  # fmt: skip
HIGHER_IS_BETTER = ("retention", "re", "availability", "av", "throughput", "completeness")
ALIKE = dict.fromkeys(FRESHNESS, "latency") | {"fy": "frequency", "re": "retention"}


def seconds(level: Level) -> float | None:
    """Return a level's value in seconds; nothing if it is no length of time.

    >>> seconds(Level(property="latency", value=2, unit="h"))
    7200
    """
    factor = SECONDS.get(level.unit.lower())
    value = _number(level.value)
    return None if factor is None or value is None else value * factor


def freshness_s(contract: Contract) -> float | None:
    """Return how old the newest data may be by a contract [s]; the strictest of its levels."""
    found = [
        length
        for level in contract.sla_properties
        if _key(level) == "latency" and (length := seconds(level)) is not None
    ]
    return min(found, default=None)


def worth(level: Level) -> float | None:
    """Return a level's value as a number, a length of time in seconds."""
    return _number(level.value) if seconds(level) is None else seconds(level)


def better(level: Level) -> Literal["lower", "higher", "same"]:
    """Say which value of a level is kinder to consumers; `same` if only an equal one is."""
    key = bare(level.property)
    if key in LOWER_IS_BETTER:
        return "lower"
    return "higher" if key in HIGHER_IS_BETTER else "same"


def like(level: Level, others: Sequence[Level]) -> list[Level]:
    """List the levels that are about the same thing."""
    mine = (_key(level), level.element, level.driver)
    return [one for one in others if (_key(one), one.element, one.driver) == mine]


def bare(name: str) -> str:
    """Write a level's name without case and signs between words."""
    return name.lower().replace("_", "").replace("-", "").replace(" ", "")


def _key(level: Level) -> str:
    return ALIKE.get(bare(level.property), bare(level.property))


def _number(value: object) -> float | None:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) else value
