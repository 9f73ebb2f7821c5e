"""Sends what runs told from a process of its own, so that no run waits for an endpoint.

`start` returns at once. Where a scheduler runs in this process, its own thread delivers, and
nothing is started. A process is one at a time; what is told meanwhile is sent by the next.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.core.errors import HeadgateError
from headgate.pipeline.openlineage.endpoint import ENDPOINT, is_told
from headgate.spine.settings import variable_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from headgate.spine.context import Context

MODULE = "headgate.pipeline.openlineage.sending"
_LOCK = threading.Lock()
_SENDING: dict[Path, bool] = {}
"""Projects that are being sent for, each with whether more has come meanwhile."""
_DELIVERING: list[Path] = []
"""Projects whose outbox somebody in this process delivers."""


def start(context: Context) -> None:
    """Begin to send what waits for the endpoint, without waiting for that."""
    root = context.root.resolve()
    if not is_told(context.settings) or root in _DELIVERING:
        return
    with _LOCK:
        is_going = root in _SENDING
        _SENDING[root] = is_going
        if is_going:
            return
    environment = _environment(context)
    try:
        sender = _begun(root, environment)
    except OSError:
        # what is told waits in the outbox for the next
        del _SENDING[root]
        return
    threading.Thread(target=_see_to, args=(sender, root, environment), daemon=True).start()


@contextmanager
def delivered_here(context: Context) -> Generator[None]:
    """Leave sending to whoever delivers the outbox within the block."""
    root = context.root.resolve()
    _DELIVERING.append(root)
    try:
        yield
    finally:
        _DELIVERING.remove(root)


def main() -> None:
    """Deliver what waits for the endpoint of the project in the folder given; say nothing."""
    from headgate.spine.context import open_context
    from headgate.spine.outbox.delivering import MOST_CARRIED, deliver

    context = open_context(Path(sys.argv[1]))
    try:
        while len(deliver(context, only=[ENDPOINT]).letters) >= MOST_CARRIED:
            pass
    except HeadgateError:
        sys.exit(1)
    finally:
        context.opened.close()


def _begun(root: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-P", "-m", MODULE, str(root)],
        env=environment,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _see_to(sender: subprocess.Popen[bytes], root: Path, environment: dict[str, str]) -> None:
    """Wait for a sender; begin another if more was told meanwhile."""
    while True:
        sender.wait()
        with _LOCK:
            if not _SENDING[root]:
                del _SENDING[root]
                return
            _SENDING[root] = False
        try:
            sender = _begun(root, environment)
        except OSError:
            # the folder is gone, say; what is told waits in the outbox for the next
            with _LOCK:
                del _SENDING[root]
            return


def _environment(context: Context) -> dict[str, str]:
    """Hand the settings on that were given by flags, which stand in no file."""
    flags = {
        variable_of(name): one.value
        for name, one in context.settings.entries.items()
        if one.origin == "flag"
    }
    return dict(os.environ) | flags


if __name__ == "__main__":
    main()
