"""Drift has the numbers of scipy and of Evidently on the same rows, or a reason that is checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import scipy.special
import scipy.stats
from scipy.spatial import distance

from headgate.monitor.adopting.comparing import compare
from headgate.monitor.adopting.peer import Asked, Wanted, ask
from headgate.monitor.adopting.recomputed import recompute
from headgate.monitor.adopting.reports import Compared
from headgate.monitor.adopting.windows import Column, sides
from headgate.monitor.exchange.methods import METHODS
from headgate.monitor.metrics.chi_square import chi_square
from headgate.monitor.metrics.energy_distance import energy_distance
from headgate.monitor.metrics.jensen_shannon import jensen_shannon
from headgate.monitor.metrics.kl_divergence import kl_divergence
from headgate.monitor.metrics.ks_statistic import ks_pvalue, ks_statistic
from headgate.monitor.metrics.mann_whitney import mann_whitney_pvalue
from headgate.monitor.metrics.psi import psi
from headgate.monitor.metrics.wasserstein import wasserstein
from headgate.spine.context import Context
from tests.monitor.adopting.windows import window, written

RNG = np.random.default_rng(5)
BEFORE, AFTER = (window(RNG, moved=moved) for moved in (False, True))
EXACT = 1e-6


def of_scipy(name: str) -> Callable[[Any, Any], float]:
    """Return scipy's number of two windows."""
    stats: Any = scipy.stats
    if name in {"ks_statistic", "ks_pvalue"}:
        place = 0 if name == "ks_statistic" else 1
        return lambda a, b: stats.ks_2samp(a, b)[place]
    return {
        "wasserstein": stats.wasserstein_distance,
        "energy_distance": stats.energy_distance,
        "mann_whitney_pvalue": lambda a, b: stats.mannwhitneyu(a, b).pvalue,
    }[name]


@pytest.mark.row("S2-11", part="scipy")
@pytest.mark.parametrize(
    "ours", [ks_statistic, ks_pvalue, wasserstein, energy_distance, mann_whitney_pvalue]
)
@pytest.mark.parametrize("column", ["amount", "outlier", "tiny", "items"])
def test_numbers_of_numbers_are_scipys(ours: Callable[..., float], column: str) -> None:
    before, after = BEFORE[column], AFTER[column]

    theirs = of_scipy(ours.__name__)(before, after)

    assert ours(before, after) == pytest.approx(theirs, rel=EXACT, abs=1e-12)


@pytest.mark.row("S2-11", part="scipy")
def test_numbers_of_categories_are_scipys() -> None:
    before, after = BEFORE["two"], AFTER["two"]
    counts = np.array([[np.sum(one == name) for name in ("no", "yes")] for one in (before, after)])
    p, q = counts[0] / counts[0].sum(), counts[1] / counts[1].sum()

    found = {one.__name__: one(before, after) for one in (psi, kl_divergence, jensen_shannon)}

    both = scipy.special.rel_entr(p, q).sum() + scipy.special.rel_entr(q, p).sum()
    assert found["psi"] == pytest.approx(both, rel=EXACT)
    assert found["kl_divergence"] == pytest.approx(scipy.stats.entropy(p, q), rel=EXACT)
    assert found["jensen_shannon"] == pytest.approx(distance.jensenshannon(p, q), rel=EXACT)
    theirs: Any = scipy.stats.chi2_contingency(counts, correction=False)
    assert chi_square(before, after) == pytest.approx(theirs.statistic, rel=EXACT)


def test_an_outlier_blinds_bins_of_equal_width_and_leaves_ours_as_they_were() -> None:
    pairs = {name: (BEFORE["amount"], AFTER[name]) for name in ("amount", "outlier")}

    theirs = [
        recompute("psi", sides(Column(name, "number", *both)).pair) for name, both in pairs.items()
    ]
    ours = [psi(*both) for both in pairs.values()]

    shown, hidden = theirs
    assert shown is not None
    assert hidden is not None
    assert shown > 0.2
    assert hidden < 0.001
    assert ours[1] == pytest.approx(ours[0], rel=0.01)


def asked(context: Context, python: str, paths: tuple[Path, Path], *, is_old: bool) -> Any:
    """Ask Evidently for every method on every column it is for; return what both say."""
    kinds = {"category": ("city", "two"), "text": ()}
    kinds["number"] = tuple(name for name in BEFORE if name not in kinds["category"])
    wishes = tuple(
        Wanted(column, one.name)
        for one in METHODS
        for column in kinds["category" if one.name in CATEGORIES else "number"]
        if one.name in CATEGORIES or one.metric
    ) + tuple(Wanted(column, name) for column in kinds["category"] for name in CELLS)
    wishes = tuple(one for one in wishes if one.method not in SLOW)
    said = ask(context, Asked(*map(str, paths), kinds=kinds, wishes=wishes, is_old=is_old), python)
    before, after = (pq.read_table(path) for path in paths)
    for wish, score in zip(wishes, said.scores, strict=True):
        kind: Any = "category" if wish.column in kinds["category"] else "number"
        made = Column(wish.column, kind, before[wish.column], after[wish.column])
        yield wish, compare(made, sides(made), wish, score)


CATEGORIES = frozenset({"chisquare", "z", "g_test", "fisher_exact", "TVD"})
CELLS = ("psi", "jensenshannon", "kl_div", "hellinger")
SLOW = frozenset({"TVD", "empirical_mmd"})
"""They reshuffle rows, or compare every row with every other."""
SAME = frozenset({"wasserstein", "ks", "ed", "es", "anderson", "cramer_von_mises", "z"})
"""Methods whose number is ours on every column; but `z` looks at one category of several."""


@pytest.mark.full
@pytest.mark.row("S2-11", part="evidently")
@pytest.mark.parametrize(("n", "is_old"), [(6000, False), (800, False), (6000, True)])
def test_numbers_are_those_of_evidently_or_the_reason_is_checked(
    context: Context, evidently_python: str, tmp_path: Path, n: int, *, is_old: bool
) -> None:
    paths = written(tmp_path, n=n)

    found: list[tuple[Wanted, Compared]] = list(
        asked(context, evidently_python, paths, is_old=is_old)
    )

    answered = [(wish, one) for wish, one in found if one.theirs is not None]
    assert len(answered) > 80
    assert [one for _, one in found if not one.is_explained] == []
    for wish, one in answered:
        if wish.method in SAME and (wish.method, one.column) != ("z", "city"):
            assert one.same == pytest.approx(one.theirs, rel=EXACT, abs=1e-9), one
    refused = {wish.method for wish, one in found if one.theirs is None}
    assert refused <= {"z", "fisher_exact"}


@pytest.mark.full
@pytest.mark.row("S2-11", part="outlier")
def test_evidently_itself_is_blinded_by_one_value(
    context: Context, evidently_python: str, tmp_path: Path
) -> None:
    paths = written(tmp_path)
    wishes = (Wanted("amount", "psi"), Wanted("outlier", "psi"), Wanted("outlier", "jensenshannon"))
    kinds = {"number": ("amount", "outlier"), "category": (), "text": ()}

    said = ask(context, Asked(*map(str, paths), kinds=kinds, wishes=wishes), evidently_python)

    shown, hidden, also = (one.score for one in said.scores)
    assert shown is not None
    assert hidden is not None
    assert also is not None
    assert shown > 0.2
    assert hidden < 0.001
    assert also < 0.05
    assert [one.detected for one in said.scores] == [True, False, False]
