"""Carries a regular expression from the engine that checks tables to Python's own."""

from __future__ import annotations

import re

from headgate.contract.patterns import written
from headgate.contract.words import Unspoken


def carried(pattern: str) -> str | None:
    r"""Rewrite an expression for Python; nothing if it cannot be said there.

    >>> carried("^[A-Z]{2}$"), carried("(?i)^ak"), carried("(?=a)"), carried("[$].")
    ('^[A-Z]{2}\\Z', '^[Aa][Kk\\u212a]', None, '\\u0024[^\\u000a]')
    """
    try:
        made = written(pattern, "python")
        re.compile(made)
    except (Unspoken, re.error, RecursionError, OverflowError):
        return None
    return made
