"""Finds suites, checkpoints and their actions in a file or folder of Great Expectations.

Version 1 keeps checkpoints as JSON, 0.18 as YAML; both keep a suite as one file of JSON, in
folders that are part of its name in 0.18. A project's folder holds `great_expectations.yml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.core.errors import HeadgateError, Invalid, NotFound
from headgate.core.left_out import LeftOut
from headgate.spine.documents import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = "great_expectations.yml"
HOMES = ("", "gx", "great_expectations")
"""Where a project keeps it, seen from its folder."""


class Suite(NamedTuple):
    """A suite: its name and its document."""

    name: str
    plain: dict[str, Any]


class Action(NamedTuple):
    """What a checkpoint does when it has looked.

    Args:
        checkpoint: the checkpoint's name.
        name: the action's own.
        kind: what it is, as `slack`; of version 0.18 its class.
        settings: with what.
    """

    checkpoint: str
    name: str
    kind: str
    settings: dict[str, Any]


class Found(NamedTuple):
    """What lies there.

    Args:
        suites: by name.
        actions: of all checkpoints, in order.
        left_out: what is there and has no counterpart.
    """

    suites: list[Suite]
    actions: list[Action]
    left_out: list[LeftOut]


def find(path: Path) -> Found:
    """Read what lies at a path.

    Args:
        path: a suite's file, a folder of suites, or the folder of a project.

    Raises:
        NotFound: there is nothing there, or no suite.
        Invalid: a file is broken, or no suite.
    """
    if path.is_file():
        plain = _plain(path, path.name)
        return Found([Suite(_name_of(plain, path.stem), _suite(plain, path.name))], [], [])
    if not path.is_dir():
        raise NotFound(f"there is nothing at {path}", mend="name a suite's file or its folder")
    home = next((path / one for one in HOMES if (path / one / SETTINGS).is_file()), None)
    left_out: list[LeftOut] = []
    folder = path if home is None else home / "expectations"
    suites = sorted(_suites(folder, left_out))
    if not suites:
        raise NotFound(
            f"there is no suite in {folder}", mend="name the folder of great_expectations.yml"
        )
    if home is None:
        return Found(suites, [], left_out)
    actions = list(_actions(home / "checkpoints", left_out))
    left_out += _others(home)
    return Found(suites, actions, left_out)


def _suites(folder: Path, left_out: list[LeftOut]) -> Iterator[Suite]:
    for file in sorted(folder.rglob("*.json")):
        name = ".".join(file.relative_to(folder).with_suffix("").parts)
        plain = _plain(file, name)
        if isinstance(plain, dict) and isinstance(plain.get("expectations"), list):
            yield Suite(_name_of(plain, name), plain)
        else:
            left_out.append(LeftOut(str(file.relative_to(folder)), "a file", "it is no suite"))


def _actions(folder: Path, left_out: list[LeftOut]) -> Iterator[Action]:
    files = [one for one in folder.rglob("*") if one.suffix in {".json", ".yml", ".yaml", ""}]
    for file in sorted(one for one in files if one.is_file() and not one.name.startswith(".")):
        name = file.relative_to(folder).with_suffix("").as_posix()
        try:
            plain = _plain(file, name)
        except HeadgateError as error:
            left_out.append(LeftOut(f"checkpoints/{file.name}", "a checkpoint", error.message))
            continue
        yield from _listed(plain if isinstance(plain, dict) else {}, name)


def _listed(held: dict[str, Any], name: str) -> Iterator[Action]:
    """List the actions of one checkpoint, in version 1 or in 0.18."""
    listed = held.get("actions") or held.get("action_list")
    for number, one in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(one, dict):
            yield _action(str(held.get("name", name)), number, one)


def _action(checkpoint: str, number: int, held: dict[str, Any]) -> Action:
    """Read an action: of version 0.18 what it is stands one level deeper."""
    inner = held.get("action")
    settings = inner if isinstance(inner, dict) else held
    kind = settings.get("type") or settings.get("class_name") or "unknown"
    name = str(held.get("name") or f"action {number + 1}")
    rest = {key: one for key, one in settings.items() if key not in {"type", "class_name", "name"}}
    return Action(checkpoint, name, str(kind), {k: one for k, one in rest.items() if one})


def _others(home: Path) -> Iterator[LeftOut]:
    """List what a project has besides: stores, data docs, sources and own code."""
    plain = _plain(home / SETTINGS, SETTINGS)
    held = plain if isinstance(plain, dict) else {}
    whys = {
        "data_docs_sites": "Headgate shows contracts and checks itself: headgate contract check",
        "stores": "contracts lie in the project's folder, what was checked in its catalog",
        "fluent_datasources": "rows come from a dataset: headgate source ingest, or adopt parquet",
        "datasources": "rows come from a dataset: headgate source ingest, or adopt parquet",
    }
    for key, why in whys.items():
        names = held.get(key)
        if names:
            told = ", ".join(map(str, names)) if isinstance(names, dict) else str(names)
            yield LeftOut(f"{SETTINGS}: {key}", told, why)
    for file in sorted((home / "plugins").rglob("*.py")):
        yield LeftOut(
            f"plugins/{file.name}", "code of your own", "make it a file in plugins/expectations"
        )


def _plain(path: Path, name: str) -> Any:
    return read_file(path, name).plain


def _suite(plain: Any, name: str) -> dict[str, Any]:
    if not isinstance(plain, dict) or not isinstance(plain.get("expectations"), list):
        raise Invalid(
            f"{name} is no suite of Great Expectations", mend="give one with expectations"
        )
    return plain


def _name_of(plain: Any, name: str) -> str:
    """Return the name a suite gives itself, in version 1 or in 0.18."""
    held = plain if isinstance(plain, dict) else {}
    return str(held.get("name") or held.get("expectation_suite_name") or name)
