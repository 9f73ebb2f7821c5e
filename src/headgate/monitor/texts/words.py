"""Cuts texts into words, and counts what repeats and what cannot be printed."""

from __future__ import annotations

import re
import unicodedata

WORD = re.compile(r"\w+")
TOKEN = re.compile(r"\w+|[^\w\s]")
N_GRAM = 4
N_GRAMS_LEAST = 8
"""Runs of words below which a text is too short to repeat itself [count]."""

USUAL_CONTROLS = frozenset("\n\r\t")


def words_of(text: str) -> list[str]:
    """Cut a text into its words, in small letters, composed signs as one.

    >>> words_of("It's 5 o'clock, Zoë!")
    ['it', 's', '5', 'o', 'clock', 'zoë']
    """
    return WORD.findall(unicodedata.normalize("NFC", text).lower())


def n_tokens(text: str) -> int:
    """Count words and marks, about as a language model's tokens; its own are some more [count].

    >>> n_tokens("It's late.")
    5
    """
    return len(TOKEN.findall(text))


def repetition(words: list[str]) -> float:
    """Return the share of runs of four words that stood in the text before [ratio].

    >>> repetition("the end is near and".split() * 4) > 0.6, repetition(["a", "b"])
    (True, 0.0)
    """
    n = len(words) - N_GRAM + 1
    if n < N_GRAMS_LEAST:
        return 0.0
    return 1 - len({tuple(words[at : at + N_GRAM]) for at in range(n)}) / n


def odd_share(text: str) -> float:
    """Return the share of signs that no one prints: controls, unassigned, replaced [ratio].

    >>> odd_share("ok"), odd_share("o" + chr(0))
    (0.0, 0.5)
    """
    if not text:
        return 0.0
    if text.isprintable() and "\ufffd" not in text:
        return 0.0
    return sum(_is_odd(sign) for sign in text) / len(text)


def _is_odd(sign: str) -> bool:
    if sign == "\ufffd":
        return True
    return sign not in USUAL_CONTROLS and unicodedata.category(sign) in {"Cc", "Cn", "Co", "Cs"}
