"""How a terminal shows ancestors: a tree, each thing told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.flows.reports import TraceNode, TraceReport
    from headgate.surfaces.cli.paint import Paint

N_FACTS = 6


def trace_lines(report: TraceReport, paint: Paint) -> list[str]:
    """Show a thing and, below it and further right, what it was made of."""
    nodes = {node.ref: node for node in report.nodes}
    lines: list[str] = []
    told: set[str] = set()
    waiting = [(report.root, 0)]
    while waiting:
        ref, depth = waiting.pop()
        node = nodes.get(ref)
        lines += _node_lines(ref, None if ref in told else node, depth, paint)
        if node and ref not in told:
            waiting += [(parent, depth + 1) for parent in reversed(node.parents)]
        told.add(ref)
    return lines


def _node_lines(ref: str, node: TraceNode | None, depth: int, paint: Paint) -> Iterator[str]:
    lead = "  " * depth
    if node is None:
        yield f"{lead}{ref} {paint.style('dim', '(above)')}"
        return
    facts = [
        f"{name} {_fact(value)}" for name, value in node.facts.items() if value not in (None, "")
    ]
    told = "  ".join(facts[:N_FACTS])
    yield f"{lead}{paint.heading(ref)}  {told}".rstrip()


def _fact(value: Any) -> str:
    """Write a fact in a word or two; of nested ones only how many there are."""
    is_nested = isinstance(value, list) and any(isinstance(each, dict) for each in value)
    return cell(len(value)) if is_nested else cell(value)
