"""A project with what one call needs, made once and brought back before every way to call it.

Each way finds the same project at the same place, so what was made for the call need not be made
again for each of them; an answer is kept, for more than one test looks at it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.verbs import Table, Verb
from tests.surfaces.callers import SURFACES, Call, World, masked, method, typed
from tests.surfaces.shell import shell


class Prepared:
    """One verb's call, with its project as it was before the call.

    Args:
        root: the project's folder, made already.
        verb: what is called.
        verbs: all that is served.
        example: makes what the call needs, and returns the call.
    """

    def __init__(
        self, root: Path, verb: Verb, verbs: Table, example: Callable[[Project], Call]
    ) -> None:
        self.verb = verb
        self._root, self._verbs = root, verbs
        self._kept = root.with_name("kept")
        self._answers: dict[str, Any] = {}
        with Project(Local(open_context(root)), verbs) as project:
            self._call = example(project)
        shutil.copytree(root, self._kept)

    def answer(self, surface: str) -> Any:
        """Return what a surface answers, as JSON."""
        if surface not in self._answers:
            with self._world() as world:
                self._answers[surface] = SURFACES[surface](self.verb, self._call, world)
        return self._answers[surface]

    def masked(self, surface: str) -> Any:
        """Return what a surface answers, without what two acts cannot share."""
        return masked(self.answer(surface), self._root)

    def result(self) -> Any:
        """Return what Python returns."""
        if "result" not in self._answers:
            with self._world() as world:
                called = method(world.project, self.verb)
                self._answers["result"] = called(*self._call.arguments, **self._call.keywords)
        return self._answers["result"]

    def shown(self) -> SimpleNamespace:
        """Return what a shell shows."""
        with self._world() as world:
            return world.headgate(*typed(self.verb, self._call, world))

    @contextmanager
    def _world(self) -> Generator[World]:
        shutil.rmtree(self._root)
        shutil.copytree(self._kept, self._root)
        with ExitStack() as stack:
            local = Local(open_context(self._root))
            stack.callback(local.close)

            def serve() -> Listening:
                listening = Listening(local, self._verbs, host="127.0.0.1", port=0)
                thread = Thread(target=listening.serve)
                thread.start()
                stack.callback(thread.join)
                stack.callback(listening.stop)
                return listening

            project = Project(local, self._verbs)
            yield World(self._root, project, serve, shell(self._verbs))
