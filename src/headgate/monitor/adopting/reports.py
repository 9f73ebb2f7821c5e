"""What is asked of an adoption, and what it answers."""

from __future__ import annotations

import msgspec

from headgate.core.left_out import LeftOut
from headgate.monitor.exchange.methods import Kind
from headgate.monitor.nouns import Measured


class AdoptEvidently(msgspec.Struct, frozen=True, kw_only=True):
    """What to take over from Evidently.

    Args:
        path: a saved report, snapshot or test suite, a workspace, or a Python file that builds one.
        reference: a file of the reference's rows: Parquet, CSV or JSON lines.
        current: a file of the rows to compare; without both the settings are translated only.
        python: an interpreter that has Evidently; an environment is made if none is named.
        name: of the monitor; that of the file if none is named.
        watch: what it shall watch: `deployment:NAME` or `dataset:NAME`; the dataset of its own name
            if nothing is said.
        replace: a monitor that is there already makes way.
    """

    path: str
    reference: str | None = None
    current: str | None = None
    python: str | None = None
    name: str = ""
    watch: str = ""
    replace: bool = False


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One column, as both see it.

    Args:
        column: its name.
        kind: `number`, `category` or `text`.
        method: how Evidently tells drift, as its reports call it.
        theirs: its number; nothing where it gives none.
        their_limit: the threshold it holds that against.
        their_drift: whether it calls it drift.
        same: ours by the same formula, or the same test's p-value; nothing where there is none.
        metric: ours that a monitor watches the column by.
        ours: its value.
        limit: from where it is worth a look, at this size.
        drift: whether it is.
        reasons: why numbers or verdicts differ.
        is_same: the number and the verdict are those of Evidently.
        is_explained: every difference has a reason that was checked.
    """

    column: str
    kind: Kind
    method: str
    theirs: float | None
    their_limit: float | None
    their_drift: bool | None
    same: float | None = None
    metric: str = ""
    ours: float | None = None
    limit: float | None = None
    drift: bool = False
    reasons: tuple[str, ...] = ()
    is_same: bool = False
    is_explained: bool = True


class EvidentlyAdopted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it.

    Args:
        monitor: the monitor's name.
        path: its file, relative to the project.
        form: what was read: `snapshot`, `report`, `test suite` or `Python file`.
        version: of the Evidently that ran; empty if none did.
        compared: each column as both see it, unexplained differences first.
        seen_here: what ours finds that Evidently has no eyes for, such as missing values.
        left_out: what did not translate.
        n_same: columns in which both say the same [count].
        n_explained: columns in which they differ for a reason that is told [count].
        n_unexplained: columns in which they differ for none [count].
        has_findings: a difference is not explained.
    """

    monitor: str
    path: str
    form: str
    version: str = ""
    compared: tuple[Compared, ...] = ()
    seen_here: tuple[Measured, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    n_same: int = 0
    n_explained: int = 0
    n_unexplained: int = 0
    has_findings: bool = False
