"""Proposes a contract: learns from a snapshot and those before, then looks whether it is kept.

What is proposed is written as its file, read again, and looked at in every row of the snapshot. A
clause that the snapshot itself breaks is taken out and listed; so a proposal always passes on the
data it was made of.
"""

from __future__ import annotations

from itertools import combinations, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.contract.checking import MUTE, Arrow, look, mute_in
from headgate.contract.compiling import name_of, query
from headgate.contract.infer.clauses import Clause, assembled
from headgate.contract.infer.columns import (
    FEW,
    LONG_TEXT,
    REPEATS,
    Seen,
    clauses_of,
    has_no_repeats,
    may_be_closed,
)
from headgate.contract.infer.facts import (
    MOST_VALUES,
    Facts,
    Sample,
    counts_of,
    facts_of,
    sample_of,
)
from headgate.contract.infer.history import row_count
from headgate.contract.infer.levels import levels
from headgate.contract.infer.ranges import Ends
from headgate.contract.odcs.files import load
from headgate.contract.odcs.nouns import Rule
from headgate.contract.odcs.writing import text_of
from headgate.contract.promises import promises_of
from headgate.contract.words import ROWS
from headgate.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.contract.checking import Engine, Found
    from headgate.contract.odcs.nouns import Contract, Level
    from headgate.contract.service.history import History
    from headgate.core.nouns import Snapshot
    from headgate.spine.registry import Registry

MOST_PAIRS = 6
"""Pairs of columns that are tried as a key [count]."""
KEYS = frozenset({"integer", "string", "date"})
NUMBERS = frozenset({"integer", "number"})


class Source(NamedTuple):
    """What a contract is learnt from.

    Args:
        name: the dataset.
        rows: the snapshot's rows with their ids, unread.
        key: the dataset's key; empty if it has none.
        snapshots: the snapshot and those before it on its branch, the newest first.
        earlier: the rows of some of those before it, the newest first.
        history: when they came; nothing where that is not known.
    """

    name: str
    rows: Any
    key: tuple[str, ...] = ()
    snapshots: Sequence[Snapshot] = ()
    earlier: Sequence[Any] = ()
    history: History | None = None


class Proposal(NamedTuple):
    """A contract, and what it stands on.

    Args:
        contract: what is promised.
        text: its file.
        clauses: each with the figures it stands on.
        broken: what was tried and is not so, each with the reason.
        n_rows: rows that were looked at.
    """

    contract: Contract
    text: str
    clauses: list[Clause]
    broken: list[str]
    n_rows: int


def propose(source: Source, registry: Registry) -> Proposal:
    """Propose a contract for a snapshot that passes on it.

    Args:
        source: the snapshot, and what came before.
        registry: finds the expectations.
    """
    engine = Arrow(source.rows, _no_other)
    facts = facts_of(engine)
    n_rows = facts[0].n_rows if facts else 0
    clauses = list(_clauses(engine, source, facts, n_rows))
    service, unmet = levels(source.history, source.name) if source.history else ([], [])
    broken = [*(f"{name}: {MUTE}" for name in mute_in(engine.schema)), *unmet]
    while True:
        _, contract = _read(source.name, facts, clauses, service)
        failed = _failed(engine, contract, source.name, registry)
        kept = _without_doubles(clauses, failed)
        if not failed:
            text, contract = _read(source.name, facts, kept, service)
            return Proposal(contract, text, kept, broken, n_rows)
        broken += [f"{one.rule}: {one.told}" for one in failed]
        clauses = [one for one in kept if one.check not in {each.rule for each in failed}]


def _clauses(
    engine: Engine, source: Source, facts: Sequence[Facts], n_rows: int
) -> Iterator[Clause]:
    """Propose everything that may hold."""
    if n_rows >= FEW:
        counts = [one.n_rows for one in source.snapshots] or [n_rows]
        yield row_count(counts)
    if not facts:
        return
    sample = sample_of(engine, [one.name for one in facts], n_rows)
    seen = list(_seen(engine, source, facts, sample))
    yield from _key(source.key, facts)
    for one in seen:
        yield from clauses_of(one, is_key=one.facts.name in source.key)
    if n_rows >= FEW and not source.key and not any(one.is_unique for one in seen):
        yield from _pair(engine, seen)


def _seen(engine: Engine, source: Source, facts: Sequence[Facts], sample: Sample) -> Iterator[Seen]:
    closed = [one.name for one in facts if may_be_closed(one, sample)]
    counts = counts_of(engine, closed)
    few = [name for name in closed if len(counts[name]) <= MOST_VALUES]
    before = [_before(Arrow(rows, _no_other), facts, few) for rows in source.earlier]
    for one in facts:
        yield Seen(
            one,
            sample,
            counts.get(one.name),
            [ends[one.name] for ends, _ in before if one.name in ends],
            [values[one.name] for _, values in before if one.name in values],
            has_no_repeats(one, sample),
        )


def _before(
    engine: Engine, facts: Sequence[Facts], closed: Sequence[str]
) -> tuple[dict[str, Ends], dict[str, set[Any]]]:
    """Ask an earlier snapshot for the ends of its numbers and the values of its sets."""
    there = set(engine.schema.names)
    names = [one.name for one in facts if one.kind in NUMBERS and one.name in there]
    sets = [name for name in closed if name in there]
    asked = [f"{end}({name_of(name)})" for name in names for end in ("min", "max")]
    told = ", ".join(["count(*) as n", *(f"{one} as f{n}" for n, one in enumerate(asked))])
    row = [column[0].as_py() for column in engine.ask(query(told, ROWS)).columns][1:]
    ends = {name: Ends(*row[2 * n : 2 * n + 2]) for n, name in enumerate(names)}
    counts = counts_of(engine, sets)
    return ends, {name: set(held) for name, held in counts.items()}


def _key(key: tuple[str, ...], facts: Sequence[Facts]) -> Iterator[Clause]:
    names = {one.name for one in facts}
    if not set(key) <= names:
        return
    for place, name in enumerate(key, start=1):
        keys = {"primary_key": True, "primary_key_position": place, "required": True}
        yield Clause(name, "primaryKey", "the dataset's key", keys=keys)


def _pair(engine: Engine, seen: Sequence[Seen]) -> Iterator[Clause]:
    """Promise that two columns together repeat nothing, where chance would repeat some."""
    able = [one for one in seen if one.facts.is_whole and _may_tell_apart(one.facts)]
    n_distinct = {one.facts.name: len(set(one.sample.values(one.facts.name))) for one in able}
    n_sampled = able[0].sample.rows.num_rows if able else 0
    for one, other in islice(combinations(able, 2), MOST_PAIRS):
        names = (one.facts.name, other.facts.name)
        room = n_distinct[names[0]] * n_distinct[names[1]]
        if not room or n_sampled * n_sampled / (2 * room) < REPEATS or n_sampled > room:
            continue
        pairs = ", ".join(map(name_of, names))
        repeated = query("1", ROWS, f"group by {pairs} having count(*) > 1 limit 1")
        if engine.ask(repeated).num_rows:
            continue
        reason = f"no two of {one.facts.n_rows:,} rows have the same {names[0]} and {names[1]}"
        rule = Rule(
            id="together",
            metric="duplicateValues",
            arguments={"properties": list(names)},
            must_be=0,
            dimension="uniqueness",
            description=reason,
        )
        yield Clause(None, "together", reason, rule=rule)
        return


def _may_tell_apart(facts: Facts) -> bool:
    """Say whether a column's values may tell rows apart: numbers of things, short texts, days."""
    return facts.kind in KEYS and (facts.longest or 0) <= LONG_TEXT


def _read(
    name: str, facts: Sequence[Facts], clauses: Sequence[Clause], service: Sequence[Level]
) -> tuple[str, Contract]:
    """Write the file, and read it as whoever checks it will."""
    text = text_of(assembled(name, facts, clauses, service))
    return text, load(text.encode(), name)


def _failed(engine: Engine, contract: Contract, name: str, registry: Registry) -> list[Found]:
    """List the clauses that the snapshot itself breaks; figures alone, no rows."""
    promises = promises_of(contract, name, registry)
    return [one for one in look(engine, promises.rules, figures_only=True).found if not one.is_kept]


def _without_doubles(clauses: Sequence[Clause], failed: Sequence[Found]) -> list[Clause]:
    """Leave out the form that most texts have where all of them have it."""
    broken = {one.rule for one in failed}
    strict = {one.column for one in clauses if one.name == "pattern" and one.check not in broken}
    return [one for one in clauses if not (one.name == "form" and one.column in strict)]


def _no_other(name: str) -> Any:
    raise NotFound(f"no dataset {name}", mend="a proposal looks at one dataset")
