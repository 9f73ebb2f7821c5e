"""The import contracts see what they are there for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import contracts
from tools.contracts import Acyclic, ImportsOnly, Loads, OnlyIn

SESSION = {"root_packages": ["headgate"]}


def imports_only(loads: Loads, **options: object) -> list[str]:
    return sorted(ImportsOnly("core", SESSION, options).find(loads))


def test_a_module_that_loads_itself_by_a_detour_is_a_cycle() -> None:
    loads = {
        "headgate.a": frozenset({"headgate.b"}),
        "headgate.b": frozenset({"headgate.a", "json"}),
    }

    (breach,) = Acyclic("cycles", SESSION, {}).find(loads)

    assert breach.startswith("cycle: headgate.")


def test_modules_that_load_one_way_are_no_cycle() -> None:
    loads = {
        "headgate.a": frozenset({"headgate.b", "headgate.a"}),
        "headgate.b": frozenset({"json"}),
    }

    assert list(Acyclic("cycles", SESSION, {}).find(loads)) == []


def test_core_may_load_itself_the_standard_library_and_what_is_named() -> None:
    loads = {
        "headgate.core.times": frozenset({"headgate.core.errors", "datetime", "msgspec"}),
    }

    found = imports_only(
        loads, modules=["headgate.core"], ours=["headgate.core"], libraries=["msgspec"]
    )

    assert found == []


def test_core_may_load_nothing_else() -> None:
    loads = {
        "headgate.core.times": frozenset({"headgate.spine", "numpy"}),
    }

    found = imports_only(
        loads, modules=["headgate.core"], ours=["headgate.core"], libraries=["msgspec"]
    )

    assert found == [
        "headgate.core.times imports headgate.spine",
        "headgate.core.times imports numpy",
    ]


def test_a_plugin_may_not_load_its_neighbour() -> None:
    loads = {
        "headgate.ingest.connectors.csv": frozenset(
            {"headgate.ingest.connectors.json", "headgate.core.plugins", "pyarrow"}
        ),
    }

    found = imports_only(
        loads, modules=["headgate.ingest.connectors.*"], ours=["headgate.core"], libraries=["*"]
    )

    assert found == ["headgate.ingest.connectors.csv imports headgate.ingest.connectors.json"]


def test_a_library_is_loaded_only_where_it_belongs() -> None:
    loads = {
        "headgate.dataset.queries": frozenset({"sqlalchemy"}),
        "headgate.dataset.diff": frozenset({"sqlalchemy", "numpy"}),
    }
    options = {"libraries": ["sqlalchemy"], "modules": ["headgate.spine", "headgate.*.queries"]}

    found = list(OnlyIn("sqlalchemy", SESSION, options).find(loads))

    assert found == ["headgate.dataset.diff imports sqlalchemy"]


def test_the_products_own_imports_are_read(pytestconfig: pytest.Config) -> None:
    shipped = {path.stem for path in Path(pytestconfig.rootpath, "src/headgate/core").glob("*.py")}

    read = {module.rpartition(".")[2] for module in contracts.imports()}

    assert shipped - {"__init__"} <= read


def test_an_import_inside_a_function_counts() -> None:
    loaded = contracts.imports()["headgate"]

    assert any(module.startswith("headgate.surfaces") for module in loaded)
