"""Draws events together into the graph they tell of, the same in whatever order they came.

Every fact is merged by the earliest, the latest or the greatest, so that a second telling changes
nothing. A run's state is the one that ended it, else the last one told, by the events' own time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from headgate.spine.lineage.foreign.told import (
    SHARING,
    Kind,
    Mention,
    Named,
    Role,
    Told,
    node_of,
    plain_id,
    run_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from headgate.spine.lineage.foreign.told import Parent

RANKS = {"COMPLETE": 2, "FAIL": 2, "ABORT": 2, "START": 1, "RUNNING": 1}
"""An end counts before a beginning, however late the beginning is told; `OTHER` says nothing."""
FOREVER = 2**62
"""Until when a job reads and writes what was told of it outside a run [microseconds since 1970]."""
Edge = tuple[int, Role, int]


class Use(NamedTuple):
    """That a run read or wrote a dataset."""

    run: int
    role: Role
    node: int


class NodeRow(msgspec.Struct):
    """A job or a dataset, as the catalog keeps it."""

    node: int
    kind: Kind
    namespace: str
    name: str
    type: str | None
    first_us: int
    last_us: int
    told_us: int | None
    told_in: int | None


class RunRow(msgspec.Struct):
    """A run, as the catalog keeps it."""

    run: int
    run_id: str
    job: int
    parent: int | None
    state: str
    rank: int
    state_us: int
    started_us: int | None
    ended_us: int | None
    first_us: int
    last_us: int


class Lived(NamedTuple):
    """A run, and from when until when it was told of [microseconds since 1970].

    Args:
        is_known: it was told of before.
    """

    run: int
    run_id: str
    job: int
    first_us: int
    last_us: int
    is_known: bool = True


class Gathered:
    """What some events tell, each thing once.

    Attributes:
        nodes: jobs and datasets by number.
        runs: by number.
        edges: (dataset, `input` or `output`, job), (job, `parent`, the job it started),
            (dataset, `alias`, dataset) and (job, `shared`, the number of a run's id that is not
            its alone), each with the first and last moment it was told of.
        uses: (run, `input` or `output`, dataset, version).
    """

    def __init__(self) -> None:
        self.nodes: dict[int, NodeRow] = {}
        self.runs: dict[int, RunRow] = {}
        self.edges: dict[Edge, tuple[int, int]] = {}
        self.uses: set[tuple[int, Role, int, str]] = set()

    def add(self, told: Told, number: int) -> int | None:
        """Take an event in; return the number of the run's id that it bears."""
        job = run = None
        if told.job is not None:
            job = self._node("job", told.job, told, number if told.has_job_facets else None)
            self._type(job, told.job_type)
        if job is not None and told.run_id is not None:
            run = self._run(told, job)
        for mention in told.others:
            self._mention(mention, told, number)
        if job is not None:
            self._use(told.inputs, "input", (told, number, job, run))
            self._use(told.outputs, "output", (told, number, job, run))
        return None if run is None else run & -SHARING

    def lengthen(self, known: Iterable[Lived]) -> dict[int, Lived]:
        """Let runs last as long as all that was told of their ids says.

        A tool that renames a job in the midst of a run tells what was read under one name, and
        what was written under the other. Jobs that share an id are tied together by it.

        Args:
            known: the runs of the same ids that were told of before.

        Returns:
            Those that last longer than was known.
        """
        grown: dict[int, Lived] = {}
        for (number, _), lived in self._by_id(known).items():
            first, last = min(one.first_us for one in lived), max(one.last_us for one in lived)
            self._tie({one.job for one in lived}, number, (first, last))
            for one in lived:
                longer = self._lengthened(one, first, last)
                if longer != one and one.is_known:
                    grown[one.run] = longer
        return grown

    def _lengthened(self, one: Lived, first_us: int, last_us: int) -> Lived:
        row = self.runs.get(one.run)
        if row is not None:
            row.first_us, row.last_us = first_us, last_us
        return one._replace(first_us=first_us, last_us=last_us)

    def _tie(self, jobs: set[int], number: int, span: tuple[int, int]) -> None:
        """Tie several jobs to the id that they share."""
        if len(jobs) > 1:
            for job in jobs:
                self._edge((job, "shared", number), *span)

    def _by_id(self, known: Iterable[Lived]) -> dict[tuple[int, str], list[Lived]]:
        """Put runs together that bear one id, those known before and those told of now."""
        found: dict[tuple[int, str], list[Lived]] = {}
        for row in self.runs.values():
            one = Lived(row.run, row.run_id, row.job, row.first_us, row.last_us, is_known=False)
            found.setdefault((row.run & -SHARING, plain_id(row.run_id)), []).append(one)
        for one in known:
            # an erasure may have taken the id out of the catalog, but not its number
            row = self.runs.get(one.run)
            name = one.run_id if row is None else row.run_id
            found.setdefault((one.run & -SHARING, plain_id(name)), []).append(one)
        return found

    def widen(self, before: Iterable[Use], grown: Mapping[int, Lived]) -> None:
        """Let what each run used last as long as the run lived.

        It may have been read at any time between the run's first event and its last, whichever
        of them told of it.

        Args:
            before: what was used by what was told before.
            grown: the runs that did, by number.
        """
        told: set[tuple[int, Role, int]] = {(run, role, node) for run, role, node, _ in self.uses}
        for run, role, node in told:
            row = self.runs[run]
            self._edge((node, role, row.job), row.first_us, row.last_us)
        for run, role, node in before:
            lived = grown[run]
            self._edge((node, role, lived.job), lived.first_us, lived.last_us)

    def _use(
        self, mentions: Iterable[Mention], role: Role, place: tuple[Told, int, int, int | None]
    ) -> None:
        told, number, job, run = place
        for mention in mentions:
            node = self._mention(mention, told, number)
            self._edge((node, role, job), told.at_us, FOREVER if told.kind == "JOB" else None)
            if run is not None:
                self.uses.add((run, role, node, mention.version))

    def _mention(self, mention: Mention, told: Told, number: int) -> int:
        node = self._node("dataset", mention.named, told, number if mention.has_facets else None)
        self._type(node, mention.type)
        for alias in mention.aliases:
            other = self._node("dataset", alias, told, None)
            if other != node:
                self._edge((node, "alias", other), told.at_us)
                self._edge((other, "alias", node), told.at_us)
        return node

    def _node(self, kind: Kind, named: Named, told: Told, told_in: int | None) -> int:
        node, at = node_of(kind, named), told.at_us
        known = self.nodes.get(node)
        told_us = None if told_in is None else at
        if known is None:
            self.nodes[node] = NodeRow(node, kind, *named, None, at, at, told_us, told_in)
            return node
        known.first_us = min(known.first_us, at)
        known.last_us = max(known.last_us, at)
        if told_us is not None and (known.told_us is None or told_us >= known.told_us):
            known.told_us, known.told_in = told_us, told_in
        return node

    def _type(self, node: int, kind: str | None) -> None:
        if kind is not None:
            known = self.nodes[node]
            known.type = kind if known.type is None else max(known.type, kind)

    def _edge(self, edge: Edge, at: int, until: int | None = None) -> None:
        first, last = self.edges.get(edge, (at, at))
        self.edges[edge] = (min(first, at), max(last, until or at))

    def _run(self, told: Told, job: int) -> int:
        row = _row_of(told, job)
        if told.parent is not None:
            by = self._node("job", told.parent.job, told, None)
            self._edge((by, "parent", job), told.at_us)
        known = self.runs.get(row.run)
        self.runs[row.run] = row if known is None else _merged(known, row)
        return row.run


def _row_of(told: Told, job: int) -> RunRow:
    rank = RANKS.get(told.kind, 0)
    return RunRow(
        run=run_in(str(told.run_id), job),
        run_id=str(told.run_id),
        job=job,
        parent=None if told.parent is None else _parent_of(told.parent),
        state=told.kind,
        rank=rank,
        state_us=told.at_us,
        started_us=told.at_us if told.kind == "START" else None,
        ended_us=told.at_us if rank == RANKS["COMPLETE"] else None,
        first_us=told.at_us,
        last_us=told.at_us,
    )


def _parent_of(parent: Parent) -> int:
    return run_in(parent.run_id, node_of("job", parent.job))


def _merged(one: RunRow, other: RunRow) -> RunRow:
    """Merge two tellings of one run; which came first makes no difference."""
    last = max(one, other, key=lambda row: (row.rank, row.state_us, row.state))
    return RunRow(
        run=one.run,
        run_id=min(one.run_id, other.run_id),
        job=one.job,
        parent=_extreme(max, one.parent, other.parent),
        state=last.state,
        rank=last.rank,
        state_us=last.state_us,
        started_us=_extreme(min, one.started_us, other.started_us),
        ended_us=_extreme(max, one.ended_us, other.ended_us),
        first_us=min(one.first_us, other.first_us),
        last_us=max(one.last_us, other.last_us),
    )


def _extreme(choose: Callable[[list[int]], int], one: int | None, other: int | None) -> int | None:
    known = [value for value in (one, other) if value is not None]
    return choose(known) if known else None
