"""How a terminal shows ancestors: a tree, each thing told once, in a sentence of its own."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.surfaces.cli.paint import cell, count, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headgate.flows.reports import TraceNode, TraceReport
    from headgate.surfaces.cli.paint import Paint

Facts = dict[str, Any]

N_ROWS = 4
"""Parent rows shown under one thing; the others are counted."""

LEAST_WIDTH = 40
"""Columns a sentence gets however deep it stands [characters]."""


class Branch(NamedTuple):
    """A thing's place in the tree: the signs before its name, and those below it."""

    ref: str
    lead: str
    below: str


def trace_lines(report: TraceReport, paint: Paint) -> list[str]:
    """Show a thing and, below it and further right, what it was made of."""
    nodes = {node.ref: node for node in report.nodes}
    lines: list[str] = []
    told: set[str] = set()
    waiting = [Branch(report.root, "", "")]
    while waiting:
        branch = waiting.pop()
        is_told = branch.ref in told
        node = None if is_told else nodes.get(branch.ref)
        lines += _node_lines(branch, node, paint, is_told=is_told)
        if node:
            waiting += reversed(_branches(node, branch))
        told.add(branch.ref)
    return lines


def _branches(node: TraceNode, branch: Branch) -> list[Branch]:
    rows = [ref for ref in node.parents if ref.startswith("row:")]
    shown = [ref for ref in node.parents if ref not in rows[N_ROWS:]]
    if len(rows) > N_ROWS:
        shown.append(f"{len(rows) - N_ROWS} more rows")
    last = len(shown) - 1
    return [
        Branch(
            ref=ref,
            lead=branch.below + ("└─ " if place == last else "├─ "),
            below=branch.below + ("   " if place == last else "│  "),
        )
        for place, ref in enumerate(shown)
    ]


def _node_lines(
    branch: Branch, node: TraceNode | None, paint: Paint, *, is_told: bool
) -> Iterator[str]:
    lead = paint.style("dim", branch.lead)
    if node is None:
        is_above = is_told and ":" in branch.ref
        yield f"{lead}{branch.ref}" + (paint.style("dim", "  (above)") if is_above else "")
        return
    yield f"{lead}{paint.heading(node.ref)}"
    bar = branch.below + ("│  " if node.parents else "   ")
    width = max(LEAST_WIDTH, paint.width - len(bar))
    for sentence in _SENTENCES.get(node.kind, _plain)(node.facts):
        for line in textwrap.wrap(sentence, width, break_long_words=False):
            yield paint.style("dim", bar) + line


def _prediction(facts: Facts) -> Iterator[str]:
    yield _joined(
        f"answered {_day(facts['at'])}",
        _told(facts, "deployment", "in {}"),
        f"from {count(facts['n_row_ids'], 'row')}" if facts.get("n_row_ids") else "",
        _told(facts, "snapshot", "of {}"),
    )
    for one in facts.get("feedback", ()):
        yield f"{one['kind']} {cell(one['value'])}, by {one['actor']}, {_day(one['at'])}"


def _release(facts: Facts) -> Iterator[str]:
    places = facts.get("deployments", ())
    live = [one["name"] for one in places if one["is_live"]]
    yield _joined(
        f"made {_day(facts['at'])} by {facts['by']}",
        count(facts.get("n_predictions", 0), "prediction"),
        f"live in {', '.join(live)}" if live else "not live",
    )


def _deployment(facts: Facts) -> Iterator[str]:
    moves = facts.get("moves", ())
    yield _joined(
        f"at {facts.get('release', 'no release')} since {_day(facts['at'])}",
        f"by {facts['by']}",
        count(len(moves), "move"),
        count(facts.get("n_predictions", 0), "prediction"),
    )


def _model(facts: Facts) -> Iterator[str]:
    metrics = [f"{name} {value:.4g}" for name, value in facts.get("metrics", {}).items() if value]
    digest = shorten(facts["digest"])
    yield _joined(f"registered {_day(facts['at'])}", *metrics, f"digest {digest}")


def _prompt(facts: Facts) -> Iterator[str]:
    yield f"written {_day(facts['at'])}, digest {shorten(facts['digest'])}"


def _run(facts: Facts) -> Iterator[str]:
    yield _joined(
        f"{facts['name']}, {facts['state']}",
        f"by {facts['actor']}, {_day(facts['started_at'])}",
        f"read {count(facts['n_rows_read'], 'row')}",
    )
    for condition in facts.get("conditions", ()):
        yield f"where {condition}"


def _snapshot(facts: Facts) -> Iterator[str]:
    yield _joined(
        count(facts["n_rows"], "row"),
        f"frozen {_day(facts['created_at'])}",
        f"content root {shorten(facts['content_root'])}",
        f"expired {_day(facts['expired_at'])}" if facts.get("expired_at") else "",
    )
    parts = [f"{n:,} from {source}" for source, n in facts["rows_by_source"].items()]
    parts += [f"{n:,} by {run}" for run, n in facts["rows_by_run"].items()]
    parts += [f"{facts['rows_by_hand']:,} by hand"] if facts["rows_by_hand"] else []
    if len(parts) > 1:
        yield ", ".join(parts)


def _source(facts: Facts) -> Iterator[str]:
    rows, batches = count(facts["n_rows"], "row"), count(facts["n_batches"], "batch", "batches")
    yield f"{rows} in {batches}, the last {_day(facts['last_arrived_at'])}"


def _row(facts: Facts) -> Iterator[str]:
    yield _joined(
        f"into {facts['dataset']}, {_day(facts['arrived_at'])}",
        _told(facts, "object", "in {}"),
        f"made of {count(facts['n_parents'], 'row')}" if facts["n_parents"] else "",
    )
    for one in facts["stands_in"]:
        yield f"in {one['snapshot']} as written by {one['written_by']}, {_day(one['arrived_at'])}"


def _plain(facts: Facts) -> Iterator[str]:
    yield _joined(*(f"{name} {cell(value)}" for name, value in facts.items()))


_SENTENCES: dict[str, Callable[[Facts], Iterator[str]]] = {
    "prediction": _prediction,
    "release": _release,
    "deployment": _deployment,
    "model": _model,
    "prompt": _prompt,
    "run": _run,
    "snapshot": _snapshot,
    "source": _source,
    "row": _row,
}


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _told(facts: Facts, name: str, form: str) -> str:
    return form.format(cell(facts[name])) if facts.get(name) else ""


def _day(moment: str) -> str:
    """Write a moment to the second."""
    return f"{moment[:10]} {moment[11:19]}Z"
