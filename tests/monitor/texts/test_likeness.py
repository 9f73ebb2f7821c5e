"""Near duplicates are found whatever likeness is asked, and groups hold together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.monitor.texts.minhash import Hashes, jaccard, near_groups, near_pairs, runs_of

SETS = st.lists(st.frozensets(st.integers(0, 12), max_size=8), max_size=8)


def hashes(values: frozenset[int]) -> Hashes:
    return np.array(sorted(values), dtype=np.uint64)


def alike(share: float, n: int, size: int = 200) -> tuple[list[Hashes], list[Hashes]]:
    """Make pairs of sets that have exactly this share in common, and other sets nothing."""
    rng = np.random.default_rng(int(share * 100))
    n_both = round(2 * size * share / (1 + share))
    ones, others = [], []
    for _ in range(n):
        drawn = rng.integers(1, 2**63, 2 * size, dtype=np.uint64)
        ones.append(np.sort(drawn[:size]))
        others.append(np.sort(np.concatenate([drawn[:n_both], drawn[size : 2 * size - n_both]])))
    return ones, others


@pytest.mark.parametrize("share", [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
def test_of_pairs_that_are_just_as_alike_as_asked_nearly_all_are_found(share: float) -> None:
    ones, others = alike(share + 0.01, 200)

    found = list(near_pairs(ones, others, least=share))

    # 99 % are promised; of 200 pairs fewer than 193 come by chance once in 5,000 times
    assert len(found) >= 193
    assert all(each.one == each.other for each in found)
    assert all(each.similarity >= share for each in found)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_pairs_that_are_less_alike_than_asked_are_never_told(share: float) -> None:
    ones, others = alike(share - 0.05, 100)

    assert list(near_pairs(ones, others, least=share)) == []


@settings(deadline=None)
@given(SETS)
def test_the_share_in_common_is_that_of_sets(sets: list[frozenset[int]]) -> None:
    for one in sets:
        for other in sets:
            either = len(one | other)
            expected = len(one & other) / either if either else 0.0
            assert jaccard(hashes(one), hashes(other)) == pytest.approx(expected)


@settings(deadline=None)
@given(SETS)
def test_equal_sets_are_one_group_named_after_the_first(sets: list[frozenset[int]]) -> None:
    groups = near_groups([hashes(each) for each in sets], least=1.0)

    firsts = [sets.index(each) if each else at for at, each in enumerate(sets)]
    assert groups == firsts


@settings(deadline=None)
@given(SETS, st.sampled_from([0.3, 0.5, 0.8]))
def test_groups_are_the_same_as_pairs_joined(sets: list[frozenset[int]], least: float) -> None:
    runs = [hashes(each) for each in sets]

    groups = near_groups(runs, least=least)

    joined = {(each.one, each.other) for each in near_pairs(runs, least=least)}
    assert all(groups[one] == groups[other] for one, other in joined)
    assert len(set(groups)) >= len(sets) - len(joined)
    assert all(groups[head] == head <= at for at, head in enumerate(groups))


def test_looser_asking_finds_what_stricter_asking_finds() -> None:
    ones, others = alike(0.85, 50)

    strict, loose = (
        {(each.one, each.other) for each in near_pairs(ones, others, least=least)}
        for least in (0.8, 0.4)
    )

    assert strict
    assert strict <= loose


def test_runs_of_a_text_are_those_of_three_words_and_of_short_ones_those_of_five_signs() -> None:
    long = "one two three four five six seven eight"
    short = "one two three"

    # eight words have six runs; thirteen signs have nine
    assert len(runs_of(long)) == 6
    assert len(runs_of(short)) == 9
    assert len(runs_of("one")) == 1
    assert len(runs_of(" ".join(["same"] * 50))) == 1
    assert len(runs_of("?!")) == 0


def test_a_late_text_that_joins_two_early_ones_names_the_group_after_the_earliest() -> None:
    narrow, wide, between = (frozenset(range(n)) for n in (1, 4, 2))

    groups = near_groups([hashes(each) for each in (narrow, wide, between)], least=0.5)

    assert groups == [0, 0, 0]


def test_short_sentences_of_one_form_are_paired_as_by_comparing_all_of_them() -> None:
    things = ["parcel", "letter", "invoice", "order", "key", "lamp", "chair", "garden"]
    runs = [runs_of(f"{one} and {two} came late") for one in things for two in things if one != two]

    found = {(each.one, each.other) for each in near_pairs(runs, least=0.6)}

    n = len(runs)
    pairs = {(a, b) for b in range(n) for a in range(b) if jaccard(runs[a], runs[b]) >= 0.6}
    assert len(pairs) == 105
    assert found == pairs
