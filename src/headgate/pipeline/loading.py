"""Finds a project's steps: every function declared in `pipelines/*.py`, and their order."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import os
import sys
import threading
import traceback
from contextlib import contextmanager, suppress
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.pipeline.steps import Step, step_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping
    from types import ModuleType

FOLDER = "pipelines"
_ALONE = threading.Lock()
_FOLDERS: set[str] = set()
"""Every folder that files were imported from in this process."""
_DIGESTS: WeakKeyDictionary[ModuleType, str] = WeakKeyDictionary()
"""What the files of modules were when they were imported."""


class Steps:
    """The steps of a project, in an order in which each comes after those it reads from.

    Args:
        found: the steps.

    Raises:
        Conflict: two make the same dataset.
        Invalid: a step reads, over others, what it makes.
    """

    def __init__(self, found: Iterable[Step]) -> None:
        self._by_name: dict[str, Step] = {}
        for one in found:
            other = self._by_name.setdefault(one.name, one)
            if other is not one:
                raise Conflict(
                    f"{other.file}.py and {one.file}.py both have a step that makes {one.name}",
                    mend="rename one, or give it another dataset: @step(name=…)",
                )
        sorter = TopologicalSorter({one.name: one.follows for one in self._by_name.values()})
        try:
            order = list(sorter.static_order())
        except CycleError as error:
            raise Invalid(
                f"steps go round in a circle: {' reads '.join(error.args[1])}",
                mend="let one of them read something else",
            ) from error
        self.all = [self._by_name[name] for name in order if name in self._by_name]

    def of(self, name: str) -> list[Step]:
        """Return the steps of a pipeline, or those that lead to a dataset, in order.

        Args:
            name: a file of `pipelines` without `.py`, or a dataset that a step makes.

        Raises:
            NotFound: there is neither.
        """
        if any(one.file == name for one in self.all):
            return [one for one in self.all if one.file == name]
        if name not in self._by_name:
            raise NotFound.among("pipeline", name, [*self.files, *self._by_name])
        wanted = {name}
        for one in reversed(self.all):
            if one.name in wanted:
                wanted |= set(one.follows)
        return [one for one in self.all if one.name in wanted]

    @property
    def files(self) -> list[str]:
        """Names of the files that hold steps."""
        return sorted({one.file for one in self.all})

    def is_made(self, dataset: str) -> bool:
        """Say whether a step makes a dataset."""
        return dataset in self._by_name


def load_steps(root: Path) -> Steps:
    """Import a project's pipeline files and list the steps in them.

    Files and helpers are imported anew each time, so that what was changed counts.

    Raises:
        NotFound: the project has no pipeline file.
        Invalid: a file cannot be imported, or steps go round in a circle.
        Conflict: two steps make the same dataset.
    """
    return steps_in(load_modules(root))


def load_modules(root: Path) -> dict[str, Any]:
    """Import a project's pipeline files anew, by name without `.py`.

    Raises:
        NotFound: the project has no pipeline file.
        Invalid: a file cannot be imported.
    """
    folder = (root / FOLDER).resolve()
    files = [path for path in sorted(folder.glob("*.py")) if not path.stem.startswith("_")]
    if not files:
        raise NotFound(
            f"no pipelines in {folder}", mend="write functions with @step in pipelines/NAME.py"
        )
    with _ALONE, _importable(folder):
        modules = {path.stem: _imported(path) for path in files}
        sources(root)
    return modules


def steps_in(modules: Mapping[str, Any]) -> Steps:
    """List the steps that pipeline files declare.

    Raises:
        Invalid: steps go round in a circle.
        Conflict: two steps make the same dataset.
    """
    return Steps(one for stem, module in modules.items() for one in _steps_in(stem, module))


def load_step(root: Path, file: str, name: str) -> Step:
    """Import one pipeline file and what it imports, and return one of its steps.

    Args:
        root: the project's folder.
        file: name of the file, without `.py`.
        name: of the step.

    Raises:
        NotFound: the file is not there, or has no such step any more.
        Invalid: the file cannot be imported.
    """
    path = (root / FOLDER).resolve() / f"{file}.py"
    if not path.is_file():
        raise NotFound(f"no pipeline file {path}", mend="run again what is there now")
    with _ALONE, _importable(path.parent):
        found = {one.name: one for one in _steps_in(file, _imported(path))}
        sources(root)
    if name not in found:
        raise NotFound.among(f"step (in {path.name})", name, found)
    return found[name]


def sources(root: Path) -> dict[str, str]:
    """Digest each of the project's files that this process has imported.

    Returns:
        For each file, by its path seen from the project, the digest it had when it was imported,
        or at the first call of this after that.
    """
    own = root.resolve()
    found: dict[str, str] = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not _is_own(file, own):
            continue
        with suppress(OSError):
            if module not in _DIGESTS:
                _DIGESTS[module] = hashlib.blake2b(Path(file).read_bytes()).hexdigest()
            found[str(Path(file).relative_to(own))] = _DIGESTS[module]
    return found


def _is_own(file: str, root: Path) -> bool:
    """Say whether a file is code of a project and not of a library that lies in its folder."""
    is_inside = file.startswith(f"{root}{os.sep}") and file.endswith(".py")
    return is_inside and "site-packages" not in file


def _steps_in(file: str, module: Any) -> Iterator[Step]:
    for value in vars(module).values():
        one = step_of(value)
        if one is not None and one.function.__module__ == module.__name__:
            yield dataclasses.replace(one, file=file)


@contextmanager
def _importable(folder: Path) -> Generator[None]:
    """Let files of a folder import one another, and forget what was imported of any before.

    The folder stays at the end of the path, for what a step imports when it runs.
    """
    begins = tuple(f"{one}{os.sep}" for one in _FOLDERS)
    for name, module in sys.modules.copy().items():
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.startswith(begins):
            del sys.modules[name]
    for known in _FOLDERS.intersection(sys.path):
        sys.path.remove(known)
    _FOLDERS.add(str(folder))
    writes = sys.dont_write_bytecode
    sys.path.insert(0, str(folder))
    # compiled files are told apart by whole seconds, in which a file may change twice
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes
        sys.path.remove(str(folder))
        sys.path.append(str(folder))


def _imported(path: Path) -> Any:
    name = f"pipelines_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Invalid(f"{path} is no Python file", mend="name it NAME.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise Invalid(
            f"{path} cannot be imported: {type(error).__name__}: {error}{_line_of(error, path)}",
            mend="mend the line it names",
        ) from error
    return module


def _line_of(error: Exception, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return ""
    lines = [
        one.lineno
        for one in traceback.extract_tb(error.__traceback__)
        if Path(one.filename) == path
    ]
    return f" (line {lines[-1]})" if lines else ""
