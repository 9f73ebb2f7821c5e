"""Monitors as files: `monitors/*.yaml` of a project, each read with all its problems."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headgate.core.errors import HeadgateError, Invalid, NotFound
from headgate.core.refs import check_name, split_at
from headgate.core.times import parse as parse_time
from headgate.core.times import span
from headgate.monitor import checking
from headgate.monitor.documents import FOLDER, KINDS, Monitor
from headgate.spine.documents import Node, files_in, parse, read_bytes
from headgate.spine.problems import Problems, refusal
from headgate.spine.strict import read_struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.spine.registry import Registry

LONGEST = timedelta(days=366)
POLICY = "policy"
"""The file of this name holds rules for all monitors, and is no monitor."""


def files_of(root: Path) -> dict[str, Path]:
    """List a project's monitor files by name, which is the file's without suffix."""
    return {name: path for name, path in files_in(root / FOLDER).items() if name != POLICY}


def named(root: Path, name: str, registry: Registry) -> Monitor:
    """Read the monitor `monitors/NAME.yaml` of a project.

    Raises:
        NotFound: there is none of that name.
        Invalid: it is broken.
    """
    files = files_of(root)
    if name not in files:
        raise NotFound.among("monitor", name, files)
    told = f"{FOLDER}/{files[name].name}"
    return load(read_bytes(files[name], told), told, registry)


def load(content: bytes, name: str, registry: Registry) -> Monitor:
    """Read a monitor from the bytes of its file.

    Raises:
        Invalid: it is no monitor; the message names file, line, column and clause of each problem.
    """
    root = parse(content, name)
    monitor, problems = check(root, Path(name).stem, registry)
    if monitor is None:
        raise refusal(name, problems.listed())
    return monitor


def check(root: Node, stem: str, registry: Registry) -> tuple[Monitor | None, Problems]:
    """Read a monitor and list everything that is wrong with it.

    Args:
        root: the document.
        stem: the file's name without suffix.
        registry: finds the checks there are.
    """
    problems = Problems()
    monitor = read_struct(root, Monitor, problems)
    if isinstance(root.value, dict):
        _check_settings(root, registry, problems)
        for key, look in _CLAUSES.items():
            node = root.value.get(key)
            if node is not None and isinstance(node.value, str):
                _held(node, key, look, problems)
        _check_name(root, stem, problems)
        for key in ("reference", "answers"):
            _check_ending(root.value.get(key), key, problems)
    return (None if problems.found else monitor), problems


def _check_settings(root: Node, registry: Registry, problems: Problems) -> None:
    """Hold the settings of each check to what its file knows."""
    checks = root.value.get("checks")
    if checks is None or not isinstance(checks.value, dict):
        return
    known = registry.plugins(checking.KIND)
    for name, node in checks.value.items():
        path = ("checks", name)
        if name not in known:
            error = NotFound.among("check", name, known)
            problems.add(path, checks.keys[name], error.message, error.mend)
        elif isinstance(node.value, dict):
            settings = checking.found(registry, name).settings
            read_struct(node, settings, problems, path)
        elif not isinstance(node.value, bool):
            mend = "write true, false, or its settings as a mapping"
            problems.add(path, node.mark, "must be true, false or settings", mend)


def _check_name(root: Node, stem: str, problems: Problems) -> None:
    node = root.value.get("monitor")
    if node is not None and isinstance(node.value, str) and node.value != stem:
        mend = f"write {stem}, or rename the file"
        problems.add(("monitor",), node.mark, f"the file is called {stem}", mend)


def _check_ending(node: Node | None, key: str, problems: Problems) -> None:
    if node is None or not isinstance(node.value, dict):
        return
    ending = node.value.get("ending")
    if ending is not None and isinstance(ending.value, str):
        _held(ending, f"{key}.ending", parse_time, problems)


def _held(node: Node, key: str, look: Callable[[str], Any], problems: Problems) -> None:
    try:
        look(node.value)
    except HeadgateError as error:
        problems.add((key,), node.mark, error.message, error.mend)


def _watched(text: str) -> None:
    kind, colon, name = text.partition(":")
    if not colon or not name or kind not in KINDS:
        raise Invalid(f"{text!r} cannot be watched", mend="write deployment:NAME or dataset:NAME")
    check_name(kind, name.partition("?")[0])


def _referred(text: str) -> None:
    name, number = split_at(text)
    if text != "lineage" and number is None:
        raise Invalid(
            f"{text!r} is no reference",
            mend=f"write lineage, {name}@NUMBER, or {{days: 28, ending: 2026-11-03}}",
        )


def _length(text: str) -> None:
    if not span(text):
        raise Invalid(f"a window of {text} has no length", mend="write 1d or 1h")
    if span(text) > LONGEST:
        raise Invalid(f"a window of {text} is too long", mend="write 366d at most")


_CLAUSES: dict[str, Callable[[str], Any]] = {
    "watch": _watched,
    "reference": _referred,
    "window": _length,
}
