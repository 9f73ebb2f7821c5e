"""What an inspection is asked and what it answers."""

from __future__ import annotations

import msgspec

from headgate.spine.inspecting.nouns import Case, Level, Mode


class InspectRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to look at, and where to write what was found.

    Args:
        data: data files by dataset, such as `orders=data/orders.csv`, to be held against contracts.
        reference: data files by dataset that drift is measured against.
        base: a branch, tag or commit; contracts are compared with what they were there.
        mode: what must hold between a contract there and the contract here.
        fail_on: from which level on the exit code is 1.
        junit: the file to write JUnit XML to.
        sarif: the file to write SARIF 2.1.0 to.
        markdown: the file to write a summary to; that of a GitHub job is written anyway.
        init_github: write a workflow for GitHub Actions that does all of this, and nothing else.
    """

    data: dict[str, str] = {}
    reference: dict[str, str] = {}
    base: str | None = None
    mode: Mode = "BACKWARD"
    fail_on: Level = "warning"
    junit: str = ""
    sarif: str = ""
    markdown: str = ""
    init_github: bool = False


class Inspected(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, and what is wrong.

    Args:
        cases: each thing that was looked at.
        n_looked: of them those that could be looked at [count].
        n_broken: of these those with an error or a warning [count].
        wrote: files that were written.
        has_findings: something is as bad as `fail_on`, or worse.
    """

    cases: tuple[Case, ...]
    n_looked: int
    n_broken: int
    wrote: tuple[str, ...] = ()
    has_findings: bool
