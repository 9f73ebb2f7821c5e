"""Sets of signs, as spans of code points: those that regular expressions know by a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Spans = tuple[tuple[int, int], ...]
LAST = 0x10FFFF
SURROGATES = (0xD800, 0xDFFF)
EVERYTHING: Spans = ((1, 0xD7FF), (0xE000, LAST))
"""Every sign a text may hold; PostgreSQL keeps no zero, and no text holds half a pair."""
ANY: Spans = ((1, 9), (11, 0xD7FF), (0xE000, LAST))
"""What a dot takes: everything but the line break."""
DIGIT: Spans = ((48, 57),)
UPPER: Spans = ((65, 90),)
LOWER: Spans = ((97, 122),)
SHORT: dict[str, Spans] = {
    "d": DIGIT,
    "w": (*DIGIT, *UPPER, (95, 95), *LOWER),
    "s": ((9, 10), (12, 13), (32, 32)),
}
NAMED: dict[str, Spans] = {
    "alnum": (*DIGIT, *UPPER, *LOWER),
    "alpha": (*UPPER, *LOWER),
    "ascii": ((1, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((1, 31), (127, 127)),
    "digit": DIGIT,
    "graph": ((33, 126),),
    "lower": LOWER,
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": UPPER,
    "word": SHORT["w"],
    "xdigit": (*DIGIT, (65, 70), (97, 102)),
}
FOLDED = {"k": 0x212A, "s": 0x17F}
"""Letters of ASCII that have a third form: the sign of kelvin, and the long s."""
WIDEST = 4096
"""Signs of a span whose other cases are looked up one by one [count]."""


def negated(spans: Spans) -> Spans:
    """Return all other signs."""
    others: list[tuple[int, int]] = []
    begin = 1
    for low, high in (*sorted([*spans, SURROGATES]), (LAST + 1, LAST + 1)):
        if low > begin:
            others.append((begin, low - 1))
        begin = max(begin, high + 1)
    return tuple(others)


def both_cases(spans: Spans) -> Spans:
    """Return signs with their other cases; of a very wide span it is taken that it has them."""
    more = [
        (code, code)
        for low, high in spans
        if high - low <= WIDEST
        for code in _other_cases(low, high)
    ]
    known = [one for one in dict.fromkeys(more) if not _is_in(one[0], spans)]
    return tuple(sorted({*spans, *known}))


def _other_cases(low: int, high: int) -> Iterator[int]:
    for code in range(low, high + 1):
        sign = chr(code)
        yield from (ord(one) for one in (sign.lower(), sign.upper()) if len(one) == 1)
        if sign.lower() in FOLDED:
            yield FOLDED[sign.lower()]


def _is_in(code: int, spans: Spans) -> bool:
    return any(low <= code <= high for low, high in spans)
