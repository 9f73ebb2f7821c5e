"""Makes a class of the tests of another file, to be run on every pair of catalog and object store.

What such a test makes a project with is unchanged; the environment says where it lies. A test that
makes two projects in one place, or looks into local files, is left out by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pytest
from _pytest.fixtures import FixtureFunctionDefinition

from tests.backends.places import OTHERS


def suite(*modules: str, without: tuple[str, ...] = (), on: Sequence[Any] = tuple(OTHERS)) -> type:
    """Make a class of a module's tests and fixtures.

    Args:
        modules: dotted names below `tests`: a file of tests, and its conftest before it.
        without: tests to leave out; every one must be there.
        on: the pairs to run on.
    """
    found: dict[str, Any] = {}
    for module in modules:
        for name, one in vars(import_module(f"tests.{module}")).items():
            if isinstance(one, FixtureFunctionDefinition):
                # made anew around a static method, for a class has no other functions of none
                found[name] = one._fixture_function_marker(
                    staticmethod(one._get_wrapped_function())
                )
            elif name.startswith("test_") and callable(one):
                found[name] = staticmethod(one)
    missing = set(without) - found.keys()
    if missing:
        raise LookupError(f"{modules} have no {sorted(missing)}")
    made = type("Suite", (), {name: one for name, one in found.items() if name not in without})
    made = pytest.mark.usefixtures("backend")(made)
    return pytest.mark.parametrize("backend", on, indirect=True)(made)
