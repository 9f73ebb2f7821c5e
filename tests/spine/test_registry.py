"""Plugins are found by the names of their files, and loaded when they are used."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.spine.registry import Registry, offered, stage_modules

if TYPE_CHECKING:
    from pathlib import Path


def plugin(root: Path, name: str, text: str) -> None:
    """Put a connector into a project."""
    folder = root / "plugins" / "connectors"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(text, encoding="utf-8")


def test_packaged_plugins_are_listed_by_their_files() -> None:
    found = Registry().plugins("connectors")

    assert {"csv", "jsonl", "parquet"} <= found.keys()
    assert not [name for name in found if name.startswith("_")]
    assert found["csv"].origin == "headgate"
    assert list(found) == sorted(found)


def test_listing_and_asking_for_ports_imports_no_plugin_and_no_driver(tmp_path: Path) -> None:
    plugin(tmp_path, "loud", "raise SystemExit('imported')")
    script = (
        "import sys; from pathlib import Path; from headgate.spine.registry import Registry\n"
        f"found = Registry(Path({str(tmp_path)!r})).plugins('connectors')\n"
        "assert 'loud' in found and 'csv' in found\n"
        "heavy = {'pyarrow', 'duckdb', 'sqlalchemy', 'numpy'} & set(sys.modules)\n"
        "ours = [name for name in sys.modules if name.startswith('headgate.ingest')]\n"
        "assert not heavy and not ours, (heavy, ours)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_plugin_of_the_project_is_loaded(tmp_path: Path) -> None:
    plugin(tmp_path, "mine", "def mine(path):\n    return path * 2\n")

    function = Registry(tmp_path).load("connectors", "mine")

    assert function("x") == "xx"


def test_a_plugin_of_the_project_goes_before_a_packaged_one(tmp_path: Path) -> None:
    plugin(tmp_path, "csv", "def csv(path):\n    return 'mine'\n")

    registry = Registry(tmp_path)

    assert registry.plugins("connectors")["csv"].origin == "project"
    assert registry.load("connectors", "csv")("x") == "mine"


def test_files_that_begin_with_an_underscore_are_no_plugins(tmp_path: Path) -> None:
    plugin(tmp_path, "_shared", "")
    plugin(tmp_path, "__init__", "")

    assert not [name for name in Registry(tmp_path).plugins("connectors") if name.startswith("_")]


def test_a_plugin_that_is_not_there_is_answered_by_the_nearest() -> None:
    with pytest.raises(NotFound) as caught:
        Registry().load("connectors", "cvs")

    assert caught.value.message == "no connector named 'cvs'"
    assert caught.value.mend.startswith("did you mean ")


@pytest.mark.parametrize(
    ("text", "message", "mend"),
    [
        (
            "def other():\n    pass\n",
            "has no function or class named 'mine'",
            "bears the file's name",
        ),
        ("import no_such_library\n", "needs a library that is not here", "install what"),
        ("def mine(:\n", "cannot be read", "mend the line it names"),
    ],
)
def test_a_broken_plugin_is_an_error_with_a_mend(
    tmp_path: Path, text: str, message: str, mend: str
) -> None:
    plugin(tmp_path, "mine", text)

    with pytest.raises(Invalid) as caught:
        Registry(tmp_path).load("connectors", "mine")

    assert message in caught.value.message
    assert mend in caught.value.mend


def test_an_error_inside_of_a_plugin_is_its_own(tmp_path: Path) -> None:
    plugin(tmp_path, "mine", "import sys\nsys.no_such_name\n")

    with pytest.raises(AttributeError, match="no_such_name"):
        Registry(tmp_path).load("connectors", "mine")


def test_another_distribution_may_bring_plugins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[headgate.connectors]\nlength = elsewhere_length\n")
    (tmp_path / "elsewhere_length.py").write_text("def length(path):\n    return len(path)\n")
    monkeypatch.syspath_prepend(tmp_path)

    found = Registry().plugins("connectors")["length"]

    assert found.origin == "elsewhere"
    assert found.load()("four") == 4


def test_a_distribution_that_comes_while_we_run_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    before = Registry().plugins("connectors")
    folder = tmp_path / "later-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: later\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[headgate.connectors]\nbreadth = later_breadth\n")

    after = Registry().plugins("connectors")

    assert set(after) - set(before) == {"breadth"}


def test_ports_are_found_in_every_stage() -> None:
    gates = Registry().gates

    assert "headgate.dataset.gates" in stage_modules("gates")
    assert "schema" in [gate.name for gate in gates]
    assert Registry().holders == offered("holders")
    assert Registry().actions == offered("actions")


def test_a_kind_without_a_folder_has_no_plugins() -> None:
    assert Registry().plugins("nothings") == {}
