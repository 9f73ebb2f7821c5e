"""Writes cases as Markdown, for the summary of a CI job and for a comment on a change."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.spine.inspecting.nouns import Case

SIGNS = {"error": "❌", "warning": "⚠️", "note": "💬"}
N_SHOWN = 50
"""Remarks that are listed; a summary has at most 1 MiB [count]."""


def markdown(cases: Sequence[Case], *, has_findings: bool) -> str:
    """Write what was looked at, suite by suite, and each remark with its place."""
    verdict = "❌ found something" if has_findings else "✅ found nothing"
    lines = [f"## headgate ci {verdict}", "", "| what | looked at | broken | left out |"]
    lines.append("|---|--:|--:|--:|")
    for name, some in groupby(cases, key=lambda one: one.suite):
        suite = list(some)
        n_skipped = sum(bool(one.skipped) for one in suite)
        n_broken = sum(bool(one.remarks) for one in suite)
        lines.append(f"| {_cell(name)} | {len(suite) - n_skipped} | {n_broken} | {n_skipped} |")
    return "\n".join([*lines, *_remarks(cases), *_skipped(cases)]) + "\n"


def _remarks(cases: Sequence[Case]) -> Iterable[str]:
    found = [one for case in cases for one in case.remarks]
    if not found:
        return
    yield from ("", "| | where | what | mend |", "|---|---|---|---|")
    for one in found[:N_SHOWN]:
        where = f"{one.place.file}:{one.place.line}" if one.place.line else one.place.file
        row = (SIGNS[one.level], f"`{_code(where)}`", _cell(one.message), _cell(one.mend))
        yield f"| {' | '.join(row)} |"
    if len(found) > N_SHOWN:
        yield from ("", f"and {len(found) - N_SHOWN} more")


def _skipped(cases: Sequence[Case]) -> Iterable[str]:
    found = [one for one in cases if one.skipped]
    if found:
        yield ""
        yield from (
            f"- {_cell(one.suite)} {_cell(one.name)}: {_cell(one.skipped)}" for one in found
        )


def _cell(text: str) -> str:
    """Write text so that it stays in its cell and is no markup."""
    plain = " ".join(text.split())
    for sign in "\\`*_{}[]<>|#~":
        plain = plain.replace(sign, f"\\{sign}")
    return plain


def _code(text: str) -> str:
    return text.replace("`", "'").replace("|", "\\|")
