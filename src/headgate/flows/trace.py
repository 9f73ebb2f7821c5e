"""The walk up: what a prediction, a row, a snapshot or a model was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.core.errors import NotFound
from headgate.core.refs import split_at
from headgate.core.times import render
from headgate.flows.reports import TraceNode, TraceReport
from headgate.flows.seeds import read_rid
from headgate.flows.tracing_foreign import foreign_node, writers_of
from headgate.spine.lineage import ancestors
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.flows.reports import TraceRequest
    from headgate.spine.context import Context
    from headgate.spine.lineage.batches import Batch

MAX_ROWS = 20
"""Rows of a prediction that are followed; the others are counted."""

NOTHING = ancestors.Origins(n_by_source={}, n_by_run={}, n_by_hand=0)

_HIDDEN = {"kind", "id", "row_ids", "reads"}
KINDS = (
    "prediction",
    "row",
    "snapshot",
    "run",
    "model",
    "prompt",
    "release",
    "deployment",
    "source",
    "foreign",
)


def trace_back(context: Context, request: TraceRequest) -> TraceReport:
    """Walk up from a thing, breadth first, each ancestor once.

    Raises:
        NotFound: there is no such thing.
    """
    root = find_root(context, request.id)
    nodes: dict[str, TraceNode] = {}
    level = [root.ref]
    found = {root.ref: root}
    for _ in range(request.depth):
        following: list[str] = []
        for ref in level:
            if ref in nodes:
                continue
            node = found.get(ref) or explain(context, ref)
            if node is not None:
                nodes[ref] = node
                following += node.parents
        level = following
    return TraceReport(root=root.ref, nodes=tuple(nodes.values()))


def find_root(context: Context, text: str) -> TraceNode:
    """Find what an id names, with or without its kind.

    Raises:
        NotFound: it names nothing.
    """
    kind, colon, _ = text.partition(":")
    refs = [text] if colon and kind in KINDS else [f"{kind}:{text}" for kind in _guesses(text)]
    for ref in refs:
        node = explain(context, ref)
        if node is not None:
            return node
    raise NotFound(
        f"nothing is known of {text!r}",
        mend="give a prediction's id, row:ID, snapshot:NAME@N, run:ID, model:NAME@N or foreign:…",
    )


def explain(context: Context, ref: str) -> TraceNode | None:
    """Tell what is known of one thing, nothing if it is not there."""
    kind, _, name = ref.partition(":")
    readers: dict[str, Callable[[Context, str], TraceNode | None]] = {
        "row": _row,
        "snapshot": _snapshot,
        "run": _run,
        "source": _source,
        "foreign": foreign_node,
    }
    if kind in readers:
        try:
            return readers[kind](context, name)
        except NotFound:
            return None
    for holder in context.registry.holders:
        facts = holder.explain(context, ref)
        if facts is not None:
            return _held(ref, kind, facts)
    return None


def _guesses(text: str) -> list[str]:
    if text.isdigit():
        return ["row"]
    return ["prediction", "run", "snapshot", "deployment", "release", "model", "prompt", "source"]


def _row(context: Context, name: str) -> TraceNode | None:
    rid = read_rid(name)
    facts = None if rid is None else ancestors.of_row(context, rid)
    if facts is None:
        return None
    parents = [f"source:{facts.source}"] if facts.source else []
    parents += [f"row:{rid}" for rid in facts.parents[:MAX_ROWS]]
    parents += [f"run:{facts.run}"] if facts.run else []
    writers = [_writer(one.batch) for one in facts.stands_in]
    parents += [one for one in writers if one != "hand" and one not in parents]
    shown: dict[str, Any] = {
        "dataset": f"{facts.dataset}@{facts.number}",
        "arrived_at": render(facts.arrived_at),
        "object": facts.uri,
        "n_parents": len(facts.parents),
        "stands_in": [
            {
                "snapshot": one.snapshot,
                "written_by": writer,
                "arrived_at": render(one.batch.arrived_at),
            }
            | ({"released_from": rev} if (rev := one.batch.released_from) else {})
            for one, writer in zip(facts.stands_in, writers, strict=True)
        ],
    }
    return TraceNode(ref=f"row:{name}", kind="row", facts=shown, parents=tuple(parents))


def _writer(batch: Batch) -> str:
    """Name what wrote a batch: a source, a run, or a hand."""
    if batch.source is not None:
        return f"source:{batch.source}"
    return "hand" if batch.run_id is None else f"run:{batch.run_id}"


def _snapshot(context: Context, name: str) -> TraceNode:
    snapshot = find_snapshot(context, *split_at(name))
    expired_at = snapshot.expired_at
    # the rows of an expired one were given up, and with them what they came with
    origins = NOTHING if expired_at else ancestors.of_snapshot(context, snapshot)
    facts: dict[str, Any] = {
        "created_at": render(snapshot.created_at),
        "n_rows": snapshot.n_rows,
        "content_root": snapshot.content_root,
        "rows_by_source": origins.n_by_source,
        "rows_by_run": origins.n_by_run,
        "rows_by_hand": origins.n_by_hand,
        "expired_at": render(expired_at) if expired_at else None,
    }
    parents = [f"source:{source}" for source in origins.n_by_source]
    parents += [f"run:{run}" for run in origins.n_by_run]
    parents += writers_of(context, snapshot)
    ref = f"snapshot:{snapshot.dataset}@{snapshot.number}"
    return TraceNode(ref=ref, kind="snapshot", facts=facts, parents=tuple(parents))


def _run(context: Context, name: str) -> TraceNode:
    run, reads = ancestors.of_run(context, name)
    facts: dict[str, Any] = dict(run)
    facts["n_rows_read"] = sum(read.n_rows for read in reads)
    facts["conditions"] = sorted({read.condition for read in reads if read.condition})
    parents = dict.fromkeys(f"snapshot:{read.dataset}@{read.number}" for read in reads)
    return TraceNode(ref=f"run:{name}", kind="run", facts=facts, parents=tuple(parents))


def _source(context: Context, name: str) -> TraceNode | None:
    facts = ancestors.of_source(context, name)
    if facts is None:
        return None
    return TraceNode(ref=f"source:{name}", kind="source", facts=facts, parents=())


def _held(ref: str, kind: str, facts: dict[str, Any]) -> TraceNode:
    """Read what a holder tells of its own things; what they were made of stands in known facts."""
    rows = facts.get("row_ids", [])
    parents = _parents_of(facts) + [f"row:{rid}" for rid, _ in rows[:MAX_ROWS]]
    shown = {
        name: value
        for name, value in facts.items()
        if name not in _HIDDEN and value not in (None, [], {}, "", ())
    }
    if rows:
        shown["n_row_ids"] = len(rows)
    name = str(facts.get("id", "")).removeprefix(f"{kind}:") or ref.partition(":")[2]
    return TraceNode(ref=f"{kind}:{name}", kind=kind, facts=shown, parents=tuple(parents))


def _parents_of(facts: dict[str, Any]) -> list[str]:
    """A release stands for its model, prompt and index; they are asked of it in turn."""
    if facts.get("release"):
        return [f"release:{facts['release']}"]
    parents = [f"{one}:{facts[one]}" for one in ("model", "prompt", "run") if facts.get(one)]
    return [*parents, f"snapshot:{facts['index']}"] if facts.get("index") else parents
