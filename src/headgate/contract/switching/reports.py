"""What switching from Great Expectations is asked and answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from headgate.core.left_out import LeftOut

State = Literal["agree", "explained", "unexplained", "not compared"]


class AdoptGx(msgspec.Struct, frozen=True, kw_only=True):
    """Import suites of Great Expectations, and look at the same rows with both."""

    path: Annotated[str, Meta(description="a suite, a folder of suites, or a project's folder")]
    dataset: Annotated[
        str | None, Meta(description="the dataset that both look at, such as orders or orders@3")
    ] = None
    data: Annotated[
        str | None, Meta(description="a Parquet, CSV or JSON lines file that both look at instead")
    ] = None
    suite: Annotated[
        tuple[str, ...], Meta(description="only these suites; all that are found if none")
    ] = ()
    python: Annotated[
        str | None,
        Meta(description="a Python with Great Expectations and pyarrow; made if none is given"),
    ] = None
    replace: Annotated[bool, Meta(description="contracts of the suites' names make way")] = False


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One expectation, as both look at it.

    Args:
        expectation: its type, or the clause that the contract promises besides.
        column: the column, or columns, that it is about; empty if it is about all.
        rules: the clauses that it became.
        gx: kept, by Great Expectations; nothing if it did not say.
        ours: kept, by the contract; nothing if it did not translate.
        gx_figure: rows that break it, or the figure that is promised.
        our_figure: the same by the contract.
        state: `agree`, or `explained` where they do not and it is known why, `unexplained`, or
            `not compared` where one of them said nothing.
        reason: why they differ, or why one of them said nothing.
    """

    expectation: str
    column: str
    rules: tuple[str, ...]
    gx: bool | None
    ours: bool | None
    gx_figure: float | None
    our_figure: float | None
    state: State
    reason: str = ""


class SuiteAdopted(msgspec.Struct, frozen=True, kw_only=True):
    """A suite, and what became of it.

    Args:
        suite: its name there.
        contract: the contract made of it.
        path: that contract's file.
        is_new: this call made it, or made it anew.
        n_expectations: expectations in the suite [count].
        compared: each expectation by both; empty if no rows were named.
        left_out: what did not translate.
    """

    suite: str
    contract: str
    path: str
    is_new: bool
    n_expectations: int
    compared: tuple[Compared, ...]
    left_out: tuple[LeftOut, ...]


class GxAdopted(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of Great Expectations.

    Args:
        version: of Great Expectations that looked; empty if none did.
        looked_at: the rows both looked at, such as `orders@3`; empty if none were named.
        n_rows: how many there are [count].
        suites: each suite, by name.
        notifiers: sections of headgate.toml for the actions of its checkpoints; to be looked over
            and put there.
        left_out: actions, stores and files that have no counterpart.
        n_agreed: expectations that both say the same of [count].
        n_explained: those that they do not, and it is known why [count].
        n_unexplained: those that they do not, and nobody knows why [count].
        has_findings: there is one that nobody can explain.
    """

    version: str
    looked_at: str
    n_rows: int
    suites: tuple[SuiteAdopted, ...]
    notifiers: str
    left_out: tuple[LeftOut, ...]
    n_agreed: int
    n_explained: int
    n_unexplained: int
    has_findings: bool


class Said(msgspec.Struct, frozen=True):
    """What Great Expectations says of one expectation.

    Args:
        success: it is kept; nothing if it could not be looked at.
        count: rows that break it [count].
        observed: what was observed instead, such as a mean or the name of a type.
        error: why it could not be looked at.
    """

    success: bool | None
    count: int | None = None
    observed: Any = None
    error: str = ""
