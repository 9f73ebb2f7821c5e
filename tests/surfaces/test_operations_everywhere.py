"""Every operation gives the same answer through Python, a server's Python, REST and the shell."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.verbs import Table, table
from tests.surfaces import examples
from tests.surfaces.callers import SURFACES, World, masked, typed
from tests.surfaces.shell import shell

RAISES = {"fail"}


def open_world(root: Path, verbs: Table, stack: ExitStack) -> World:
    local = Local(open_context(root))
    stack.callback(local.close)

    def serve() -> Listening:
        listening = Listening(local, verbs, host="127.0.0.1", port=0)
        thread = Thread(target=listening.serve)
        thread.start()
        stack.callback(thread.join)
        stack.callback(listening.stop)
        return listening

    return World(root=root, project=Project(local, verbs), serve=serve, headgate=shell(verbs))


def answers(name: str, verbs: Table, roots: dict[str, Path], example: examples.Example) -> Any:
    """Call an operation through every surface, each on a project of its own."""
    found: dict[str, Any] = {}
    for surface, call in SURFACES.items():
        with ExitStack() as stack:
            world = open_world(roots[surface], verbs, stack)
            given = example(world.project)
            found[surface] = masked(call(verbs.verbs[name], given, world), world)
    return found


def test_every_operation_has_an_example(verbs: Table) -> None:
    known = set(table().verbs), set(verbs.verbs) - RAISES

    assert known == (set(examples.INSTALLED), set(examples.SAMPLE))


@pytest.mark.parametrize("name", sorted(examples.SAMPLE))
def test_a_sample_operation_answers_alike_on_every_surface(
    name: str, verbs: Table, tmp_path: Path
) -> None:
    roots = {surface: tmp_path / surface.replace(" ", "-") for surface in SURFACES}
    for root in roots.values():
        (root / ".headgate").mkdir(parents=True)
        (root / "headgate.toml").write_text('name = "shop"\nactor = "ada"\n')

    found = answers(name, verbs, roots, examples.SAMPLE[name])

    assert found == dict.fromkeys(SURFACES, found["python"])


@pytest.mark.parametrize("name", sorted(examples.INSTALLED))
def test_an_operation_answers_alike_on_every_surface(name: str, tmp_path: Path) -> None:
    from headgate.spine.init import init

    roots = {surface: tmp_path / surface.replace(" ", "-") for surface in SURFACES}
    for root in roots.values():
        init(root, name="shop")

    found = answers(name, table(), roots, examples.INSTALLED[name])

    assert found == dict.fromkeys(SURFACES, found["python"])


@pytest.mark.parametrize("name", sorted(examples.INSTALLED))
def test_a_terminal_shows_every_answer(name: str, tmp_path: Path) -> None:
    from headgate.spine.init import init

    init(tmp_path, name="shop")
    verb = table().verbs[name]
    with ExitStack() as stack:
        world = open_world(tmp_path, table(), stack)
        words = typed(verb, examples.INSTALLED[name](world.project), world)

        shown = world.headgate(*words)

    assert (shown.code, shown.err) == (0, "")
    assert shown.out.strip()
    assert all(line == line.rstrip() for line in shown.out.splitlines())
