"""Shows on a terminal how far a long deed has come: one line, rewritten in place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from headgate.spine.context import Step

EVERY_S = 0.1
MINUTE_S, HOUR_S = 60, 3600
CLEAR = "\r\x1b[K"
SIZES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


class Meter:
    """Takes the steps of an operation and writes one line to a terminal.

    Args:
        stream: where to write; nothing is written unless it is a terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._what = ""
        self._began = 0.0
        self._shown = 0.0
        self._has_line = False

    def __call__(self, step: Step) -> None:
        """Show a step, at most ten times a second."""
        if not self._is_terminal:
            return
        moment = time.monotonic()
        if step.what != self._what:
            self._what, self._began = step.what, moment
        elif moment - self._shown < EVERY_S:
            return
        self._shown = moment
        self._stream.write(CLEAR + line(step, moment - self._began))
        self._stream.flush()
        self._has_line = True

    def clear(self) -> None:
        """Take the line away again."""
        if self._has_line:
            self._stream.write(CLEAR)
            self._stream.flush()
            self._has_line = False


def line(step: Step, elapsed_s: float) -> str:
    """Write one step: how much, at which rate, how long yet.

    Args:
        step: how far the deed has come.
        elapsed_s: how long it has taken [s].
    """
    rate = step.done / elapsed_s if elapsed_s > 0 else 0.0
    if step.total is None:
        parts = [step.what, f"{size(step.done)} {step.unit}"]
    else:
        share = step.done / step.total if step.total else 1.0
        parts = [step.what, f"{size(step.done)}/{size(step.total)} {step.unit}", f"{share:.0%}"]
    if step.n_bytes is not None:
        parts.append(f"{size(step.n_bytes)}B")
    if rate:
        parts.append(f"{size(rate)} {step.unit}/s")
    if rate and step.total is not None:
        parts.append(f"{span((step.total - step.done) / rate)} left")
    return "  ".join(parts)


def span(seconds: float) -> str:
    """Write a time that is left; none if the deed is further than was thought.

    >>> span(42.3), span(125), span(7_260), span(-3)
    ('42 s', '2 min 5 s', '2 h 1 min', '0 s')
    """
    whole = max(0, round(seconds))
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S} s"
    return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"


def size(number: float) -> str:
    """Write a number in thousands, millions or milliards.

    >>> size(950), size(12_500), size(3_000_000)
    ('950', '12.5k', '3.0M')
    """
    for unit, letter in SIZES:
        if number >= unit:
            return f"{number / unit:.1f}{letter}"
    return f"{number:.0f}"
