"""How free text has moved: prompts, answers and retrieved texts, each a column like any other.

Of each text a few numbers are taken, and their distributions compared as those of any column.
Refusals, broken formats, empty texts, loops, unprintable signs and near duplicates are shares, and
raise an alert when they grow. No text is kept of the reference, and of its words digests only.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from headgate.core.errors import Invalid
from headgate.monitor import sketches
from headgate.monitor.documents import Count, Some
from headgate.monitor.metrics._numbers import Floats, numbers
from headgate.monitor.nouns import Measured
from headgate.monitor.performance.answered import column_of
from headgate.monitor.profiles.categorical import CategoryColumn
from headgate.monitor.profiles.numeric import NumberColumn
from headgate.monitor.texts.columns import (
    Counted,
    counted,
    digest_of,
    holds_text,
    in_texts,
    is_object,
    is_text,
    parser_of,
    sampled,
)
from headgate.monitor.thresholds import N_LEAST, NULL_SHARE, Threshold, threshold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

N_TEXTS_OF_WORD = 2
"""Texts that have a word, below which it is no part of the vocabulary [count]."""

SHARE_OF_JSON = 0.95
"""So many texts of the reference are JSON where JSON is expected though nobody said so [ratio]."""


class TextSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How texts are compared.

    Args:
        columns: those of free text; all that look like it if none is named.
        schemas: for a column the JSON Schema that its texts keep to; an empty one asks for JSON
            of any kind. JSON is also asked for where nearly all texts of the reference are.
        n_most: texts of each window that are looked at, chosen by the seed [count].
        n_words: words of the vocabulary, the most frequent ones [count].
        growth: by how much a share has to grow to matter [ratio].
        near: share of runs of words that near duplicates have in common at least [ratio].
        seed: of the sample.
    """

    columns: tuple[str, ...] = ()
    schemas: dict[str, dict[str, Any]] = {}
    n_most: Some = 5000
    n_words: Count = 50_000
    growth: Annotated[float, Meta(ge=0, le=1)] = 0.03
    near: Annotated[float, Meta(ge=0.3, le=1)] = 0.8
    seed: int = 0


DEFAULT = TextSettings()


class TextColumn(msgspec.Struct, frozen=True):
    """A column of texts of the reference.

    Args:
        n: texts of the sample that are not empty [count].
        numbers: of each text, by the metric's name.
        hits: texts that bear a mark, and those that could, by the mark's name [count].
        languages: of each text.
        vocabulary: digests of words, uint64, ascending.
        is_json: its texts are asked to be JSON.
    """

    n: int
    numbers: dict[str, NumberColumn]
    hits: dict[str, tuple[int, int]]
    languages: CategoryColumn
    vocabulary: bytes
    is_json: bool


class TextReference(msgspec.Struct, frozen=True):
    """What is kept of a reference's texts.

    Args:
        columns: each column by its name.
    """

    columns: dict[str, TextColumn]


def fit_text_drift(table: pa.Table, settings: TextSettings = DEFAULT) -> TextReference:
    """Fit the columns of free text of a reference; those without any text are left out.

    Args:
        table: the reference.
        settings: which columns, and what is asked of them.

    Raises:
        NotFound: a named column is not there.
        Invalid: a schema is none, or a named column holds no text.
    """
    names = settings.columns or tuple(each for each in table.column_names if is_text(table[each]))
    fitted = {each: _fitted(column_of(table, each), each, settings) for each in names}
    return TextReference({name: each for name, each in fitted.items() if each is not None})


def text_drift(
    reference: TextReference, window: pa.Table, settings: TextSettings = DEFAULT
) -> list[Measured]:
    """Compare the texts of a window with the reference's.

    Args:
        reference: as fitted.
        window: its rows; a column that it has not, or that is no text any more, is left out.
        settings: as for the reference.

    Returns:
        For each column `signs`, `words`, `repetition` and `unknown_words` by psi and by wasserstein
        in standard deviations (metric `words:psi` and so on), `language` by jensen_shannon, and
        the share of each mark with what its growth needs to be no chance.

    Raises:
        Invalid: a schema is none.
        Unavailable: scipy, or the library for schemas, is not installed.
    """
    found: list[Measured] = []
    for name, fitted in reference.columns.items():
        if name not in window.column_names or not holds_text(window[name]):
            continue
        texts = sampled(window[name], n_most=settings.n_most, seed=settings.seed)
        now = counted(texts, _parser(name, settings, is_json=fitted.is_json), near=settings.near)
        found += _of_marks(name, fitted, now, settings)
        if now.words:
            known = frozenset(np.frombuffer(fitted.vocabulary, np.uint64).tolist())
            unknown = _unknown(now, lambda word, known=known: digest_of(word) not in known)
            of_texts = now.numbers | {"unknown_words": unknown}
            found += _of_numbers(name, fitted, of_texts)
            found.append(_of_languages(name, fitted, now))
    return found


def _fitted(values: Any, name: str, settings: TextSettings) -> TextColumn | None:
    if not holds_text(values):
        raise Invalid(f"{name} holds {values.type}, not text", mend="name columns of text")
    texts = sampled(values, n_most=settings.n_most, seed=settings.seed)
    full = [each for each in texts.values if each.strip()]
    if not full:
        return None
    is_json = name in settings.schemas or sum(map(is_object, full)) >= SHARE_OF_JSON * len(full)
    found = counted(texts, _parser(name, settings, is_json=is_json), near=settings.near)
    in_how_many = in_texts(found.words)
    # a text that is left out of its own reference: so is a new text measured
    unknown = _unknown(found, lambda word: in_how_many[word] <= N_TEXTS_OF_WORD)
    most = [word for word, n in in_how_many.most_common(settings.n_words) if n >= N_TEXTS_OF_WORD]
    digests = np.sort(np.array([digest_of(each) for each in most], dtype=np.uint64))
    of_texts = found.numbers | {"unknown_words": unknown}
    return TextColumn(
        n=len(full),
        numbers={metric: NumberColumn.fit(numbers(each)) for metric, each in of_texts.items()},
        hits=found.hits,
        languages=CategoryColumn.fit(found.languages),
        vocabulary=digests.tobytes(),
        is_json=is_json,
    )


def _parser(name: str, settings: TextSettings, *, is_json: bool) -> Callable[[str], bool] | None:
    return parser_of(settings.schemas.get(name), name=name) if is_json else None


def _unknown(found: Counted, is_unknown: Callable[[str], bool]) -> Floats:
    """Return the share of each text's words that are unknown, shape (n,)."""
    verdicts = {word: is_unknown(word) for word in set().union(*found.words)}
    return np.array(
        [sum(verdicts[word] for word in words) / max(1, len(words)) for words in found.words]
    )


def _of_numbers(name: str, fitted: TextColumn, of_texts: dict[str, Floats]) -> Iterator[Measured]:
    for metric, values in of_texts.items():
        column = fitted.numbers[metric]
        window = column.count(values)
        n, m = column.window.n, window.n
        means = {"mean": float(np.mean(values)), "mean_before": column.mean}
        index = sketches.of_cells("psi", column, window).value
        limit = threshold("psi", n, m)
        yield _number((name, f"{metric}:psi", m), index, limit, means)
        if column.std:
            moved = sketches.wasserstein(column, window, scale="std").value
            limit = threshold("wasserstein", n, m, over=column)
            yield _number((name, f"{metric}:wasserstein", m), moved, limit, means)


def _number(
    of: tuple[str, str, int], value: float, limit: Threshold, evidence: dict[str, float]
) -> Measured:
    name, metric, m = of
    return Measured(
        check="text_drift",
        subject=name,
        metric=metric,
        value=value,
        threshold=limit.value if limit.is_enough else None,
        before=evidence["mean_before"],
        n=m,
        is_exceeded=limit.is_exceeded(value),
        evidence={**evidence, "floor": limit.floor, "null": limit.null},
    )


def _of_languages(name: str, fitted: TextColumn, now: Counted) -> Measured:
    column = fitted.languages
    window = column.count(now.languages)
    value = sketches.of_cells("jensen_shannon", column, window).value
    n, m = column.window.n, window.n
    limit = threshold("jensen_shannon", n, m, over=len(column.names) + 1)
    shares = {each: now.languages.count(each) / m for each in sorted(set(now.languages))}
    before = {each: k / n for each, k in zip(column.names, column.window.counts, strict=True)}
    return Measured(
        check="text_drift",
        subject=name,
        metric="language",
        value=value,
        threshold=limit.value if limit.is_enough else None,
        n=m,
        is_exceeded=limit.is_exceeded(value),
        evidence={"shares": shares, "before": before, "floor": limit.floor, "null": limit.null},
    )


def _of_marks(
    name: str, fitted: TextColumn, now: Counted, settings: TextSettings
) -> Iterator[Measured]:
    for mark, (hits, m) in now.hits.items():
        hits_before, n = fitted.hits.get(mark, (0, 0))
        if not (n and m):
            continue
        before, value = hits_before / n, hits / m
        spread = _spread(before, n, m)
        limit = before + max(settings.growth, NormalDist().inv_cdf(NULL_SHARE) * spread)
        is_enough = min(n, m) >= N_LEAST
        yield Measured(
            check="text_drift",
            subject=name,
            metric=mark,
            value=value,
            threshold=limit if is_enough else None,
            before=before,
            p_value=_p_value((hits_before, n), (hits, m)),
            n=m,
            is_exceeded=is_enough and value > limit,
            evidence={"n_hits": hits, "n_hits_before": hits_before, "n_before": n},
        )


def _spread(before: float, n: int, m: int) -> float:
    """Return the standard error of a difference of shares; one of 0 counts as half a text."""
    share = max(before, 0.5 / n)
    return math.sqrt(share * (1 - min(share, 1 - 0.5 / n)) * (1 / n + 1 / m))


def _p_value(before: tuple[int, int], after: tuple[int, int]) -> float:
    """Test whether the second of two shares is the larger, pooled, by the normal approximation."""
    (a, n), (b, m) = before, after
    pooled = (a + b) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    if not error:
        return 1.0
    return 1 - NormalDist().cdf((b / m - a / n) / error)
