"""Regular expressions as RE2 reads them, written for PostgreSQL, for Java and for Python.

Engines read one expression as different things: `$` stands before a last line break in Java, digits
of every script are digits in PostgreSQL, and its dot takes line breaks. So an expression is read
once, and each engine is handed one in which nothing is left to its habits: sets of signs are
written out, anchors and case are spelled. What cannot be spelled is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from headgate.contract.charsets import (
    ANY,
    EVERYTHING,
    LAST,
    NAMED,
    SHORT,
    Spans,
    both_cases,
    negated,
)
from headgate.contract.words import Unspoken

if TYPE_CHECKING:
    from collections.abc import Callable

Engine = Literal["postgres", "spark", "python"]
ENGINES: dict[str, Engine] = {"postgres": "postgres", "spark": "spark"}
CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "a": 7}
MOST = {"postgres": 255, "spark": 1000, "python": 1000}
"""How often something may be asked for in braces: PostgreSQL's limit, and RE2's [count]."""
WORD = "[0-9A-Z_a-z]"
EDGE = f"(?:(?<={WORD})(?!{WORD})|(?<!{WORD})(?={WORD}))"
INSIDE = f"(?:(?<={WORD})(?={WORD})|(?<!{WORD})(?!{WORD}))"
ENDS = {"postgres": ("^", "$"), "spark": ("^", r"\z"), "python": ("^", r"\Z")}
"""Begin and end of the text: `$` of Java and Python would take a line break that stands last."""
_COUNTED = re.compile(r"\{(\d+)(,(\d*))?\}")
_FLAGS = re.compile(r"\?([is]*)(?:-([is]+))?([:)])")
_NAMED_GROUP = re.compile(r"\?P<[A-Za-z_]\w*>")
_HEX = re.compile(r"x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})")
_POSIX = re.compile(r"\[:(\^?)(\w+):\]")
QUANTIFIERS = "*+?"
DEEPEST = 200
FOUR_DIGITS = 0xFFFF


class Flags(NamedTuple):
    """How signs are read: without heeding case, and a dot that takes line breaks."""

    is_caseless: bool = False
    is_dotall: bool = False


def written(pattern: str, engine: Engine) -> str:
    r"""Write an expression for an engine so that it is found in the texts in which RE2 finds it.

    Args:
        pattern: as RE2 reads it.
        engine: for whom.

    Raises:
        Unspoken: it cannot be written so, or RE2 itself would not read it.

    >>> written(r"^\d+(?i:ab)$", "spark")
    '^[0-9]+(?:[Aa][Bb])\\z'
    """
    return _Reader(pattern, engine).read()


class _Reader:
    """Reads an expression from left to right, and writes as it reads."""

    def __init__(self, pattern: str, engine: Engine) -> None:
        self._text = pattern
        self._engine: Engine = engine
        self._at = 0
        self._depth = 0

    def read(self) -> str:
        """Read all of it."""
        made = self._branches(Flags())
        if self._at < len(self._text):
            raise self._wrong("a bracket is closed that was not opened")
        return made

    def _branches(self, flags: Flags) -> str:
        """Read up to the end of a group."""
        parts: list[str] = []
        while self._at < len(self._text) and self._text[self._at] != ")":
            if self._text[self._at] == "|":
                self._at += 1
                parts.append("|")
                continue
            if self._text.startswith("(?", self._at):
                found = _FLAGS.match(self._text, self._at + 1)
                if found and found[3] == ")":
                    flags = _flagged(flags, found)
                    self._at = found.end()
                    continue
            atom, is_width = self._atom(flags)
            parts.append(self._counted(atom, is_width=is_width))
        return "".join(parts)

    def _atom(self, flags: Flags) -> tuple[str, bool]:
        """Read one thing; say whether it may be asked for several times."""
        sign = self._take()
        if sign in QUANTIFIERS:
            raise self._wrong(f"{sign} repeats nothing")
        if sign == "(":
            return self._group(flags), True
        if sign == "[":
            return self._class(flags), True
        if sign == "\\":
            return self._escape(flags)
        if sign in "^$":
            return ENDS[self._engine][sign == "$"], False
        spans = (EVERYTHING if flags.is_dotall else ANY) if sign == "." else _one(sign)
        return self._set(spans, flags), True

    def _group(self, flags: Flags) -> str:
        if self._text.startswith("?", self._at):
            found = _FLAGS.match(self._text, self._at)
            named = _NAMED_GROUP.match(self._text, self._at)
            taken = found or named
            if taken is None:
                raise self._wrong("it looks ahead or behind, or names a group without P")
            if found is not None:
                flags = _flagged(flags, found)
            self._at = taken.end()
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong("its groups are nested too deep")
        made = self._branches(flags)
        self._depth -= 1
        if self._at >= len(self._text):
            raise self._wrong("a bracket is not closed")
        self._at += 1
        return f"(?:{made})"

    def _escape(self, flags: Flags) -> tuple[str, bool]:
        sign = self._text[self._at : self._at + 1]
        anchors = {"A": ENDS[self._engine][0], "z": ENDS[self._engine][1], "b": EDGE, "B": INSIDE}
        if sign in anchors and sign:
            self._at += 1
            return anchors[sign], False
        return self._set(self._escaped(), flags), True

    def _escaped(self) -> Spans:
        """Read what follows a backslash as a set of signs."""
        found = _HEX.match(self._text, self._at)
        if found:
            self._at = found.end()
            return _one(chr(min(int(found[1] or found[2], 16), 0x10FFFF)))
        sign = self._take()
        if sign.lower() in SHORT:
            spans = SHORT[sign.lower()]
            return negated(spans) if sign.isupper() else spans
        if sign in CONTROLS:
            return ((CONTROLS[sign], CONTROLS[sign]),)
        if sign.isalnum() or not sign.isascii():
            raise self._wrong(f"\\{sign} is not for every engine")
        return _one(sign)

    def _class(self, flags: Flags) -> str:
        is_out = self._text.startswith("^", self._at)
        self._at += is_out
        spans: list[tuple[int, int]] = []
        is_first = True
        while is_first or not self._text.startswith("]", self._at):
            is_first = False
            spans += self._member()
        self._at += 1
        held = both_cases(tuple(spans)) if flags.is_caseless else tuple(spans)
        return self._set(negated(held) if is_out else held, flags)

    def _member(self) -> Spans:
        """Read one sign, span of signs or named set inside of a class."""
        posix = _POSIX.match(self._text, self._at)
        if posix:
            self._at = posix.end()
            if posix[2] not in NAMED:
                raise self._wrong(f"nobody knows [:{posix[2]}:]")
            return negated(NAMED[posix[2]]) if posix[1] else NAMED[posix[2]]
        low = self._sign()
        is_span = self._text.startswith("-", self._at) and not self._text.startswith("-]", self._at)
        if len(low) != 1 or low[0][0] != low[0][1] or not is_span:
            return low
        self._at += 1
        high = self._sign()
        if len(high) != 1 or high[0][0] != high[0][1] or high[0][0] < low[0][0]:
            raise self._wrong("a span of signs ends before it begins")
        return ((low[0][0], high[0][0]),)

    def _sign(self) -> Spans:
        sign = self._take()
        return self._escaped() if sign == "\\" else _one(sign)

    def _counted(self, atom: str, *, is_width: bool) -> str:
        """Read how often something is asked for; how greedily decides nothing here."""
        found = _COUNTED.match(self._text, self._at)
        sign = self._text[self._at : self._at + 1]
        if found:
            most = max(int(found[1]), int(found[3] or 0))
            if most > MOST[self._engine]:
                raise self._wrong(f"it asks for something {most} times")
            if found[3] and int(found[3]) < int(found[1]):
                raise self._wrong("it asks for more at least than at most")
            sign, self._at = found[0], found.end()
        elif sign and sign in QUANTIFIERS:
            self._at += 1
        else:
            return atom
        if not is_width:
            raise self._wrong("it repeats a place")
        if self._text.startswith("?", self._at):
            self._at += 1
        again = self._text[self._at : self._at + 1]
        if (again and again in QUANTIFIERS) or _COUNTED.match(self._text, self._at):
            raise self._wrong("it repeats a repetition")
        return atom + sign

    def _set(self, spans: Spans, flags: Flags) -> str:
        if flags.is_caseless:
            spans = both_cases(spans)
        if not spans:
            raise self._wrong("a class takes no sign at all")
        if self._engine == "python" and any(high == LAST for _, high in spans):
            # the sign of number 0 is in none of the spans, and a text in Python may hold it
            others = negated(spans)
            return "[^" + _spelled(others, _posix) + "]" if others else "(?s:.)"
        write = _java if self._engine == "spark" else _posix
        if len(spans) == 1 and spans[0][0] == spans[0][1]:
            return write(spans[0][0])
        return "[" + _spelled(spans, write) + "]"

    def _take(self) -> str:
        if self._at >= len(self._text):
            raise self._wrong("it ends too early")
        self._at += 1
        return self._text[self._at - 1]

    def _wrong(self, why: str) -> Unspoken:
        return Unspoken(
            f"the pattern {self._text!r} cannot be put to {self._engine}: {why}",
            mend="write it in the words that RE2, POSIX and Java share",
        )


def _spelled(spans: Spans, write: Callable[[int], str]) -> str:
    parts = (write(low) if low == high else f"{write(low)}-{write(high)}" for low, high in spans)
    return "".join(parts)


def _one(sign: str) -> Spans:
    return ((ord(sign), ord(sign)),)


def _flagged(flags: Flags, found: re.Match[str]) -> Flags:
    """Set and unset flags, as `(?i)` and `(?s-i:` do."""
    on, off = found[1], found[2] or ""
    return Flags(
        (flags.is_caseless or "i" in on) and "i" not in off,
        (flags.is_dotall or "s" in on) and "s" not in off,
    )


def _java(code: int) -> str:
    sign = chr(code)
    return sign if sign.isascii() and sign.isalnum() else f"\\x{{{code:x}}}"


def _posix(code: int) -> str:
    sign = chr(code)
    if sign.isascii() and sign.isalnum():
        return sign
    return f"\\u{code:04x}" if code <= FOUR_DIGITS else f"\\U{code:08x}"
