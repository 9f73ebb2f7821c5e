"""Import contracts of our own, beside those that import-linter brings.

Imports under `if TYPE_CHECKING` load nothing, so these three leave them out. Imports inside
functions count like any other. The layers contract counts both.
"""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, ClassVar

import grimp
from importlinter import Contract, ContractCheck, fields, output
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = "headgate"
Loads = dict[str, frozenset[str]]


@cache
def imports() -> Loads:
    """Return each module of ours with the modules and libraries it loads."""
    graph = grimp.build_graph(
        ROOT, include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None
    )
    ours = (module for module in graph.modules if is_ours(module))
    return {module: frozenset(graph.find_modules_directly_imported_by(module)) for module in ours}


def is_ours(module: str) -> bool:
    """Tell whether a module belongs to the product.

    >>> is_ours("headgate.core"), is_ours("headgateway")
    (True, False)
    """
    return module == ROOT or module.startswith(f"{ROOT}.")


def is_within(module: str, places: Iterable[str]) -> bool:
    """Tell whether a module is one of the places or lies below one; `*` stands for one part.

    >>> is_within("headgate.dataset.queries", ["headgate.*.queries"])
    True
    >>> is_within("headgate.dataset.diff", ["headgate.*.queries"])
    False
    """
    parts = module.split(".")
    patterns = (place.split(".") for place in places)
    return any(
        len(parts) >= len(pattern) and all(map(fnmatchcase, parts, pattern)) for pattern in patterns
    )


class _Checked(Contract):  # one way to report: a list of sentences
    def find(self, loads: Loads) -> Iterator[str]:
        """Yield one sentence for each breach."""
        raise NotImplementedError

    @override
    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Check the contract over what the modules load."""
        breaches = sorted(self.find(imports()))
        return ContractCheck(kept=not breaches, metadata={"breaches": breaches})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each breach on a line."""
        for breach in check.metadata["breaches"]:
            output.print_error(breach, bold=False)


class Acyclic(_Checked):
    """No module loads itself, however long the way round."""

    type_name = "acyclic"

    def find(self, loads: Loads) -> Iterator[str]:
        """Yield the first cycle found."""
        ours = {
            module: [name for name in loaded if is_ours(name) and name != module]
            for module, loaded in loads.items()
        }
        try:
            TopologicalSorter(ours).prepare()
        except CycleError as error:
            yield "cycle: " + " <- ".join(error.args[1])


class ImportsOnly(_Checked):
    """The modules load nothing but the named modules of ours and the named libraries."""

    type_name = "imports_only"
    modules: ClassVar[Any] = fields.ListField(subfield=fields.StringField())
    ours: ClassVar[Any] = fields.ListField(subfield=fields.StringField())
    libraries: ClassVar[Any] = fields.ListField(subfield=fields.StringField())

    def find(self, loads: Loads) -> Iterator[str]:
        """Yield each import that is not allowed."""
        for module, loaded in loads.items():
            if is_within(module, self.modules):
                yield from (f"{module} imports {name}" for name in loaded if not self.allows(name))

    def allows(self, name: str) -> bool:
        """Tell whether one of the modules may load this."""
        if is_ours(name):
            return is_within(name, self.ours)
        return name in sys.stdlib_module_names or any(
            fnmatchcase(name, library) for library in self.libraries
        )


class OnlyIn(_Checked):
    """The libraries are loaded by the named modules and by no other of ours."""

    type_name = "only_in"
    libraries: ClassVar[Any] = fields.ListField(subfield=fields.StringField())
    modules: ClassVar[Any] = fields.ListField(subfield=fields.StringField())

    def find(self, loads: Loads) -> Iterator[str]:
        """Yield each import elsewhere."""
        for module, loaded in loads.items():
            if not is_within(module, self.modules):
                yield from (f"{module} imports {name}" for name in loaded & set(self.libraries))
