"""A column of texts, measured: a number, a mark and a language for each text, and its words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import xxhash

from headgate.monitor.metrics._libraries import needing
from headgate.monitor.metrics._numbers import Floats, arrow
from headgate.monitor.texts.language import language_of
from headgate.monitor.texts.minhash import near_groups, runs_of
from headgate.monitor.texts.refusals import refuses
from headgate.monitor.texts.words import odd_share, repetition, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

N_WORDS_OF_TEXT = 4
N_SIGNS_OF_SENTENCE = 40
SHARE_DISTINCT = 0.2
"""What makes a text of a category: so many words on average, and either as many signs or so many
different values among all [count, count, ratio]."""

N_SIGNS_UNSPACED = 12
"""The same of scripts without spaces between words [signs]."""

LOOPS_FROM = 0.5
"""A text of which this share of runs of words repeats goes round in circles [ratio]."""

UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What a text that is no JSON raises; the last one if it opens brackets in a loop."""

N_NEAR = 2000
"""Texts among which near duplicates are counted, so that windows of any size compare [count]."""


class Texts(NamedTuple):
    """A sample of a column's texts.

    Args:
        values: those that are there, an empty one among them.
        n_missing: rows of the sample without one [count].
        n_rows: rows of the whole column [count].
    """

    values: list[str]
    n_missing: int
    n_rows: int


class Counted(NamedTuple):
    """What was counted of a sample.

    Args:
        numbers: of each text that is not empty, by the metric's name, shape (n,).
        hits: texts that bear a mark, and those that could, by the mark's name [count].
        languages: of each text that is not empty.
        words: of each text that is not empty.
    """

    numbers: dict[str, Floats]
    hits: dict[str, tuple[int, int]]
    languages: list[str]
    words: list[list[str]]


def is_text(values: Any) -> bool:
    """Tell free text from categories and names, by words, length and how many values differ."""
    import pyarrow as pa

    kind = values.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    known = [each for each in arrow(values).drop_null().slice(0, 2000).to_pylist() if each.strip()]
    if not known:
        return False
    n_words = float(np.mean([len(each.split()) for each in known]))
    n_signs = float(np.mean([len(each) for each in known]))
    is_long = n_signs >= N_SIGNS_OF_SENTENCE or len(set(known)) >= SHARE_DISTINCT * len(known)
    if n_words < N_WORDS_OF_TEXT:
        return n_signs >= N_SIGNS_UNSPACED and _is_unspaced(known)
    return is_long


def holds_text(values: Any) -> bool:
    """Tell a column of text, of whatever kind, or of nothing, from one of something else."""
    import pyarrow as pa

    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    of_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return pa.types.is_null(kind) or any(is_one(kind) for is_one in of_text)


def sampled(values: Any, *, n_most: int, seed: int) -> Texts:
    """Take at most so many texts of a column, in their order."""
    column = arrow(values)
    if len(column) > n_most:
        chosen = np.random.default_rng(seed).choice(len(column), n_most, replace=False)
        picked = column.take(_indices(np.sort(chosen)))
    else:
        picked = column
    found = [each for each in picked.to_pylist() if each is not None]
    return Texts(found, len(picked) - len(found), len(column))


def counted(texts: Texts, parses: Callable[[str], bool] | None, *, near: float) -> Counted:
    """Count what each text shows by itself, and which are nearly the same.

    Args:
        texts: the sample.
        parses: whether a text has the form that is asked of it; nothing if none is.
        near: share of runs that near duplicates have in common at least [ratio].
    """
    full = [each for each in texts.values if each.strip()]
    words = [words_of(each) for each in full]
    repeats = np.array([repetition(each) for each in words])
    numbers = {
        "signs": np.array([len(each) for each in full], dtype=np.float64),
        "words": np.array([len(each) for each in words], dtype=np.float64),
        "repetition": repeats,
    }
    n, n_all = len(full), len(texts.values)
    heads = near_groups([runs_of(each) for each in full[:N_NEAR]], least=near)
    hits = {
        "empty": (n_all - n, n_all),
        "refusal": (sum(map(refuses, full)), n),
        "loop": (int(np.count_nonzero(repeats > LOOPS_FROM)), n),
        "unprintable": (sum(odd_share(each) > 0 for each in full), n),
        "near_duplicate": (len(heads) - len(set(heads)), len(heads)),
    }
    if parses is not None:
        hits["format_failure"] = (n - sum(map(parses, full)), n)
    return Counted(numbers, hits, [language_of(each) for each in full], words)


def parser_of(schema: dict[str, Any] | None, *, name: str) -> Callable[[str], bool]:
    """Return what tells whether a text is JSON, and valid by a schema if there is one.

    Raises:
        Invalid: the schema is none.
        Unavailable: the library for schemas is not installed.
    """
    if not schema:
        return is_json
    from headgate.core.errors import Invalid

    with needing("a check by JSON Schema"):
        import jsonschema_rs
    try:
        validator = jsonschema_rs.validator_for(schema)
    except (ValueError, jsonschema_rs.ValidationError) as error:
        raise Invalid(
            f"the schema of {name} is none: {str(error).splitlines()[0]}",
            mend="give a JSON Schema as an object",
        ) from error

    def is_valid(text: str) -> bool:
        try:
            return validator.is_valid(msgspec.json.decode(text))
        except UNREADABLE:
            return False

    return is_valid


def is_json(text: str) -> bool:
    """Say whether a text is JSON.

    >>> is_json('{"a": 1}'), is_json("Sure! Here is the JSON you asked for")
    (True, False)
    """
    try:
        msgspec.json.decode(text)
    except UNREADABLE:
        return False
    return True


def is_object(text: str) -> bool:
    """Say whether a text is JSON of an object or array, which no answer in prose is by chance."""
    return text.lstrip()[:1] in {"{", "["} and is_json(text)


def digest_of(word: str) -> int:
    """Return 64 bits that stand for a word."""
    return xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass"))


def in_texts(words: Sequence[Sequence[str]]) -> Counter[str]:
    """Count for each word the texts that have it."""
    return Counter(word for each in words for word in set(each))


def _is_unspaced(known: list[str]) -> bool:
    """Tell scripts without spaces between words, such as Chinese, Japanese and Thai."""
    told = [language_of(each) in {"zh", "ja", "th"} for each in known[:200]]
    return 2 * sum(told) > len(told)


def _indices(chosen: Any) -> Any:
    import pyarrow as pa

    return pa.array(chosen)
