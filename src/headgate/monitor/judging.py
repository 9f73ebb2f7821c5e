"""From numbers to findings: what is worth a look, how bad it is, and since when.

A number is worth a look if it exceeds its own threshold, which the check has set, and if it is
among the discoveries of all columns together (Benjamini and Hochberg). Drift has to show in two of
three windows before it asks for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from headgate.monitor.baseline import Baseline
from headgate.monitor.comparing import n_tests
from headgate.monitor.documents import Budget
from headgate.monitor.harm import harm_of
from headgate.monitor.naming import Name, names_of
from headgate.monitor.nouns import Finding, Harm, Measured
from headgate.monitor.seen import Seen
from headgate.monitor.thresholds import discoveries, persists

Severity = Literal["critical", "error", "warning", "info"]
Subject = tuple[str, str]
PERFORMANCE = frozenset({"estimated_performance", "realised_performance"})
DRIFTS = frozenset(
    {"data_drift", "prediction_drift", "text_drift", "embedding_drift", "new_categories", "missing"}
)
SEVERITIES: tuple[Severity, ...] = ("critical", "error", "warning", "info")
FALSE_SHARE = 0.05
"""Of the numbers that are worth a look so many may be there by chance [ratio]."""
N_WINDOWS = 30
"""Windows of the budget's days where a window is so many rows [count]."""
MOST = 0.001
"""A number without drift exceeds its threshold at most this often, however large the budget."""
FAULTS = frozenset({"unit change", "swapped columns", "constant column"})
"""Kinds of drift that no world brings about, only a broken source."""


class Standing(NamedTuple):
    """What a finding is judged by besides its numbers.

    Args:
        history: what was worth a look in the windows before, the newest last.
        harm: what performance says.
        important: columns that matter to the model.
        names: what the drift of each column is.
    """

    history: Sequence[frozenset[Subject]]
    harm: Harm
    important: frozenset[str]
    names: dict[str, Name]


def share_of(budget: Budget, baseline: Baseline, length_s: float | None) -> float:
    """Translate a budget of false alerts into how often one number may exceed its threshold.

    As if each number that exceeds its threshold were an alert; that two of three windows have to
    show it makes false ones rarer still.

    Args:
        budget: tickets in so many days.
        baseline: says how many numbers each window has.
        length_s: of a window [s]; nothing if it is so many rows.

    Returns:
        The share of windows without drift in which a number stays below its threshold [ratio].
    """
    n_windows = budget.days * 86_400 / length_s if length_s else N_WINDOWS
    columns = baseline.data.columns | baseline.answers.columns
    n = n_tests(columns) + 2 * len(baseline.data.columns)
    return 1 - min(MOST, max(budget.tickets, 0.1) / (max(1.0, n_windows) * max(1, n)))


def discovered(measured: Sequence[Measured]) -> list[Measured]:
    """Take the mark from what may well be chance among so many numbers."""
    tested = [one for one in measured if one.p_value is not None]
    chosen = discoveries([one.p_value or 0.0 for one in tested], false_share=FALSE_SHARE)
    chance = {id(one) for one, is_real in zip(tested, chosen, strict=True) if not is_real}
    return [
        msgspec.structs.replace(one, is_exceeded=False) if id(one) in chance else one
        for one in measured
    ]


def exceeded(measured: Sequence[Measured]) -> frozenset[Subject]:
    """List what is worth a look, each once: the check and its subject."""
    return frozenset((one.check, one.subject) for one in measured if one.is_exceeded)


def judged(
    baseline: Baseline,
    window: Seen,
    measured: Sequence[Measured],
    history: Sequence[frozenset[Subject]],
) -> tuple[Finding, ...]:
    """Make findings of the numbers of a window, the worst first.

    Args:
        baseline: the reference.
        window: counted, with rows of it.
        measured: every number, `discovered` already.
        history: what was worth a look in the windows before, the newest last.
    """
    by_subject: dict[Subject, list[Measured]] = {}
    for one in measured:
        if one.is_exceeded:
            by_subject.setdefault((one.check, one.subject), []).append(one)
    drifted = [name for check, name in by_subject if check in ("data_drift", "prediction_drift")]
    standing = Standing(
        history, harm_of(measured), window.important, names_of(baseline, window, drifted)
    )
    found = [
        _finding(subject, tuple(sorted(ones, key=_excess, reverse=True)), standing)
        for subject, ones in by_subject.items()
        if not _is_told(subject, by_subject, standing)
    ]
    return tuple(sorted(found, key=_rank))


def _is_told(subject: Subject, found: dict[Subject, Any], standing: Standing) -> bool:
    """Say whether another finding tells the same: new names are drift too, for one."""
    check, name = subject
    is_swapped = standing.names.get(name, Name("", "")).kind == "swapped columns"
    if check == "data_drift":
        return ("new_categories", name) in found and not is_swapped
    if check == "new_categories":
        return is_swapped
    return check == "volume" and ("freshness", name) in found


def _finding(subject: Subject, ones: tuple[Measured, ...], standing: Standing) -> Finding:
    first = ones[0]
    name = _name(first, standing)
    is_lasting = persists([*(subject in past for past in standing.history[-2:]), True])
    is_important = first.subject in standing.important or first.check == "prediction_drift"
    is_drift = first.check in DRIFTS
    return Finding(
        check=first.check,
        kind=name.kind,
        subject=first.subject,
        says=f"{first.subject} {name.says} ({', '.join(_shown(one) for one in ones)})",
        severity=_severity(ones, name.kind, is_lasting=is_lasting, is_important=is_important),
        harm=standing.harm if is_drift else "harmful" if first.check in PERFORMANCE else "unknown",
        is_important=is_important,
        persists=is_lasting,
        measured=ones,
    )


def _name(first: Measured, standing: Standing) -> Name:
    if first.check in ("data_drift", "prediction_drift"):
        otherwise = Name("new distribution", "is distributed otherwise")
        return standing.names.get(first.subject, otherwise)
    told = _TOLD.get(first.check)
    if told is not None:
        return told(first)
    kind = "performance" if first.check in PERFORMANCE else first.check.replace("_", " ")
    return Name("broken contract" if kind == "contract" else kind, _moved(first))


def _missing(one: Measured) -> Name:
    before, value = one.before or 0.0, one.value or 0.0
    way = "misses in" if value > before else "misses only in"
    return Name("missing values", f"{way} {value:.1%} of rows, {before:.1%} in the reference")


def _new_names(one: Measured) -> Name:
    names = ", ".join(map(repr, one.evidence.get("names", ())))
    share = f"{one.value or 0.0:.1%}"
    return Name("new category", f"holds names in {share} of rows that are new: {names}")


def _volume(one: Measured) -> Name:
    return Name("volume", f"are {one.value or 0.0:,.0f}, usually {one.before or 0.0:,.0f}")


def _freshness(one: Measured) -> Name:
    if not one.n:
        return Name("nothing came", "did not come in this window")
    return Name("stale data", "are late")


def _schema(one: Measured) -> Name:
    return Name("schema change", _schema_change(one))


def _schema_change(one: Measured) -> str:
    was, now = one.evidence.get("was"), one.evidence.get("is")
    said = {
        "gone": f"is gone, it was {was}",
        "type": f"was {was} and is {now}",
        "new": f"is new, it is {now}",
    }
    return said.get(one.metric, "changed")


_TOLD: dict[str, Callable[[Measured], Name]] = {
    "schema": _schema,
    "missing": _missing,
    "new_categories": _new_names,
    "volume": _volume,
    "freshness": _freshness,
}


def _moved(one: Measured) -> str:
    where = f" where {one.slice_}" if one.slice_ else ""
    estimated = "estimated at" if one.is_estimated else "is"
    was = "" if one.before is None else f", it was {one.before:.4g}"
    return f"{estimated} {one.value:.4g}{where}{was}" if one.value is not None else f"moved{where}"


def _shown(one: Measured) -> str:
    limit = "" if one.threshold is None else f", threshold {one.threshold:.3g}"
    value = "-" if one.value is None else f"{one.value:.3g}"
    where = f" where {one.slice_}" if one.slice_ else ""
    return f"{one.metric} {value}{where}{limit}"


def _severity(
    ones: tuple[Measured, ...], kind: str, *, is_lasting: bool, is_important: bool
) -> Severity:
    first = ones[0]
    if first.check == "schema":
        return "warning" if first.metric == "new" else "critical"
    if first.check in ("freshness", "contract"):
        return "error"
    if first.check == "volume":
        return "warning"
    if first.check in PERFORMANCE:
        return "error" if is_lasting else "warning"
    if first.check == "data_drift" and is_important and any(map(_is_large, ones)):
        return "error"
    return "warning" if is_lasting or _is_jump(first) or kind in FAULTS else "info"


def _is_large(one: Measured) -> bool:
    """Say whether a column's stability index is as large as that of another population."""
    large = one.evidence.get("large")
    return one.metric == "psi" and large is not None and (one.value or 0.0) >= large


def _is_jump(one: Measured) -> bool:
    grown = (one.value or 0.0) - (one.before or 0.0)
    return one.check == "missing" and grown >= one.evidence.get("jump", 1.0)


def _excess(one: Measured) -> float:
    """Return by how much a number exceeds its threshold [thresholds]."""
    return abs(one.value or 0.0) / (abs(one.threshold or 0.0) or 1e-9)


def _rank(one: Finding) -> tuple[int, bool, bool, str, str]:
    severity = SEVERITIES.index(one.severity)
    return severity, not one.is_important, not one.persists, one.check, one.subject
