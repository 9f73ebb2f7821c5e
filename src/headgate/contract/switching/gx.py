"""Adopts suites of Great Expectations: a contract of each, and both side by side on the rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa

from headgate.contract.checking import Arrow, Rule, look, sayable
from headgate.contract.exchange.gx_in import from_gx
from headgate.contract.exchange.verbs import write_contract
from headgate.contract.looking import rows_of
from headgate.contract.odcs.files import place_of
from headgate.contract.promises import promises_of
from headgate.contract.switching.finding import find
from headgate.contract.switching.matching import (
    IMPLIED,
    became,
    columns_of,
    kind_of,
    kwargs_of,
)
from headgate.contract.switching.notifying import propose
from headgate.contract.switching.reasons import Case, explain, is_same
from headgate.contract.switching.reports import Compared, GxAdopted, State, SuiteAdopted
from headgate.contract.switching.running import Answers, ask
from headgate.contract.words import RID
from headgate.core.errors import Invalid, NotFound
from headgate.core.refs import check_name
from headgate.spine.store.exchange import FORMS, read_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.contract.checking import Found
    from headgate.contract.exchange.translating import Imported
    from headgate.contract.switching.finding import Found as Existing
    from headgate.contract.switching.finding import Suite
    from headgate.contract.switching.matching import Became
    from headgate.contract.switching.reports import AdoptGx, Said
    from headgate.spine.context import Context

NULLS = "expect_column_values_to_be_null"
NOT_COMPARED: State = "not compared"
SUFFIXES = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl"}


class Rows(NamedTuple):
    """What both look at: its name, and the rows with ids of their own."""

    name: str
    table: pa.Table


class Pair(NamedTuple):
    """An expectation, what Great Expectations says of it, and the clauses it became."""

    expectation: Any
    gx: Said
    became: Became


class Looked(NamedTuple):
    """What a contract says of rows: its rules, what came of each, and what could not be asked."""

    rules: list[Rule]
    found: dict[str, Found]
    untold: list[str]


def adopt(context: Context, request: AdoptGx) -> GxAdopted:
    """Import what is found, and compare where rows are named.

    Raises:
        NotFound: there is no such path, suite, dataset, file or Python.
        Invalid: a suite or file is broken.
        Conflict: there is another contract of a suite's name.
        Unavailable: Great Expectations cannot be installed.
    """
    found = find(Path(request.path))
    suites = _chosen(found.suites, request.suite)
    rows = _rows(context, request)
    made = [(suite, from_gx(suite.plain, contract_name(suite.name))) for suite in suites]
    written = [
        write_contract(context.root, one.contract, replace=request.replace) for _, one in made
    ]
    answers = Answers("", {})
    if rows is not None:
        asked = {suite.name: suite.plain["expectations"] for suite in suites}
        answers = ask(context, rows.table.drop_columns([RID]), asked, request.python)
    adopted = tuple(
        SuiteAdopted(
            suite=suite.name,
            contract=one.contract.id,
            path=str(place_of(context.root, one.contract.id).relative_to(context.root)),
            is_new=is_new,
            n_expectations=len(suite.plain["expectations"]),
            compared=() if rows is None else _compared(context, suite, one, rows, answers),
            left_out=one.left_out,
        )
        for (suite, one), is_new in zip(made, written, strict=True)
    )
    return _report(found, adopted, rows, answers.version)


def _report(
    found: Existing, adopted: tuple[SuiteAdopted, ...], rows: Rows | None, version: str
) -> GxAdopted:
    proposed = propose(found.actions)
    states = [one.state for suite in adopted for one in suite.compared]
    return GxAdopted(
        version=version,
        looked_at="" if rows is None else rows.name,
        n_rows=0 if rows is None else rows.table.num_rows,
        suites=adopted,
        notifiers=proposed.text,
        left_out=(*found.left_out, *proposed.left_out),
        n_agreed=states.count("agree"),
        n_explained=states.count("explained"),
        n_unexplained=states.count("unexplained"),
        has_findings="unexplained" in states,
    )


def contract_name(suite: str) -> str:
    """Return the name of the contract made of a suite: its own, as far as names go.

    >>> contract_name("sales.orders v2")
    'sales.orders-v2'
    """
    kept = "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in suite)
    return check_name("contract", kept.strip(".-") or "suite")


def _chosen(suites: list[Suite], names: Sequence[str]) -> list[Suite]:
    known = {one.name: one for one in suites}
    for name in names:
        if name not in known:
            raise NotFound.among("suite", name, list(known))
    return [known[name] for name in names] if names else suites


def _rows(context: Context, request: AdoptGx) -> Rows | None:
    """Read the rows that both look at, if any were named.

    Raises:
        NotFound: there is no such dataset or file.
        Invalid: both are named, or the file is of no known form.
    """
    if request.dataset and request.data:
        raise Invalid("--dataset and --data were both given", mend="give one of them")
    if request.dataset:
        dataset, at, snapshot = request.dataset.partition("@")
        name, held = rows_of(context, dataset, snapshot if at else None)
        return Rows(name, held.to_table())
    if not request.data:
        return None
    path = Path(request.data)
    form = SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise Invalid(f"{path.name} is of no known form", mend=f"one of {', '.join(FORMS)}")
    if not path.is_file():
        raise NotFound(f"there is no file {path}", mend="name a file of rows")
    table = read_file(path, next(one for one in FORMS if one == form))
    return Rows(path.name, table.append_column(RID, pa.array(range(1, table.num_rows + 1))))


def _compared(
    context: Context, suite: Suite, made: Imported, rows: Rows, answers: Answers
) -> tuple[Compared, ...]:
    """Put what both say side by side, and below it what the contract promises besides."""
    looked = _looked(context, made, rows)
    name = made.contract.id
    compared: list[Compared] = []
    expectations = suite.plain["expectations"]
    for one, gx in zip(expectations, answers.suites[suite.name], strict=True):
        pair = Pair(one, gx, became(one, name, looked.rules, context.registry))
        compared.append(_one(pair, looked, rows.table))
    named = {rule for one in compared for rule in one.rules}
    others = (rule for rule in looked.rules if rule.name not in named)
    besides = (_besides(looked, rule) for rule in others)
    return (*compared, *(one for one in besides if not one.ours))


def _looked(context: Context, made: Imported, rows: Rows) -> Looked:
    promises = promises_of(made.contract, made.contract.id, context.registry)
    engine = Arrow(rows.table, lambda other: rows_of(context, other)[1])
    kept, untold = sayable(engine, promises.rules)
    found = {one.rule: one for one in look(engine, kept).found}
    return Looked(promises.rules, found, untold)


def _one(pair: Pair, looked: Looked, rows: pa.Table) -> Compared:
    """Compare what both say of one expectation."""
    expectation, gx, told = pair
    ours = [looked.found[rule] for rule in told.rules if rule in looked.found]
    if kind_of(expectation) == NULLS:
        ours = [_turned(one) for one in ours]
    broken = next((one for one in ours if not one.is_kept), ours[0] if ours else None)
    if broken is None:
        why = told.why or "; ".join(looked.untold)
        state, reason = NOT_COMPARED, f"it did not translate: {why}"
    elif gx.success is None:
        state, reason = _unsaid(gx, broken)
    else:
        case = Case(kind_of(expectation), kwargs_of(expectation), gx, broken, rows)
        state, reason = _state(case)
    observed = gx.observed if isinstance(gx.observed, (int, float)) else None
    return Compared(
        expectation=kind_of(expectation),
        column=", ".join(columns_of(expectation)),
        rules=told.rules,
        gx=gx.success,
        ours=None if broken is None else broken.is_kept,
        gx_figure=observed if gx.count is None else gx.count,
        our_figure=None if broken is None else broken.figure,
        state=state,
        reason=reason,
    )


def _turned(found: Found) -> Found:
    """Count the rows that have a value, where a contract counts those that have none."""
    figure = None if found.figure is None else found.n_rows - found.figure
    return msgspec.structs.replace(found, figure=figure)


def _unsaid(gx: Said, ours: Found) -> tuple[State, str]:
    """Tell what Great Expectations could not look at; where we could not either, both agree."""
    if ours.figure is None and not ours.is_kept:
        return "agree", f"neither can look: {ours.told}"
    return NOT_COMPARED, f"Great Expectations could not look: {gx.error}"


def _state(case: Case) -> tuple[State, str]:
    if is_same(case):
        return "agree", ""
    reason = explain(case)
    return ("explained", reason) if reason else ("unexplained", case.ours.told)


def _besides(looked: Looked, rule: Rule) -> Compared:
    """Tell of a clause that no expectation says: what a column must hold for another clause."""
    found = looked.found.get(rule.name)
    is_implied = rule.name.endswith(IMPLIED)
    reason = "a clause stands on a type, which the contract promises with it: " * is_implied
    return Compared(
        expectation="promised besides",
        column=rule.name.removesuffix(IMPLIED),
        rules=(rule.name,),
        gx=None,
        ours=None if found is None else found.is_kept,
        gx_figure=None,
        our_figure=None if found is None else found.figure,
        state="explained" if is_implied else "unexplained",
        reason=reason + ("" if found is None else found.told),
    )
