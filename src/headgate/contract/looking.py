"""Looks at a dataset, or a table where it lies, by a contract."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from pyarrow.compute import sort_indices

from headgate.contract.checking import Arrow, look, sayable
from headgate.contract.odcs.files import load_file, named
from headgate.contract.promises import promises_of
from headgate.contract.reports import CheckReport, RuleResult, Violation
from headgate.spine.store.reading import target_of
from headgate.spine.store.scanning import live_dataset
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from headgate.contract.checking import Broken, Engine
    from headgate.contract.odcs.nouns import Contract
    from headgate.contract.reports import CheckRequest
    from headgate.spine.context import Context
    from headgate.spine.registry import Registry


class Opened(NamedTuple):
    """Rows that can be looked at, and what they are called."""

    name: str
    engine: Engine


def check(context: Context, request: CheckRequest) -> CheckReport:
    """Look whether data keeps what a contract promises.

    Raises:
        NotFound: there is no such dataset, snapshot, contract or table.
        Invalid: the contract is broken.
        Unavailable: the server does not answer.
    """
    dataset = request.dataset.partition("@")[0]
    name = request.contract or dataset
    with _opened(context, request) as opened:
        contract = contract_named(context, name)
        report = report_of(opened, contract, context.registry, dataset, limit=request.limit)
    return msgspec.structs.replace(report, contract=name)


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
    looked = look(opened.engine, kept)
    violations = tuple(
        each for broken in looked.broken for each in _violations(opened, broken, limit)
    )
    rules = tuple(
        RuleResult(one.rule, one.is_kept, rule.severity, rule.dimension, one.figure, one.told)
        for one, rule in zip(looked.found, kept, strict=True)
    )
    n_broken = sum(not one.is_kept for one in rules)
    return CheckReport(
        dataset=opened.name,
        contract=contract.id,
        version=contract.version,
        passed=not n_broken,
        n_rows=looked.n_rows,
        n_broken=n_broken,
        rules=rules,
        violations=violations,
        untold=(*promises.untold, *untold),
        has_findings=bool(n_broken),
    )


def contract_named(context: Context, name: str) -> Contract:
    """Read a contract of the project, or a file anywhere.

    Raises:
        NotFound: there is none.
        Invalid: it is broken.
    """
    path = context.root / name
    is_file = path.suffix in {".yaml", ".yml"} and path.is_file()
    return load_file(path, name) if is_file else named(context.root, Path(name).stem)


def rows_of(context: Context, dataset: str, at: str | None = None) -> tuple[str, Any]:
    """Open a snapshot's rows with their ids, unread; return its name and them."""
    snapshot = find_snapshot(context, dataset, at)
    manifest = manifest_of(context, snapshot)
    rows = live_dataset(context.blobs, manifest.segments, target_of(manifest, own=[RID]))
    return f"{snapshot.dataset}@{snapshot.number}", rows


@contextmanager
def _opened(context: Context, request: CheckRequest) -> Generator[Opened]:
    if request.postgres is None:
        name, rows = rows_of(context, request.dataset, request.at)
        yield Opened(name, Arrow(rows, lambda other: rows_of(context, other)[1]))
        return
    from headgate.contract.remote import on_postgres

    table = request.table or request.dataset
    with on_postgres(request.postgres, table, request.key) as engine:
        yield Opened(table, engine)


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
