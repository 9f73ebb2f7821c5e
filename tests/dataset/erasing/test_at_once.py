"""Erasures beside one another, beside writers and beside collections."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.spine.context import open_context
from tests.asking import fsck, log, read, root_of
from tests.searching import words_found

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

ERASER = """
import sys
import headgate

with headgate.open(sys.argv[1]) as project:
    for who in sys.argv[2:]:
        receipt = project.dataset.erase("people", where=f"email = '{who}'", apply=True)
        print(receipt.n_rows, flush=True)
"""
WRITER = """
import sys
import headgate

with headgate.open(sys.argv[1]) as project:
    for n in range(int(sys.argv[3])):
        who = f"{sys.argv[2]}-{n}@example.org"
        row = {"id": f"{sys.argv[2]}-{n}", "email": who, "n": n}
        project.dataset.commit("people", [row], mode="upsert", key=["id"])
"""
COLLECTOR = """
import sys
import headgate

with headgate.open(sys.argv[1]) as project:
    for _ in range(int(sys.argv[2])):
        project.dataset.gc(apply=True, grace_h=0, purge=True)
"""


def address(n: int) -> str:
    """Name somebody."""
    return f"someone.{n}@example.org"


def people(project: Project, count: int) -> None:
    """Commit so many people, a few in each snapshot."""
    for start in range(0, count, 3):
        rows = [
            {"id": str(n), "email": address(n), "n": n} for n in range(start, min(start + 3, count))
        ]
        project.dataset.commit("people", rows, mode="upsert", key=["id"])


def start(script: str, root: Path, *told: str) -> subprocess.Popen[bytes]:
    """Start a process."""
    command = [sys.executable, "-c", script, str(root), *told]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def done(processes: list[subprocess.Popen[bytes]]) -> list[str]:
    """Wait for processes that must end well; return what they printed."""
    ends = [process.communicate(timeout=500) for process in processes]
    assert [errors.decode() for _, errors in ends] == [""] * len(processes)
    return [printed.decode() for printed, _ in ends]


def emails(context: Context) -> set[str]:
    """Read who is in the newest snapshot."""
    found: list[Any] = read(context, "people")["email"].to_pylist()
    return set(found)


def test_erasures_by_two_processes_both_land(project: Project, context: Context) -> None:
    people(project, 9)

    printed = done(
        [
            start(ERASER, context.root, address(0), address(3)),
            start(ERASER, context.root, address(1), address(6)),
        ]
    )

    assert printed == ["1\n1\n", "1\n1\n"]
    assert words_found(context.root, [address(n) for n in (0, 1, 3, 6)]) == set()
    assert emails(context) == {address(n) for n in (2, 4, 5, 7, 8)}
    assert all(one.is_finished and one.is_signed for one in project.dataset.erasures().erasures)
    assert fsck(context, deep=True).problems == ()


def test_the_same_subject_erased_by_two_processes_is_erased_once(
    project: Project, context: Context
) -> None:
    people(project, 6)

    running = [start(ERASER, context.root, address(0)) for _ in range(2)]
    ends = [process.communicate(timeout=60) for process in running]

    assert sorted(printed for printed, _ in ends) in ([b"", b"1\n"], [b"1\n", b"1\n"])
    assert all(not errors or b"no row of people" in errors for _, errors in ends)
    assert words_found(context.root, [address(0)]) == set()
    assert emails(context) == {address(n) for n in range(1, 6)}
    assert fsck(context, deep=True).problems == ()


def test_a_collection_beside_an_erasure_takes_nothing_that_it_needs(
    project: Project, context: Context
) -> None:
    people(project, 9)

    done(
        [
            start(ERASER, context.root, address(0), address(4), address(8)),
            start(COLLECTOR, context.root, "12"),
        ]
    )

    assert words_found(context.root, [address(n) for n in (0, 4, 8)]) == set()
    assert emails(context) == {address(n) for n in (1, 2, 3, 5, 6, 7)}
    assert fsck(context, deep=True).problems == ()


@pytest.mark.full
def test_subjects_are_erased_while_others_commit(tmp_path: Path) -> None:
    with headgate.init(tmp_path / "project") as project:
        people(project, 12)
    gone = [address(n) for n in range(0, 12, 2)]

    root = tmp_path / "project"
    writers = [start(WRITER, root, name, "25") for name in ("ada", "bob")]
    erasers = [start(ERASER, root, *gone[:3]), start(ERASER, root, *gone[3:])]
    done([*writers, *erasers, start(COLLECTOR, root, "20")])

    context = open_context(root)
    written = {f"{name}-{n}@example.org" for name in ("ada", "bob") for n in range(25)}
    assert emails(context) == written | {address(n) for n in range(1, 12, 2)}
    assert words_found(root, gone) == set()
    assert fsck(context, deep=True).problems == ()
    newest = log(context, "people")[0]
    assert root_of(read(context, "people")) == newest.content_root
    context.opened.close()
