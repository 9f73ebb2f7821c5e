"""Calls operations in this process, on a project in a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headgate.spine.context import Context, open_context
from headgate.surfaces.request import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headgate.surfaces.verbs import Verb


class Local:
    """A project in a folder; safe to share between threads.

    Args:
        context: the opened project, with the actor and the progress of whoever opened it.
    """

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def address(self) -> str:
        """The project's folder."""
        return str(self.context.root)

    def call(
        self, verb: Verb, request: Mapping[str, Any], body: Any = None, *, actor: str | None = None
    ) -> Any:
        """Call an operation.

        Args:
            verb: what to call.
            request: its request as JSON holds it.
            body: a pyarrow table or bytes, if the verb takes one.
            actor: who asks, if not whoever opened the project.

        Raises:
            Invalid: the request is not what the verb takes.
            HeadgateError: whatever the operation raises.
        """
        decoded = decode(verb, request)
        context = self.context
        if actor:
            context = replace(context, actor=actor, is_remote=True)
        function = verb.operation().function
        answer = function(context, decoded, body) if verb.body_name else function(context, decoded)
        if verb.writes and context.settings.text("mirror.path"):
            from headgate.dataset.moving.mirror import keep_up

            keep_up(context)
        return answer

    def __reduce__(self) -> Any:
        return open_local, (self.address,)

    def close(self) -> None:
        """Let go of what the project holds open."""
        self.context.opened.close()


def open_local(path: str | Path) -> Local:
    """Open the project in a folder.

    Raises:
        NotFound: the folder holds no project.
        Invalid: its settings are broken.
    """
    return Local(open_context(Path(path)))
