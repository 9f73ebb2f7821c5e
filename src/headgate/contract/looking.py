"""Looks at a dataset, or a table where it lies, by a contract."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from pyarrow.compute import sort_indices

from headgate.contract.checking import Arrow, look, sayable
from headgate.contract.odcs.files import files_of, load_file, named
from headgate.contract.odcs.places import level_places
from headgate.contract.promises import promises_of
from headgate.contract.reports import CheckReport, RuleResult, Violation
from headgate.contract.service.history import history_for
from headgate.contract.service.levels import Levels
from headgate.spine.documents import read_file
from headgate.spine.store.reading import target_of
from headgate.spine.store.scanning import live_dataset
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from headgate.contract.checking import Broken, Engine
    from headgate.contract.odcs.nouns import Contract
    from headgate.contract.reports import CheckRequest
    from headgate.contract.service.history import History
    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.registry import Registry


class Opened(NamedTuple):
    """Rows that can be looked at.

    Args:
        name: what they are called.
        engine: where they lie.
        history: when they came; nothing where that is not known.
    """

    name: str
    engine: Engine
    history: History | None = None


def check(context: Context, request: CheckRequest) -> CheckReport:
    """Look whether data keeps what a contract promises.

    Raises:
        NotFound: there is no such dataset, snapshot, contract or table.
        Invalid: the contract is broken.
        Unavailable: the server does not answer.
    """
    dataset = request.dataset.partition("@")[0]
    name = request.contract or dataset
    with _opened(context, request) as (rows, snapshot):
        contract = contract_named(context, name)
        history = history_for(context, contract, snapshot) if snapshot is not None else None
        opened = rows._replace(history=history)
        report = report_of(opened, contract, context.registry, dataset, limit=request.limit)
    lines = level_lines(context, name) if report.service_levels else {}
    levels = tuple(
        msgspec.structs.replace(one, line=lines.get(one.clause)) for one in report.service_levels
    )
    return msgspec.structs.replace(report, contract=name, service_levels=levels)


def report_of(
    opened: Opened,
    contract: Contract,
    registry: Registry,
    about: str,
    *,
    limit: int = 20,
) -> CheckReport:
    """Look whether opened rows keep what a contract promises of a dataset.

    Args:
        opened: the rows.
        contract: the contract.
        registry: finds expectations.
        about: the dataset, as the contract knows it.
        limit: violations of each rule that are listed [count].

    Raises:
        NotFound: the contract is not about it.
    """
    promises = promises_of(contract, about, registry)
    kept, untold = sayable(opened.engine, promises.rules)
    levels = Levels(contract, about, opened.engine.schema, opened.history)
    asked, unsaid = sayable(opened.engine, levels.rules)
    looked = look(opened.engine, [*kept, *asked])
    met = levels.results(looked.found[len(kept) :], unsaid)
    violations = tuple(
        each for broken in looked.broken for each in _violations(opened, broken, limit)
    )
    rules = tuple(
        RuleResult(one.rule, one.is_kept, rule.severity, rule.dimension, one.figure, one.told)
        for one, rule in zip(looked.found, kept, strict=False)
    )
    n_broken = sum(not one.is_kept for one in rules)
    is_passed = not n_broken and not any(one.is_stopping for one in met)
    return CheckReport(
        dataset=opened.name,
        contract=contract.id,
        version=contract.version,
        passed=is_passed,
        n_rows=looked.n_rows,
        n_broken=n_broken + sum(one.is_met is False for one in met),
        rules=rules,
        violations=violations,
        untold=(*promises.untold, *untold),
        service_levels=tuple(met),
        has_findings=not is_passed,
    )


def contract_named(context: Context, name: str) -> Contract:
    """Read a contract of the project, or a file anywhere.

    Raises:
        NotFound: there is none.
        Invalid: it is broken.
    """
    file = _file_of(context, name)
    return load_file(file, name) if file is not None else named(context.root, Path(name).stem)


def level_lines(context: Context, name: str) -> dict[str, int]:
    """Return the lines at which a contract's service levels stand, by their clauses."""
    file = _file_of(context, name) or files_of(context.root)[Path(name).stem]
    return {where: mark.line for where, mark in level_places(read_file(file, name)).items()}


def _file_of(context: Context, name: str) -> Path | None:
    path = context.root / name
    return path if path.suffix in {".yaml", ".yml"} and path.is_file() else None


def rows_of(context: Context, dataset: str, at: str | None = None) -> tuple[str, Any]:
    """Open a snapshot's rows with their ids, unread; return its name and them."""
    return opened_rows(context, find_snapshot(context, dataset, at))


def opened_rows(context: Context, snapshot: Snapshot) -> tuple[str, Any]:
    """Open the rows of a snapshot with their ids, unread; return its name and them."""
    manifest = manifest_of(context, snapshot)
    rows = live_dataset(context.blobs, manifest.segments, target_of(manifest, own=[RID]))
    return f"{snapshot.dataset}@{snapshot.number}", rows


@contextmanager
def _opened(context: Context, request: CheckRequest) -> Generator[tuple[Opened, Snapshot | None]]:
    """Open what is asked for, with its snapshot if it is none of another server."""
    if request.postgres is None:
        snapshot = find_snapshot(context, request.dataset, request.at)
        name, rows = opened_rows(context, snapshot)
        engine = Arrow(rows, lambda other: rows_of(context, other)[1])
        yield Opened(name, engine), snapshot
        return
    from headgate.contract.remote import on_postgres

    table = request.table or request.dataset
    with on_postgres(request.postgres, table, request.key) as engine:
        yield Opened(table, engine), None


def _violations(opened: Opened, broken: Broken, limit: int) -> Iterator[Violation]:
    """List the first rows that break a clause, with the values that it looks at."""
    check, key = broken.rule.check, opened.engine.key
    if not broken.keys.num_rows:
        return
    order = sort_indices(broken.keys, sort_keys=[(name, "ascending") for name in key])
    first = order.slice(0, limit)
    rows, values = (one.take(first).to_pylist() for one in (broken.keys, broken.values))
    shown = values or [{}] * len(rows)
    for row, held in zip(rows, shown, strict=True):
        yield Violation(broken.rule.name, row, held, check.evidence)
