"""A part of the foreign graph in the shape of Marquez's `GET /lineage`."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from headgate.core.errors import Invalid
from headgate.pipeline.openlineage.marquez import shapes_of
from headgate.spine.lineage.foreign import links, readings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from headgate.spine.context import Context
    from headgate.spine.lineage.foreign.gather import NodeRow

MAX_NODES = 1000
"""Nodes a graph holds at most; those further away are left out [count]."""
Arrow = tuple[int, int]
WAYS = (True, False)
"""Down the flow of data, and up."""


def graph(context: Context, node_id: str, depth: int) -> dict[str, Any]:
    """Show what lies around a job or dataset, up and down.

    Args:
        context: the project.
        node_id: `dataset:NAMESPACE:NAME` or `job:NAMESPACE:NAME`.
        depth: edges to go in each direction at most [count].

    Raises:
        NotFound: nobody told of it.
        Invalid: it is no such text.
    """
    kind, _, text = node_id.partition(":")
    if kind not in links.KINDS:
        raise Invalid(f"{node_id!r} names no node", mend="write dataset:NAMESPACE:NAME or job:…")
    with context.catalog.read() as connection:
        tenant = context.tenant
        known_as = links.find_nodes(connection, tenant, text, (kind,))
        root = min(known_as, key=lambda one: links.marked(one.named) != text).node
        ways = [_walked(connection, tenant, root, depth, is_down=is_down) for is_down in WAYS]
        arrows = dict.fromkeys(arrow for way in ways for arrow in way)
        numbers = dict.fromkeys(
            [root, *(node for way in zip_longest(*ways) for node in _ends(way))]
        )
        near = list(numbers)[:MAX_NODES]
        known = readings.nodes(connection, tenant, near)
        found = {number: known[number] for number in near if number in known}
        shapes = shapes_of(connection, tenant, list(found.values()))
    into: dict[int, list[Arrow]] = {}
    out: dict[int, list[Arrow]] = {}
    for arrow in arrows:
        if arrow[0] in found and arrow[1] in found:
            out.setdefault(arrow[0], []).append(arrow)
            into.setdefault(arrow[1], []).append(arrow)
    return {
        "graph": [
            {
                "id": name_of(one),
                "type": one.kind.upper(),
                "data": shapes[number],
                "inEdges": [_edge(arrow, found) for arrow in into.get(number, [])],
                "outEdges": [_edge(arrow, found) for arrow in out.get(number, [])],
            }
            for number, one in found.items()
        ]
    }


def name_of(one: NodeRow) -> str:
    """Name a node as Marquez does."""
    return f"{one.kind}:{one.namespace}:{one.name}"


def _ends(way: Iterable[Arrow | None]) -> list[int]:
    return [node for arrow in way if arrow is not None for node in arrow]


def _walked(
    connection: Connection, tenant: str, root: int, depth: int, *, is_down: bool
) -> list[Arrow]:
    """Follow the flow of data from a node, or against it, level by level; the nearest first."""
    arrows: dict[Arrow, None] = {}
    seen, level = {root}, [root]
    for _ in range(depth):
        if not level or len(seen) > MAX_NODES:
            break
        reads = readings.around(connection, tenant, level, "input", back=not is_down)
        writes = readings.around(connection, tenant, level, "output", back=is_down)
        steps = [(here, there) for side in (reads, writes) for here in side for there in side[here]]
        arrows |= dict.fromkeys(
            (here, there) if is_down else (there, here) for here, there in steps
        )
        level = sorted({there for _, there in steps} - seen)
        seen |= set(level)
    return list(arrows)


def _edge(arrow: Arrow, found: dict[int, NodeRow]) -> dict[str, str]:
    return {"origin": name_of(found[arrow[0]]), "destination": name_of(found[arrow[1]])}
