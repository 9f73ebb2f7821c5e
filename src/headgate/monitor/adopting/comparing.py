"""Holds Evidently's number and verdict of a column against ours, and says why they differ.

A difference counts as explained if Evidently's number comes out again by its own rules from the
same values, and its verdict follows from its number. Nothing is explained by its looks.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from headgate.core.errors import Invalid
from headgate.monitor.adopting.peer import Score, Wanted
from headgate.monitor.adopting.recomputed import Pair, n_bins, recompute, shares
from headgate.monitor.adopting.reports import Compared
from headgate.monitor.adopting.windows import Column, Sides
from headgate.monitor.exchange.methods import Method, method
from headgate.monitor.thresholds import FLOORS, threshold
from headgate.spine.registry import load_module

NEAR = 1e-6
"""Two numbers are the same within this share of the larger [ratio]."""
NOTHING = 1e-9
"""Or if both are smaller than this; so small p-values are all one."""
STRETCHED = 0.98
"""From this share of the rows in one bin on, bins of equal width see next to nothing [ratio]."""
PLAIN = ("psi", "jensen_shannon", "kl_divergence", "hellinger")


class Ours(NamedTuple):
    """What we say of a column.

    Args:
        same: by Evidently's formula or test; nothing where there is none.
        value: of the metric that a monitor watches.
        limit: from where that is worth a look.
        null: what it shows without drift at this size.
        is_enough: both windows are long enough for an alert.
    """

    same: float | None
    value: float | None
    limit: float
    null: float
    is_enough: bool

    @property
    def is_drift(self) -> bool:
        """Whether it is worth a look."""
        return self.is_enough and self.value is not None and self.value > self.limit


def compare(column: Column, held: Sides, wish: Wanted, said: Score) -> Compared:
    """Compare what both say of a column.

    Args:
        column: its name and kind.
        held: its values.
        wish: how its drift was to be told.
        said: what Evidently says.
    """
    known = method(said.told or wish.method or "")
    found = Compared(
        column=column.name,
        kind=column.kind,
        method=said.told or wish.method or "",
        theirs=said.score,
        their_limit=said.limit,
        their_drift=said.detected,
        metric=known.metric if known else "",
    )
    if said.score is None or known is None:
        return _unanswered(found, said, known)
    try:
        ours = _ours(known, held, wish)
    except Invalid as error:
        return _with(found, reasons=(f"there is no number here: {error.message}",))
    number, is_number_explained = _about_number(known, held, said.score, ours)
    verdict, is_verdict_explained = _about_verdict(known, held, said, ours)
    reasons = tuple(one for one in (number, verdict) if one)
    return _with(
        found,
        same=ours.same,
        ours=ours.value,
        limit=ours.limit,
        drift=ours.is_drift,
        reasons=reasons,
        is_same=not reasons,
        is_explained=is_number_explained and is_verdict_explained,
    )


def _with(found: Compared, **more: Any) -> Compared:
    import msgspec

    return msgspec.structs.replace(found, **more)


def _unanswered(found: Compared, said: Score, known: Method | None) -> Compared:
    if said.score is None:
        what = said.error or "its number is none"
        return _with(found, reasons=(f"Evidently gives no number: {what}",))
    why = known.instead if known else "it is a method of the user's own"
    return _with(found, reasons=(why,), is_explained=known is not None)


def _ours(known: Method, held: Sides, wish: Wanted) -> Ours:
    """Compute our number by the same formula, and what a monitor would say."""
    same = _computed(known.number, held) if known.number else None
    if not known.metric:
        return Ours(same, None, math.inf, 0.0, is_enough=False)
    value = same if known.number == known.metric else _computed(known.metric, held)
    over: Any = held.before
    if known.metric in PLAIN:
        over = held.n_values if held.pair.is_category else min(10, held.n_values)
    limit = threshold(known.metric, held.n, held.m, over=over)
    floor = FLOORS.get(known.metric, (known.default, 0.0))[0]
    if wish.threshold is not None and not known.is_p_value:
        floor = wish.threshold
    return Ours(same, value, max(floor, limit.null), limit.null, limit.is_enough)


def _computed(name: str, held: Sides) -> float | None:
    """Call one of our metrics, or the p-value that stands beside one."""
    file = "ks_statistic" if name == "ks_pvalue" else name.removesuffix("_pvalue")
    function = getattr(load_module(f"headgate.monitor.metrics.{file}"), name)
    given: dict[str, Any] = {"scale": "std"} if name == "wasserstein" else {}
    if held.pair.n_distinct < 2 and name == "wasserstein":  # noqa: PLR2004 - it has no spread
        return None
    return float(function(held.before, held.after, missing="drop", **given))


def _about_number(known: Method, held: Sides, score: float, ours: Ours) -> tuple[str, bool]:
    """Say why the numbers differ, and whether that was found to be so."""
    if not known.number:
        return known.instead, True
    if ours.same is not None and is_near(score, ours.same):
        return "", True
    again = recompute(known.name, held.pair)
    if again is None or not is_near(score, again):
        what = "nothing" if again is None else f"{again:.9g}"
        mine = "nothing" if ours.same is None else f"{ours.same:.9g}"
        return f"not explained: {score:.9g} there, {mine} here, {what} by its own rules", False
    return _rule(known, held.pair), True


def _rule(known: Method, pair: Pair) -> str:
    """Say which of Evidently's rules makes its number another one than ours."""
    if known.name == "chisquare":
        return "it takes the reference's shares for exact; here both windows are samples"
    if known.name == "mannw":
        return "it asks only whether values grew; here whether they moved either way"
    if known.name == "z":
        return f"it looks at one of {len(pair.counts[0])} categories; here at all of them"
    if known.name == "wasserstein":
        return "it divides by 0.001 where the reference has less spread"
    n = n_bins(pair)
    if n:
        fullest = float(shares(pair, filled=False)[0].max())
        said = f"{n} bins of equal width over both windows there, deciles of the reference here"
        if fullest >= STRETCHED:
            return f"{said}; one of its bins holds {fullest:.1%} of the reference: an outlier"
        return said
    if not pair.is_category and pair.n_distinct > 10:  # noqa: PLR2004 - our bins
        return f"a cell for each of {pair.n_distinct} values there, ten cells here"
    return "an empty cell counts as a share of 0.0001 or less there, as half a value here"


def _about_verdict(known: Method, held: Sides, said: Score, ours: Ours) -> tuple[str, bool]:
    """Say why the verdicts differ, and whether Evidently's follows from its own number."""
    if said.detected is None or said.detected == ours.is_drift:
        return "", True
    limit = known.default if said.limit is None else said.limit
    is_own = said.score is not None and known.is_drift(said.score, limit) == said.detected
    if not is_own:
        return f"not explained: {said.score} against {limit} is called {said.detected}", False
    value = math.nan if ours.value is None else ours.value
    mine = f"{known.metric} {value:.3g} against {ours.limit:.3g}"
    if not ours.is_enough:
        return f"{min(held.n, held.m)} values; below 500 a window raises no alert here", True
    if known.is_p_value and said.detected:
        return f"a p-value says that there is a difference, {mine} that it is too small", True
    if known.is_p_value:
        return f"its p-value is {said.score:.3g}; {mine}", True
    if said.detected and ours.null > limit:
        return f"noise alone reaches {ours.null:.3g} in windows of this size", True
    return f"{said.score:.3g} against {limit:.3g} there, {mine} here", True


def is_near(one: float, other: float) -> bool:
    """Tell whether two numbers are the same, up to rounding.

    >>> is_near(0.1, 0.1 + 1e-9), is_near(0.1, 0.11), is_near(1e-40, 1e-30)
    (True, False, True)
    """
    return math.isclose(one, other, rel_tol=NEAR, abs_tol=NOTHING)
