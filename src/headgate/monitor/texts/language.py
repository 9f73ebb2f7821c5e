"""Which language a text is in, told by its script and its commonest small words.

No model is needed, and none is fetched: scripts tell Greek from Thai, a few letters Ukrainian from
Russian, and fifteen languages of the Latin script differ in their articles, pronouns and
conjunctions. A text without any of these, such as a number, a name or code, is `und`, undetermined.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import NamedTuple

from headgate.monitor.texts.words import words_of

UNDETERMINED = "und"
N_SIGNS, N_WORDS = 1000, 200
"""So much of a text is read from its beginning [count]."""

LETTER_WEIGHT = 0.2
SCRIPTS: tuple[tuple[int, int, str], ...] = (
    (0x0370, 0x03FF, "el"),
    (0x0400, 0x04FF, "ru"),
    (0x0590, 0x05FF, "he"),
    (0x0600, 0x06FF, "ar"),
    (0x0900, 0x097F, "hi"),
    (0x0E00, 0x0E7F, "th"),
    (0x3040, 0x30FF, "ja"),
    (0x4E00, 0x9FFF, "zh"),
    (0xAC00, 0xD7AF, "ko"),
)
SIBLINGS = {
    "ru": ("uk", frozenset("\u0456\u0457\u0454\u0491")),
    "ar": ("fa", frozenset("\u067e\u0686\u0698\u06af")),
}
"""Languages of one script, and the letters that only the second one has."""

N_LEAST_SIGNS = 2
SHARE_OF_SCRIPT = 0.3
LEAST_SCORE, LEAST_SHARE = 0.45, 0.06
"""From where the small words found are more than chance: weight, and weight by words."""


class Latin(NamedTuple):
    """What the languages of the Latin script are told by.

    Args:
        names: their codes.
        weights: for each small word the languages that have it; it weighs the less, the more.
        letters: for each letter the languages that it is typical of.
    """

    names: tuple[str, ...]
    weights: dict[str, list[tuple[str, float]]]
    letters: dict[str, list[str]]


@cache
def latin() -> Latin:
    """Read the list of small words and letters of each language."""
    text = files(__package__ or "").joinpath("languages.txt").read_text("utf-8")
    listed = [line.split("\t") for line in text.splitlines()]
    words = {name: frozenset(small.split()) for name, _, small in listed}
    n_languages = Counter(word for each in words.values() for word in each)
    weights: dict[str, list[tuple[str, float]]] = {}
    letters: dict[str, list[str]] = {}
    for name, typical, _ in listed:
        for word in words[name]:
            weights.setdefault(word, []).append((name, 1 / n_languages[word]))
        for letter in typical:
            letters.setdefault(letter, []).append(name)
    return Latin(tuple(words), weights, letters)


def languages() -> tuple[str, ...]:
    """List the languages that can be told, by code."""
    return (
        *latin().names,
        *(name for _, _, name in SCRIPTS),
        *(new for new, _ in SIBLINGS.values()),
    )


def language_of(text: str) -> str:
    """Return the language of a text by its two-letter code (ISO 639-1), or `und`.

    >>> language_of("Where is the key of the house?"), language_of("Wo ist der Schlüssel?")
    ('en', 'de')
    >>> language_of("Где ключ от дома?"), language_of("4711")
    ('ru', 'und')
    """
    beginning = text[:N_SIGNS]
    script = _by_script(beginning)
    return script or _by_words(beginning)


def _by_script(text: str) -> str | None:
    if text.isascii():
        return None
    letters = [sign for sign in text if sign.isalpha()]
    counts = Counter(name for name in map(_script_of, letters) if name)
    n_foreign = sum(counts.values())
    if n_foreign < max(N_LEAST_SIGNS, SHARE_OF_SCRIPT * len(letters)):
        return None
    # Japanese mixes its kana with Chinese signs
    name = "ja" if counts["ja"] * 10 >= n_foreign else counts.most_common(1)[0][0]
    sibling, own = SIBLINGS.get(name, ("", frozenset[str]()))
    return sibling if own.intersection(text.lower()) else name


def _script_of(letter: str) -> str | None:
    code = ord(letter)
    if code < SCRIPTS[0][0]:
        return None
    return next((name for low, high, name in SCRIPTS if low <= code <= high), None)


def _by_words(text: str) -> str:
    words = list(islice(words_of(text), N_WORDS))
    told = latin()
    scores: defaultdict[str, float] = defaultdict(float)
    for word in words:
        for name, weight in told.weights.get(word, ()):
            scores[name] += weight
    if max(scores.values(), default=0.0) < max(LEAST_SCORE, LEAST_SHARE * len(words)):
        return UNDETERMINED
    # letters decide between languages, and alone prove none: a name may bear any
    for sign, n in Counter(text.lower()).items():
        for name in told.letters.get(sign, ()):
            if name in scores:
                scores[name] += LETTER_WEIGHT * n
    return max(scores, key=lambda name: (scores[name], name))
