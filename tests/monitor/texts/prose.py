"""Texts made of a few thousand invented words, the frequent ones far more often than the rest."""

from __future__ import annotations

from itertools import product

import numpy as np

SYLLABLES = ("ba", "do", "ki", "lu", "me", "no", "pa", "ri", "so", "ta", "ve", "zu", "ga", "fe")
WORDS = np.array(["".join(each) for each in product(SYLLABLES, repeat=3)])
SMALL = np.array(["the", "of", "and", "to", "in", "is", "that", "it", "for", "was", "on", "are"])


def prose(
    rng: np.random.Generator, n: int, *, length: float = 30.0, shift: int = 0, small: bool = True
) -> list[str]:
    """Write texts of about so many words.

    Args:
        rng: draws them.
        n: how many [count].
        length: words of a text on average [count].
        shift: how far down the list of words the frequent ones stand.
        small: every other word is a small English one.
    """
    texts: list[str] = []
    for size in rng.poisson(length, n) + 3:
        ranks = np.minimum(rng.zipf(1.3, size), 1000) + shift
        words = WORDS[ranks % len(WORDS)]
        if small:
            words = np.where(rng.random(size) < 0.5, rng.choice(SMALL, size), words)
        texts.append(" ".join(words))
    return texts
