"""What is done about findings where no policy says otherwise: log, ticket or page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from headgate.monitor.nouns import ActionName, Decision, Finding

Tier = Literal["log", "ticket", "page"]
ORDER: tuple[Tier, ...] = ("log", "ticket", "page")
QUIET = frozenset({"data_drift", "text_drift", "embedding_drift"})
"""Checks whose findings are written down alone while the column does not matter to the model."""


def tier_of(finding: Finding) -> tuple[Tier, str]:
    """Say how loud a finding is, and by which rule.

    Args:
        finding: with its severity.
    """
    if finding.check in ("estimated_performance", "realised_performance"):
        return ("page", "performance") if finding.persists else ("ticket", "performance-once")
    if finding.severity in ("critical", "error"):
        return "page", "breach" if finding.check == "schema" else "severe"
    if finding.severity == "info":
        return "log", "first-sight"
    if finding.check in QUIET and not finding.is_important and finding.kind not in _BROKEN:
        return "log", "drift-alone"
    return "ticket", "lasting"


_BROKEN = frozenset({"unit change", "swapped columns", "constant column"})


def decided(findings: Sequence[Finding]) -> Decision:
    """Decide about a window: the loudest of its findings.

    Args:
        findings: of the window.
    """
    if not findings:
        return Decision(action="log", why="nothing is worth a look", rule="quiet")
    ranked = sorted(
        ((*tier_of(one), one) for one in findings), key=lambda each: -ORDER.index(each[0])
    )
    loudest, rule, first = ranked[0]
    alike = [one for tier, _, one in ranked if tier == loudest]
    softer: set[ActionName] = {tier for tier, _, _ in ranked if tier != loudest}
    also: tuple[ActionName, ...] = tuple(tier for tier in ORDER[::-1] if tier in softer)
    return Decision(
        action=loudest,
        why=f"{rule}: {first.says}",
        rule=rule,
        subjects=tuple(dict.fromkeys(one.subject for one in alike)),
        also=also,
        evidence={"n_findings": len(findings), "kinds": sorted({one.kind for one in alike})},
    )
