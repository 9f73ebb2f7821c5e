"""What a step's code is, as far as it changes what comes out: its own and all it calls.

Bytecode and constants of the function and of every function, class and value of the project that
it names, however deep; for what comes from a library, the library's version. Comments, line
numbers and docstrings are no part of it.
"""

from __future__ import annotations

import dis
import functools
import pickle
import platform
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import msgspec
from blake3 import blake3

from headgate.pipeline.kinds.made import Made
from headgate.spine.registry import load_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PYTHON = "python"
_SHUFFLES = "headgate.pipeline.shuffles"
"""What it finds depends on Daft, too."""
_IMPORT = dis.opmap["IMPORT_NAME"]
_NEW_LOCALS = 0x02
"""Flag of the code of functions, which that of a class body does not bear."""


class Code(msgspec.Struct, frozen=True):
    """What a step's code depends on.

    Args:
        functions: digest of each function, class and value of the project, by name.
        libraries: version of each library it names, and of Python.
    """

    functions: dict[str, str]
    libraries: dict[str, str]


def code_of(function: Callable[..., Any], root: Path) -> Code:
    """Walk from a function over everything it names.

    Args:
        function: where to begin.
        root: the project's folder; what lies outside of it is a library.
    """
    if isinstance(function, Made):
        facts = {name: _digest(value) for name, value in sorted(function.facts.items())}
        return Code(facts, {one: version_of(one) for one in function.libraries})
    walk = _Walk(_resolved(root), function)
    walk.note(function.__qualname__, function)
    libraries = {PYTHON: python_version()} | walk.libraries
    return Code(
        functions=dict(sorted(walk.found.items())), libraries=dict(sorted(libraries.items()))
    )


class _Walk:
    """A walk over what code names; each thing is visited once."""

    def __init__(self, root: Path, first: Callable[..., Any]) -> None:
        self._root = root
        self._first = first
        self._seen: set[int] = set()
        self.found: dict[str, str] = {}
        self.libraries: dict[str, str] = {}

    def note(self, name: str, value: Any) -> None:
        """Take down what a name stands for."""
        if id(value) in self._seen:
            return
        if isinstance(value, functools.partial):
            self.note(f"{name}.func", value.func)
            self.note(f"{name}.args", (value.args, value.keywords))
        elif isinstance(value, FunctionType):
            self._function(value)
        elif isinstance(value, type):
            self._class(value)
        elif isinstance(value, ModuleType):
            self._module(value, ())
        elif callable(value) and getattr(value, "__module__", None):
            self._library(value.__module__)
        else:
            self.found[name] = _digest_of(value)

    def _function(self, function: FunctionType) -> None:
        if not self._is_ours(function.__code__.co_filename):
            self._library(function.__module__)
            return
        self._seen.add(id(function))
        name = f"{function.__module__}.{function.__qualname__}"
        code = function.__code__
        self.found[name] = _digest(_parts_of(code, function.__doc__))
        defaults = (function.__defaults__, function.__kwdefaults__)
        # those of the step itself are its settings
        if any(defaults) and function is not self._first:
            self.note(f"{name} defaults", defaults)
        for inner, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            self.note(f"{name}.{inner}", cell.cell_contents)
        names = _names_of(code)
        for each in sorted(names & function.__globals__.keys()):
            value = function.__globals__[each]
            if isinstance(value, ModuleType):
                self._module(value, names)
            else:
                self.note(f"{function.__module__}.{each}", value)
        for each in _imported_in(code):
            self._import(each, names)

    def _class(self, kind: type) -> None:
        module = sys.modules.get(kind.__module__)
        if not self._is_ours(getattr(module, "__file__", None)):
            self._library(kind.__module__)
            return
        self._seen.add(id(kind))
        name = f"{kind.__module__}.{kind.__qualname__}"
        for base in kind.__bases__:
            self.note(f"{name} base", base)
        for each, value in vars(kind).items():
            bare = getattr(value, "__func__", getattr(value, "fget", value))
            if isinstance(bare, FunctionType):
                self.note(f"{name}.{each}", bare)
            elif not each.startswith("__"):
                self.note(f"{name}.{each}", value)

    def _module(self, module: ModuleType, names: Any) -> None:
        if not self._is_ours(getattr(module, "__file__", None)):
            self._library(module.__name__)
            return
        for each in sorted(set(names) & vars(module).keys()):
            self.note(f"{module.__name__}.{each}", vars(module)[each])

    def _import(self, name: str, names: set[str]) -> None:
        try:
            module = load_module(name)
        except ImportError:
            self.libraries[name.partition(".")[0]] = "not there"
            return
        self._module(module, names)

    def _library(self, module: str) -> None:
        if module == _SHUFFLES:
            self._library("daft")
        top = module.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "builtins":
            self.libraries[top] = version_of(top)

    def _is_ours(self, filename: str | None) -> bool:
        return filename is not None and _lies_in(filename, self._root)


@functools.lru_cache(100)
def _resolved(root: Path) -> Path:
    return root.resolve()


@functools.lru_cache(10_000)
def _lies_in(filename: str, root: Path) -> bool:
    path = Path(filename).resolve()
    return path.is_relative_to(root) and "site-packages" not in path.parts


def python_version() -> str:
    """Return the version of Python as a memo key tells it."""
    return platform.python_version()


@functools.cache
def version_of(top: str) -> str:
    """Return the version of the distribution that a top-level module comes from."""
    try:
        return version(top)
    except PackageNotFoundError:
        names = packages_distributions().get(top, [])
        return ", ".join(f"{name} {version(name)}" for name in names) or "unknown"


def _parts_of(code: CodeType, docstring: str | None) -> list[Any]:
    """List what tells two pieces of code apart, the docstring left out."""
    constants = list(code.co_consts)
    if docstring is not None and constants and constants[0] == docstring:
        constants[0] = None
    parts: list[Any] = [code.co_code.hex(), code.co_names, code.co_argcount, code.co_flags]
    for one in constants:
        inner = isinstance(one, CodeType)
        parts.append(_parts_of(one, _docstring_of(one)) if inner else _constant(one))
    return parts


def _docstring_of(code: CodeType) -> str | None:
    first = code.co_consts[0] if code.co_consts else None
    # inside a comprehension or a lambda the first constant is one of its own
    is_function = bool(code.co_flags & _NEW_LOCALS) and not code.co_name.startswith("<")
    return first if is_function and isinstance(first, str) else None


def _constant(value: Any) -> str:
    if isinstance(value, frozenset):
        return f"frozenset {sorted(map(repr, value))}"
    return f"{type(value).__name__} {value!r}"


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _names_of(code: CodeType) -> set[str]:
    return {name for one in _codes(code) for name in one.co_names}


@functools.lru_cache(10_000)
def _imported_in(code: CodeType) -> tuple[str, ...]:
    found = {
        str(line.argval)
        for one in _codes(code)
        # operations stand at the even places; to take most code apart would find nothing
        if _IMPORT in one.co_code[::2]
        for line in dis.get_instructions(one)
        if line.opname == "IMPORT_NAME" and line.argval
    }
    return tuple(sorted(found))


def _digest_of(value: Any) -> str:
    """Digest a value: by its JSON, else by its pickle, else by its type alone."""
    try:
        return _digest(value)
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return blake3(pickle.dumps(value, 5)).hexdigest()
    except Exception:  # noqa: BLE001 - whatever a foreign object raises, it has no bytes
        return f"opaque {type(value).__module__}.{type(value).__qualname__}"


def _digest(value: Any) -> str:
    return blake3(msgspec.json.encode(value, order="sorted")).hexdigest()
