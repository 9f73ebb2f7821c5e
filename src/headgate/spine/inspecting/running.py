"""Inspects a folder: loads what was named, asks every stage, and writes what was found down."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.core.errors import Denied, Invalid, NotFound
from headgate.spine.inspecting.commit import Base
from headgate.spine.inspecting.github import workflow, write_workflow
from headgate.spine.inspecting.junit import junit
from headgate.spine.inspecting.loading import load
from headgate.spine.inspecting.markdown import markdown
from headgate.spine.inspecting.nouns import LEVELS, Case, Place, Remark, Wish
from headgate.spine.inspecting.sarif import sarif

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headgate.spine.context import Context
    from headgate.spine.inspecting.nouns import Level, Loaded
    from headgate.spine.inspecting.requests import InspectRequest

SUMMARY = "GITHUB_STEP_SUMMARY"
"""Where a job of GitHub Actions says that its summary goes."""


def inspect(context: Context, request: InspectRequest) -> tuple[list[Case], bool]:
    """Look at a folder; say what was looked at, and whether something is worth stopping for.

    Raises:
        NotFound: a file or the base is not there.
        Invalid: a file cannot be read.
        Denied: it is asked through a server to read or write elsewhere.
    """
    if context.is_remote and any((request.junit, request.sarif, request.markdown)):
        raise Denied("a server writes no reports", mend="ask for them where the checkout is")
    for name in request.reference:
        if name not in request.data:
            raise NotFound.among("data file (--data NAME=FILE)", name, request.data)
    wish = Wish(
        data={name: load(context, name, file) for name, file in request.data.items()},
        reference={name: load(context, name, file) for name, file in request.reference.items()},
        base=None if is_no_base(request.base) else Base(context.root, str(request.base)),
        mode=request.mode,
    )
    cases = [*_records(wish.data), *_records(wish.reference)]
    for one in context.registry.inspections:
        cases += one.inspect(context, wish)
    failing = failing_levels(request.fail_on)
    has_findings = any(one.level in failing for case in cases for one in case.remarks)
    if not context.is_remote:
        _write(context, request, cases, has_findings=has_findings)
    return cases, has_findings


def init_github(context: Context, request: InspectRequest) -> str:
    """Write the workflow for GitHub Actions; return where it lies.

    Raises:
        Conflict: there is another one of that name.
        Denied: it is asked through a server.
    """
    if context.is_remote:
        raise Denied("a server writes no workflow", mend="ask for it where the checkout is")
    top = top_of(context.root) or context.root
    return write_workflow(top, workflow(request.data, request.reference))


def failing_levels(least: Level) -> frozenset[str]:
    """Return the levels from one on.

    >>> sorted(failing_levels("warning"))
    ['error', 'warning']
    """
    return frozenset(LEVELS[LEVELS.index(least) :])


def is_no_base(name: str | None) -> bool:
    """Say whether no state before is named: by nothing, or by zeros, as for a branch that is new.

    >>> is_no_base(""), is_no_base("0" * 40), is_no_base("origin/main")
    (True, True, False)
    """
    return not (name or "").strip("0")


def top_of(folder: Path) -> Path | None:
    """Return the top of the working tree that a folder lies in; nothing if it lies in none."""
    resolved = folder.resolve()
    return next((one for one in (resolved, *resolved.parents) if (one / ".git").exists()), None)


def _records(files: dict[str, Loaded]) -> Iterator[Case]:
    """Say which records of data files could not become rows."""
    for name, loaded in files.items():
        remarks = [
            Remark(
                rule=f"data/{name}/{one.reason.partition(':')[0]}",
                level="error",
                message=f"a record cannot become a row: {one.reason}",
                mend="mend the line, or leave it out",
                place=Place(loaded.file, one.line),
            )
            for one in loaded.rejected
        ]
        yield Case(suite=f"data {loaded.file}", name="every record is a row", remarks=(*remarks,))


def _write(
    context: Context, request: InspectRequest, cases: Sequence[Case], *, has_findings: bool
) -> None:
    """Write the reports that were asked for, and the summary of a job."""
    top = top_of(context.root)
    inner = context.root.resolve().relative_to(top).as_posix() if top else "."
    prefix = "" if inner == "." else f"{inner}/"
    summary = markdown(cases, has_findings=has_findings)
    reports = {
        request.junit: lambda: junit(cases, failing_levels(request.fail_on)),
        request.sarif: lambda: sarif(cases, version("headgate"), prefix),
        request.markdown: lambda: summary,
    }
    for file, made in reports.items():
        if file:
            _write_file(Path(file), made(), "w")
    if os.environ.get(SUMMARY):
        _write_file(Path(os.environ[SUMMARY]), summary, "a")


def _write_file(path: Path, text: str, mode: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error}", mend="name another file") from error
