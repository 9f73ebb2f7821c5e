"""What holds of any text: shares are shares, a text is like itself, and nothing breaks a count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.monitor.texts.columns import (
    counted,
    digest_of,
    in_texts,
    is_json,
    is_object,
    is_text,
    sampled,
)
from headgate.monitor.texts.language import language_of, languages
from headgate.monitor.texts.minhash import jaccard, near_groups, near_pairs, runs_of
from headgate.monitor.texts.refusals import refuses
from headgate.monitor.texts.words import n_tokens, odd_share, repetition, words_of

ANY = st.text(max_size=80)
SMALL = ["the", "of", "key", "lamp", "door", "is", "in", "on"]
SENTENCE = st.lists(st.sampled_from(SMALL), max_size=30).map(" ".join)
TEXTS = st.lists(st.one_of(SENTENCE, ANY), max_size=12)


@settings(deadline=None)
@given(ANY)
def test_shares_of_a_text_lie_between_none_and_all(text: str) -> None:
    words = words_of(text)

    assert 0 <= odd_share(text) <= 1
    assert 0 <= repetition(words) <= 1
    assert n_tokens(text) >= len(words)
    assert language_of(text) in {*languages(), "und"}
    assert refuses(text) in {True, False}


@given(ANY)
def test_words_are_the_same_in_capitals_and_with_marks_around_them(text: str) -> None:
    plain = [each for each in words_of(text) if each.isascii()]

    assert words_of(f"({' '.join(plain).upper()})!") == plain


@given(SENTENCE)
def test_a_text_said_twice_repeats_itself(text: str) -> None:
    words = words_of(text)

    assert repetition(words + words) >= repetition(words) or len(words) < 8
    assert repetition(list(map(str, range(len(words))))) == 0.0


@settings(max_examples=50)
@given(ANY, ANY)
def test_likeness_is_the_same_both_ways_and_whole_with_itself(one: str, other: str) -> None:
    first, second = runs_of(one), runs_of(other)

    assert jaccard(first, second) == jaccard(second, first)
    assert 0 <= jaccard(first, second) <= 1
    assert jaccard(first, first) == (1.0 if len(first) else 0.0)


@settings(deadline=None)
@given(TEXTS)
def test_each_group_is_named_after_its_first_and_holds_equal_texts_together(
    texts: list[str],
) -> None:
    runs = [runs_of(each) for each in texts]

    groups = near_groups(runs)

    assert all(group <= at and groups[group] == group for at, group in enumerate(groups))
    for one, first in enumerate(texts):
        for other, second in enumerate(texts):
            if first == second and len(runs[one]):
                assert groups[one] == groups[other]


@settings(deadline=None)
@given(TEXTS)
def test_every_pair_that_is_told_is_as_like_as_it_says(texts: list[str]) -> None:
    runs = [runs_of(each) for each in texts]

    for pair in near_pairs(runs, least=0.6):
        assert pair.one < pair.other
        assert pair.similarity == jaccard(runs[pair.one], runs[pair.other]) >= 0.6


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), SENTENCE, ANY), min_size=1, max_size=15))
def test_counts_of_marks_never_exceed_the_texts_that_could_bear_them(values: list[Any]) -> None:
    column = pa.array(values, pa.string())

    found = counted(sampled(column, n_most=10, seed=1), is_json, near=0.8)

    assert all(0 <= hits <= n for hits, n in found.hits.values())
    assert len(found.languages) == len(found.words) == len(found.numbers["signs"])
    assert is_text(pa.chunked_array([column])) in {True, False}


def test_pairs_with_four_fifths_in_common_are_nearly_all_found() -> None:
    rng = np.random.default_rng(5)
    words = np.array([f"word{number}" for number in range(20_000)])
    texts, copies = [], []
    for _ in range(300):
        text = rng.choice(words, 60)
        copy = text.copy()
        copy[[10, 40]] = "other"
        texts.append(runs_of(" ".join(text)))
        copies.append(runs_of(" ".join(copy)))

    found = list(near_pairs(texts, copies, least=0.75))

    likeness = [jaccard(*pair) for pair in zip(texts, copies, strict=True)]
    assert np.mean(likeness) == pytest.approx(52 / 64, abs=0.01)
    assert len(found) >= 0.99 * len(texts)
    assert all(each.one == each.other for each in found)


def test_words_are_counted_by_the_texts_that_have_them() -> None:
    found = in_texts([["a", "a", "b"], ["a"], []])

    assert found == {"a": 2, "b": 1}
    assert digest_of("a") != digest_of("b")


@pytest.mark.parametrize(
    ("text", "json", "container"),
    [
        ('{"a": [1, 2]}', True, True),
        ("  [1]", True, True),
        ("12", True, False),
        ('"said"', True, False),
        ("{a: 1}", False, False),
        ("", False, False),
    ],
)
def test_an_object_is_told_from_a_number_that_is_json_by_chance(
    text: str, json: bool, container: bool
) -> None:
    assert is_json(text) is json
    assert is_object(text) is container
