"""Looks at a dataset, or a table where it lies, by a contract."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.contract.checking import Arrow, look
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
        promises = promises_of(contract, dataset, context.registry)
        looked = look(opened.engine, promises.rules)
        violations = tuple(
            each for broken in looked.broken for each in _violations(opened, broken, request.limit)
        )
    rules = tuple(
        RuleResult(one.rule, one.is_kept, rule.severity, rule.dimension, one.figure, one.told)
        for one, rule in zip(looked.found, promises.rules, strict=True)
    )
    n_broken = sum(not one.is_kept for one in rules)
    return CheckReport(
        dataset=opened.name,
        contract=name,
        version=contract.version,
        passed=not n_broken,
        n_rows=looked.n_rows,
        n_broken=n_broken,
        rules=rules,
        violations=violations,
        untold=tuple(promises.untold),
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
    check = broken.rule.check
    engine = opened.engine
    shown = [name for name in check.shows if name in engine.schema.names]
    for row in engine.rows(broken.keys.slice(0, limit), shown):
        key = {name: row[name] for name in engine.key}
        values = {name: row[name] for name in shown}
        yield Violation(broken.rule.name, key, values, check.evidence)
