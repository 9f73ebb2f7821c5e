"""Holds data against the contracts of a checkout: files that were named, and datasets there are."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from headgate.contract.checking import Arrow, look
from headgate.contract.listing import line_of
from headgate.contract.looking import rows_of
from headgate.contract.odcs.files import FOLDER, files_of, load_file
from headgate.contract.odcs.places import LEVELS as LEVEL_KEY
from headgate.contract.odcs.places import level_places, place_of
from headgate.contract.promises import promises_of
from headgate.contract.service.history import history_for
from headgate.contract.service.levels import Levels
from headgate.core.checks import Shape
from headgate.core.errors import HeadgateError, NotFound
from headgate.spine.documents import read_file
from headgate.spine.inspecting.nouns import Case, Place, Remark
from headgate.spine.store.queries import dataset_names
from headgate.spine.store.segments import RID
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from headgate.contract.checking import Broken, Found, Rule
    from headgate.contract.odcs.nouns import Contract
    from headgate.contract.reports import LevelResult
    from headgate.contract.service.history import History
    from headgate.spine.context import Context
    from headgate.spine.documents import Node
    from headgate.spine.inspecting.nouns import Level, Loaded, Wish

LEVELS: dict[str, Level] = {"warning": "warning", "info": "note", "note": "note"}
"""What severities mean; all others are errors."""
EMPTY: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "time": pa.time64("us"),
    "bytes": pa.binary(),
}
"""Types of columns in which nothing stands, by what a contract calls them."""
N_SEEN = 5
"""Rows that break a clause and are pointed to [count]."""


class Contracts:
    """The contracts of a checkout, and the data there is to hold against them."""

    def __init__(self, context: Context, wish: Wish) -> None:
        self.context = context
        self.wish = wish
        self.files = files_of(context.root)
        self.about: set[str] = set()

    @cached_property
    def datasets(self) -> frozenset[str]:
        """Names of the datasets of the project; none where a checkout has no catalog."""
        try:
            with self.context.catalog.read() as connection:
                return frozenset(dataset_names(connection, self.context.tenant))
        except HeadgateError:
            return frozenset()

    def require_use(self) -> None:
        """Make sure that every data file was named for something, so that no typing error passes.

        Raises:
            NotFound: no contract is about one, and there is no reference of its name.
        """
        for name in self.wish.data:
            if name not in self.about and name not in self.wish.reference:
                raise NotFound.among("object of a contract", name, self.about)

    def rows(self, name: str) -> tuple[str, Any, Loaded | None]:
        """Return the rows of a dataset, with what they are called, and the file they came from.

        Raises:
            NotFound: there is no such file and no such dataset.
        """
        loaded = self.wish.data.get(name)
        if loaded is None:
            if name not in self.datasets:
                raise NotFound.among("dataset", name, {*self.wish.data, *self.datasets})
            return *rows_of(self.context, name), None
        ids = pa.array(np.arange(loaded.rows.num_rows), pa.int64())
        return loaded.file, loaded.rows.append_column(RID, ids), loaded

    def history(self, contract: Contract, name: str) -> History | None:
        """Look up when the rows of a dataset came; nothing of a file."""
        if name in self.wish.data:
            return None
        return history_for(self.context, contract, find_snapshot(self.context, name))


def file_remarks(name: str, path: Path) -> Iterator[Remark]:
    """Say what is wrong with a contract's file."""
    for one in line_of(name, path).problems:
        yield Remark(
            rule="contract/file",
            level="error",
            message=f"{one.clause}: {one.message}",
            mend=one.mend,
            place=Place(f"{FOLDER}/{path.name}", one.line, one.column),
        )


def breaches(contracts: Contracts, name: str, path: Path) -> Iterator[Case]:
    """Say of each clause of a contract whether the data it is about keeps it."""
    file = f"{FOLDER}/{path.name}"
    root = read_file(path, file)
    contract = load_file(path, file)
    for about in contract.schema:
        known = [one for one in (about.name, about.physical_name) if one]
        contracts.about.update(known)
        held = [one for one in known if one in contracts.wish.data or one in contracts.datasets]
        if held:
            yield from _Looked(name, file, root, about.name).at(contracts, contract, held[0])
        else:
            why = f"no data is there; name a file: --data {about.name}=FILE"
            yield Case(suite=f"contract {name}", name=about.name, skipped=why)


class _Looked(NamedTuple):
    """An object of a contract, and where the contract stands."""

    name: str
    file: str
    root: Node
    about: str

    def at(self, contracts: Contracts, contract: Contract, held: str) -> Iterator[Case]:
        """Hold the data that is called so against each clause about the object."""
        began = time.monotonic()
        promises = promises_of(contract, held, contracts.context.registry)
        called, rows, loaded = contracts.rows(held)
        rows = _with_types(rows, promises.rules) if loaded else rows
        levels = Levels(contract, held, rows.schema, contracts.history(contract, held))
        asked = [*promises.rules, *([] if loaded else levels.rules)]
        looked = look(Arrow(rows, lambda other: contracts.rows(other)[1]), asked)
        broken = {one.rule.name: one for one in looked.broken}
        took_ms = (time.monotonic() - began) * 1000 / max(len(promises.rules), 1)
        suite = f"contract {self.name} on {called}"
        for found, rule in zip(looked.found, promises.rules, strict=False):
            remark = Remark(
                rule=f"contract/{self.name}/{found.rule}",
                level=LEVELS.get(rule.severity, "error"),
                message=_told(found, called),
                mend="mend the data, or the clause with those who rely on it",
                place=self.place(rule.name),
                seen_at=tuple(_seen(broken.get(found.rule), loaded)),
            )
            remarks = () if found.is_kept else (remark,)
            yield Case(suite=suite, name=found.rule, remarks=remarks, took_ms=took_ms)
        for untold in promises.untold:
            rule, place = "contract/not-looked-at", self.place(untold.partition(":")[0])
            remark = Remark(rule=rule, level="note", message=untold, place=place)
            yield Case(suite=suite, name=untold.partition(":")[0], remarks=(remark,))

        if loaded:
            yield from (_of_no_file(suite, one.level.property) for one in levels.all)
            return
        for result in levels.results(looked.found[len(promises.rules) :]):
            yield self.level(suite, result, called)

    def level(self, suite: str, result: LevelResult, called: str) -> Case:
        """Say whether a service level is met."""
        if result.is_met is None:
            return Case(suite=suite, name=result.level, skipped=result.measured)
        mark = level_places(self.root)[result.clause]
        remark = Remark(
            rule=f"contract/{self.name}/{LEVEL_KEY}.{result.level}",
            level=LEVELS.get(result.severity, "error"),
            message=f"{result.level} of {called} is {result.measured}, promised {result.promised}",
            mend="see why no rows come, or change the promise with those who rely on it",
            place=Place(self.file, mark.line, mark.column),
        )
        return Case(suite=suite, name=result.level, remarks=() if result.is_met else (remark,))

    def place(self, rule: str) -> Place:
        """Return where a clause stands."""
        mark = place_of(self.root, self.about, rule)
        return Place(self.file, mark.line, mark.column)


def _of_no_file(suite: str, level: str) -> Case:
    return Case(suite=suite, name=level, skipped="a file does not say when its rows came")


def _with_types(rows: Any, rules: Iterable[Rule]) -> Any:
    """Give columns of a file in which nothing stands the types they were promised to have."""
    shapes = [one.check.promise for one in rules if isinstance(one.check.promise, Shape)]
    promised = {name: kind for one in shapes for name, kind in one.types.items()}
    for position, field in enumerate(rows.schema):
        kind = EMPTY.get(promised.get(field.name, ""))
        if kind is not None and pa.types.is_null(field.type):
            rows = rows.set_column(position, field.name, pa.nulls(len(rows)).cast(kind))
    return rows


def _told(found: Found, called: str) -> str:
    """Say how a clause is broken."""
    why = found.told or "it is broken"
    return f"{found.rule} is broken by {called}: {why}"


def _seen(broken: Broken | None, loaded: Loaded | None) -> Iterator[Place]:
    """Point to the first rows that break a clause, where they came from a file."""
    if broken is None or loaded is None:
        return
    ids: list[Any] = broken.keys[RID].to_pylist()
    positions = sorted(ids)[:N_SEEN]
    names = [name for name in broken.rule.check.shows if name in loaded.rows.column_names]
    for position in positions:
        row = loaded.rows.slice(position, 1).to_pylist()[0]
        values = ", ".join(f"{name} {row[name]!r}"[:80] for name in names)
        yield loaded.place(position, f"row {position + 1}: {values}")
