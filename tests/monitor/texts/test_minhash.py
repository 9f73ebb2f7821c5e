"""Near duplicates: every planted pair, no invented one, and the exact share in common."""

from __future__ import annotations

import numpy as np
import pytest

from headgate.monitor.texts.minhash import jaccard, near_groups, near_pairs, runs_of

RNG = np.random.default_rng(1)
WORDS = np.array([f"word{number}" for number in range(5000)])


def texts(n: int) -> list[str]:
    return [" ".join(RNG.choice(WORDS, 50)) for _ in range(n)]


def changed(text: str) -> str:
    words = text.split()
    words[20] = "other"
    return " ".join(words)


def by_hand(one: str, other: str) -> float:
    runs = [
        {tuple(words[at : at + 3]) for at in range(len(words) - 2)}
        for words in (one.split(), other.split())
    ]
    return len(runs[0] & runs[1]) / len(runs[0] | runs[1])


def test_every_planted_near_duplicate_is_found_and_nothing_else() -> None:
    originals = texts(400)
    copies = [changed(each) for each in originals[:60]]

    found = list(near_pairs([runs_of(each) for each in originals + copies]))

    assert {(each.one, each.other) for each in found} == {(at, 400 + at) for at in range(60)}
    assert all(
        each.similarity == pytest.approx(by_hand(originals[each.one], copies[each.other - 400]))
        for each in found
    )


def test_pairs_across_two_collections_are_of_one_each() -> None:
    train, test = texts(100), texts(20)
    test[3], test[4] = changed(train[7]), test[5]

    found = list(near_pairs(*([runs_of(text) for text in side] for side in (train, test))))

    assert [(each.one, each.other) for each in found] == [(7, 3)]


def test_copies_of_copies_are_one_group_named_after_the_first() -> None:
    first = texts(1)[0]
    second = changed(first)
    third = second.replace(second.split()[40], "another")

    groups = near_groups([runs_of(each) for each in (*texts(2), first, second, third)])

    assert groups == [0, 1, 2, 2, 2]


def test_a_crowd_of_copies_costs_no_more_than_its_size() -> None:
    crowd = [runs_of(f"the same text over and over again, up to its number {at % 3}") for at in [0]]

    groups = near_groups(crowd * 3000)

    assert set(groups) == {0}


def test_empty_texts_are_near_to_nothing_and_short_ones_are_cut_by_signs() -> None:
    empty, short, alike, other = (
        runs_of(each) for each in ("", "order 4711 please", "order 4712 please", "good morning")
    )

    assert near_groups([empty, empty]) == [0, 1]
    assert 0.3 < jaccard(short, alike) < 0.8
    assert jaccard(short, other) == 0.0
    assert jaccard(short, short) == 1.0


def test_case_marks_and_spacing_make_no_difference() -> None:
    one = runs_of("The order was late, again; nobody called me back about it.")
    other = runs_of("the order  was late again -- nobody called me back about it")

    assert jaccard(one, other) == 1.0
