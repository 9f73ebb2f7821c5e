"""What form texts have: a known one, or a code whose signs fall into the same classes.

A text of free words has no form, and a form that fits names today breaks with the first hyphen. So
a form needs a sign that codes have: digits, or the same sign at the same place; and texts with
blanks, or single words of letters, are left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ENOUGH = 50
"""Texts that a form needs to be seen in [count]."""
SHARE = 0.999
"""Share of texts that must have a form (0 to 1)."""
LONGEST = 200
"""Signs of a text in which a form is looked for [count]."""
MOST_PARTS = 24
"""Parts that a form may have [count]."""
HEX, SIGNS = "[0-9a-f]", "[0-9A-Za-z]"
KNOWN = {
    "e-mail address": r"^[^@\s]+@[^@\s]+\.[^@\s.]+$",
    "uuid": f"^{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}$",
    "web address": r"^https?://[^\s/]+\S*$",
    "IPv4 address": r"^[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}$",
}
READ_AS = ("date", "timestamp", "integer", "number")
PARTS = re.compile(r"[A-Z]+|[a-z]+|[0-9]+|.", re.DOTALL)
RUNS = re.compile(r"[0-9A-Za-z]+|.", re.DOTALL)
CLASSES = (("[A-Z]", re.compile("[A-Z]+")), ("[a-z]", re.compile("[a-z]+")),
           ("[0-9]", re.compile("[0-9]+")))  # fmt: skip
Parts = list[tuple[str, int]]
"""Kinds of signs that follow each other in a text, and how many there are of each."""
PUNCTUATION = frozenset(".^$*+?()[]{}|\\")


class Shape(NamedTuple):
    """A form that texts have.

    Args:
        pattern: as a regular expression.
        said: in words.
    """

    pattern: str
    said: str


def known_form(texts: Sequence[str]) -> Shape | None:
    """Return the first known form that nearly all texts have."""
    for said, pattern in KNOWN.items():
        if _share(pattern, texts) >= SHARE:
            return Shape(pattern, said)
    return None


def code_form(texts: Sequence[str]) -> Shape | None:
    """Return the form of a code that nearly all texts have; nothing if they are no codes.

    >>> code_form(["NO-1234", "SE-0077"] * 25).pattern
    '^[A-Z]{2}-[0-9]{4}$'
    >>> code_form(["Oslo", "Bergen"] * 25)
    """
    if len(texts) < ENOUGH or any(len(one) > LONGEST for one in texts):
        return None
    common = (_common([parts(one) for one in texts]) for parts in (_by_class, _by_run))
    shape, lengths = next((one for one in common if one), ((), []))
    return Shape(_written(shape, lengths), "a code") if _tells_much(shape, lengths) else None


def _common(split: Sequence[Parts]) -> tuple[tuple[str, ...], list[list[int]]] | None:
    """Return the kinds of parts that nearly all texts have in this order, and how long each is."""
    kinds = [tuple(kind for kind, _ in one) for one in split]
    ((shape, n_like),) = Counter(kinds).most_common(1)
    if n_like < SHARE * len(split) or len(shape) > MOST_PARTS:
        return None
    alike = (one for one, found in zip(split, kinds, strict=True) if found == shape)
    return shape, [[length for _, length in one] for one in alike]


def _tells_much(shape: tuple[str, ...], lengths: list[list[int]]) -> bool:
    """Say whether a form is one of codes: digits or signs between, no blanks."""
    if not shape or any(kind.isspace() for kind in shape):
        return False
    if len(shape) == 1:
        kind = shape[0]
        is_fixed = len({one[0] for one in lengths}) == 1
        return is_fixed and lengths[0][0] > 1 and kind in {HEX, SIGNS, "[0-9]"}
    return any(kind in {"[0-9]", HEX, SIGNS} for kind in shape)


def _by_class(text: str) -> Parts:
    return [(_class_of(part), len(part)) for part in PARTS.findall(text)]


def _by_run(text: str) -> Parts:
    return [(_run_of(part), len(part)) for part in RUNS.findall(text)]


def _class_of(part: str) -> str:
    return next((name for name, form in CLASSES if form.fullmatch(part)), part)


def _run_of(part: str) -> str:
    return SIGNS if RUNS.fullmatch(part) and part.isascii() and part.isalnum() else part


def _written(shape: tuple[str, ...], lengths: list[list[int]]) -> str:
    parts = (_part(kind, {one[place] for one in lengths}) for place, kind in enumerate(shape))
    return f"^{''.join(parts)}$"


def _part(kind: str, lengths: set[int]) -> str:
    if len(kind) == 1:
        return f"\\{kind}" if kind in PUNCTUATION else kind
    if len(lengths) > 1:
        return f"{kind}+"
    (length,) = lengths
    return kind if length == 1 else f"{kind}{{{length}}}"


def _share(pattern: str, texts: Sequence[str]) -> float:
    form = re.compile(pattern)
    return sum(bool(form.search(one)) for one in texts) / len(texts) if texts else 0.0


def read_as(texts: Sequence[str], written: Mapping[str, str]) -> Iterator[str]:
    """Yield what nearly all texts can be read as, the narrowest first.

    Args:
        texts: some.
        written: how each kind is written.
    """
    for kind in (one for one in READ_AS if one in written):
        if _share(written[kind], texts) >= SHARE:
            yield kind
