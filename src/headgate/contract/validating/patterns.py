"""Carries a regular expression from the engine that checks tables to Python's own.

Both read nearly the same. Where they mean different things by the same signs the expression is
rewritten (`$` also stands before a last line break in Python), and where Python has nothing to say
the same with, it is refused.
"""

from __future__ import annotations

import re

BLANKS = r"\t\n\f\r "
SAFE = frozenset("dDwWbBtnrfvAx")
FLAGS = re.compile(r"\(\?([is]+)\)")


def carried(pattern: str) -> str | None:
    r"""Rewrite an expression for Python; nothing if it cannot be said there.

    >>> carried("^[A-Z]{2}$"), carried("(?i)^a"), carried("(?=a)"), carried("[$]")
    ('(?a)^[A-Z]{2}\\Z', '(?ia)^a', None, '(?a)[$]')
    """
    flags, rest = "a", pattern
    leading = FLAGS.match(pattern)
    if leading:
        flags, rest = leading[1] + "a", pattern[leading.end() :]
    made = _rewritten(rest)
    if made is None:
        return None
    whole = f"(?{flags}){made}"
    try:
        re.compile(whole)
    except (re.error, RecursionError, OverflowError):
        return None
    return whole


def _rewritten(pattern: str) -> str | None:
    """Walk through an expression sign by sign, inside and outside of sets of signs."""
    if "[[" in pattern or re.search(r"[*+?}]\+|\(\?(?!:)", pattern):
        return None
    parts: list[str] = []
    is_inside = False
    signs = iter(range(len(pattern)))
    for place in signs:
        sign = pattern[place]
        if sign == "\\":
            made = _escaped(pattern[place + 1 : place + 2], is_inside=is_inside)
            if made is None:
                return None
            parts.append(made)
            next(signs)
            continue
        if sign == "$" and not is_inside:
            sign = r"\Z"
        elif sign in "[]":
            is_inside = sign == "["
        parts.append(sign)
    return "".join(parts)


def _escaped(sign: str, *, is_inside: bool) -> str | None:
    """Write a sign after a backslash; nothing if the two engines differ on it."""
    if sign == "s":
        return BLANKS if is_inside else f"[{BLANKS}]"
    if sign == "S":
        return None if is_inside else f"[^{BLANKS}]"
    if sign == "z":
        return r"\Z"
    is_plain = bool(sign) and sign.isascii() and (not sign.isalnum() or sign in SAFE)
    return f"\\{sign}" if is_plain else None
