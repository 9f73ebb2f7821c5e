"""What goes to the nodes of a cluster, and what stays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.loading import load_steps
from headgate.pipeline.ray.bundle import bundle_of
from headgate.spine.settings import load
from tests.pipeline.writing import PRICES, SHOP, write

if TYPE_CHECKING:
    from headgate.pipeline.ray.messages import Bundle
    from headgate.surfaces.python import Project

LOUD = """
    from headgate import shell

    loud = shell("loud", "sh scripts/loud.sh", reads=["orders"], files=["scripts"], format="csv")
"""


@pytest.fixture
def root(project: Project) -> Path:
    """A project with two pipelines, and more beside them."""
    write(project, shop=SHOP, _prices=PRICES, loud=LOUD)
    found = Path(project.address)
    for name in ("scripts", "prompts", "pipelines/__pycache__"):
        (found / name).mkdir()
    for name in ("scripts/loud.sh", "prompts/a.txt", "secret.txt", "pipelines/__pycache__/x.py"):
        (found / name).write_text(name, encoding="utf-8")
    return found


def bundled(root: Path, **settings: str) -> Bundle:
    """Collect what all steps of the project need."""
    flags = {f"ray.{name}": value for name, value in settings.items()}
    return bundle_of(root, load(root, flags), load_steps(root).all)


def test_code_and_the_files_that_commands_declare_go_and_nothing_else(root: Path) -> None:
    bundle = bundled(root)

    code = {f"pipelines/{name}.py" for name in ("shop", "_prices", "loud")}
    assert bundle.files.keys() == code | {"scripts/loud.sh"}
    assert bundle.files["scripts/loud.sh"] == b"scripts/loud.sh"
    assert bundle.environment == {}


def test_files_and_folders_that_are_named_go_too(root: Path) -> None:
    by_pattern = bundled(root, files="prompts/*.txt")
    by_folder = bundled(root, files="prompts, scripts")

    assert "prompts/a.txt" in by_pattern.files
    assert by_folder.files == by_pattern.files


def test_variables_go_that_are_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "s3cret")

    bundle = bundled(root, env="API_KEY")

    assert bundle.environment == {"API_KEY": "s3cret"}


def test_what_is_named_and_not_there_is_told(root: Path) -> None:
    with pytest.raises(NotFound, match=r"'ray.files' names nothing/\*"):
        bundled(root, files="nothing/*")
    with pytest.raises(Invalid, match=r"'ray.env' names NO_SUCH_NAME"):
        bundled(root, env="NO_SUCH_NAME")
