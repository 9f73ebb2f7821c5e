"""What came of each service level of a dataset.

About the dataset a level is held to when rows came, about a column to what stands there: what
columns are asked for is asked beside the contract's other clauses, in the same query.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from headgate.contract.checking import MUTE, Found, Rule, mute_in
from headgate.contract.expectations.fresh import fresh
from headgate.contract.kinds import kind_of
from headgate.contract.odcs.levels import clock, key_of
from headgate.contract.reports import LevelResult
from headgate.contract.service.history import DAY, begin_of
from headgate.contract.service.measuring import (
    Measure,
    aged,
    counted,
    measured,
    promised,
    shared,
    unseen,
)
from headgate.contract.service.promising import promised_of
from headgate.core.checks import Check, Figure, call, column
from headgate.core.times import now

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa

    from headgate.contract.odcs.nouns import Contract
    from headgate.contract.service.history import History
    from headgate.contract.service.promising import Promised

MOMENTS = frozenset({"date", "timestamp", "zoned"})
NO_HISTORY = "when its rows came is not known here"


class Levels:
    """The service levels of a dataset.

    Args:
        contract: promises them.
        dataset: as the contract knows it.
        schema: of the rows that lie there.
        history: when they came; nothing where that is not known.
    """

    def __init__(
        self, contract: Contract, dataset: str, schema: pa.Schema, history: History | None
    ) -> None:
        self.all = list(promised_of(contract, dataset))
        self._schema = schema
        self._history = history
        self._at = history.at if history else now()

    @property
    def rules(self) -> list[Rule]:
        """What is asked of the rows, each a figure."""
        return [
            Rule(name, check)
            for one in self.all
            if one.column is not None and not self._wrong(one.column)
            for name, check in self._asked(one, one.column)
        ]

    def results(self, found: Sequence[Found], untold: Sequence[str] = ()) -> list[LevelResult]:
        """Say what came of each.

        Args:
            found: what came of the rules.
            untold: rules that were not looked at, each with the reason.
        """
        figures = {one.rule: one for one in found}
        reasons = dict(one.split(": ", 1) for one in untold)
        return [self._result(one, self._measure(one, figures, reasons)) for one in self.all]

    def _measure(
        self, one: Promised, figures: Mapping[str, Found], reasons: Mapping[str, str]
    ) -> Measure:
        why = unseen(one.level)
        if why:
            return Measure(None, why)
        if one.column is not None:
            return self._of_column(one, one.column, figures, reasons)
        return measured(one.level, self._history) if self._history else Measure(None, NO_HISTORY)

    def _of_column(
        self, one: Promised, name: str, figures: Mapping[str, Found], reasons: Mapping[str, str]
    ) -> Measure:
        wrong = self._wrong(name)
        if wrong:
            return Measure(is_met=False, said=wrong)
        asked = [each for each, _ in self._asked(one, name)]
        why = next((reasons[each] for each in asked if each in reasons), "")
        if why:
            return Measure(None, why)
        held = [figures[each].figure for each in asked]
        if key_of(one.level) == "latency":
            age = held[0]
            newest = None if age is None else now() - timedelta(seconds=age)
            return aged(one.level, newest, self._at)
        day = f"{self._day:%Y-%m-%d}"
        n_rows, *by_then = (int(each or 0) for each in held)
        return (
            shared(one.level, day, n_rows, *by_then) if by_then else counted(one.level, day, n_rows)
        )

    @property
    def _day(self) -> datetime:
        return begin_of(self._at.date() - DAY)

    def _asked(self, one: Promised, name: str) -> Iterator[tuple[str, Check]]:
        """Yield the figures of a column that a level needs, each under its name."""
        key = key_of(one.level)
        if key == "latency":
            yield one.name, fresh(name)
            return
        yield one.name, _between(name, self._day, self._day + DAY)
        if key == "completeness":
            by = clock(one.level.value_ext) or DAY
            yield f"{one.name} by then", _between(name, self._day, self._day + by)

    def _wrong(self, name: str) -> str:
        """Say why a column tells no moments; empty if it does."""
        if name not in self._schema.names:
            return f"there is no column {name}"
        if name in mute_in(self._schema):
            return MUTE
        kind = kind_of(self._schema.field(name).type)
        return "" if kind in MOMENTS else f"{name} is {kind or 'empty'}, which tells no moment"

    def _result(self, one: Promised, found: Measure) -> LevelResult:
        return LevelResult(
            level=one.level.property,
            clause=one.clause,
            about=one.column or "",
            is_met=found.is_met,
            severity=one.severity,
            promised=promised(one.level),
            measured=found.said,
            figure=found.figure,
            is_stopping=found.is_met is False and one.is_stopping,
        )


def _between(name: str, since: datetime, until: datetime) -> Check:
    later, earlier = call(">=", column(name), since), call("<", column(name), until)
    return Check(Figure(call("count_if", call("and", later, earlier))))
