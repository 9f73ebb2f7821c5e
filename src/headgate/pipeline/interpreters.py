"""Starts a fresh interpreter that serves steps, and sees to its end and that of its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from multiprocessing import Pipe
from typing import TYPE_CHECKING, Any

import msgspec

from headgate.pipeline.calls import Answer, Call

if TYPE_CHECKING:
    from pathlib import Path

GRACE_S = 2.0
"""How long a process may take to end by itself [s]."""
PAUSE_S = 0.01
N_LINES = 20
"""Lines of what was printed that are told with an error [count]."""
_TAIL_BYTES = 20_000
SERVING = "headgate.pipeline.child"
_START = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); from {} import main; main()"


class Interpreter:
    """A process of its own, in a group of its own; not a copy of this one, for threads are about.

    One thread asks and waits; another one may stop or close it meanwhile.

    Args:
        root: the project's folder.
        folder: takes the file of what it prints, which has no name and goes with the process.
        serving: the module whose `main` it runs.

    Attributes:
        connection: readable when it has answered or ended.
        is_busy: whether it was asked and did not answer yet.
    """

    def __init__(self, root: Path, folder: Path, serving: str = SERVING) -> None:
        self.is_busy = False
        self._is_over = False
        self._lock = threading.RLock()
        self.connection, theirs = Pipe()
        self._output: Any = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed at its end
        life, self._life = os.pipe()
        start = _START.format(serving)
        command = [sys.executable, "-c", start, msgspec.json.encode(sys.path).decode()]
        command += [str(theirs.fileno()), str(life), str(os.getpid()), str(root)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter with our own code
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(), life),
                start_new_session=True,
            )
        except OSError:
            self._close()
            raise
        finally:
            theirs.close()
            os.close(life)

    @property
    def is_running(self) -> bool:
        """Whether it was alive just now; what it left behind is killed if not."""
        if self._process.poll() is None:
            return True
        self._kill()
        return False

    def ask(self, call: Call) -> None:
        """Hand it a call; if it is gone, that is seen when its answer is looked for."""
        self.is_busy = True
        with suppress(OSError):
            self.connection.send_bytes(msgspec.msgpack.encode(call))

    def answer(self) -> Answer | None:
        """Return its answer, if it has come.

        Raises:
            EOFError: it has ended without one.
        """
        was_running = self.is_running
        try:
            with self._lock:
                if self.connection.poll():
                    answer = msgspec.msgpack.decode(self.connection.recv_bytes(), type=Answer)
                    self.is_busy = False
                    return answer
        except OSError as error:
            raise EOFError from error
        if not was_running:
            raise EOFError
        return None

    def printed(self) -> str:
        """Return the last lines that it and its children printed; none once it is closed."""
        with self._lock:
            if self._output.closed:
                return ""
            end = os.fstat(self._output.fileno()).st_size
            tail = os.pread(self._output.fileno(), _TAIL_BYTES, max(0, end - _TAIL_BYTES))
        return "\n".join(tail.decode(errors="replace").splitlines()[-N_LINES:])

    def how_ended(self) -> str:
        """Say how it ended, having seen to it: `ended by signal 9 (killed)`."""
        self._wait()
        self._kill()
        code = self._process.returncode
        if code >= 0:
            return f"ended with exit code {code}"
        name = signal.strsignal(-code) or "unknown"
        return f"ended by signal {-code} ({name.lower()})"

    def stop(self) -> None:
        """Ask it and its children to end, wait a little, kill what is left of them."""
        self._signal(signal.SIGTERM)
        until = time.monotonic() + GRACE_S
        while self._signal(0) and time.monotonic() < until:
            self._process.poll()
            time.sleep(PAUSE_S)
        self._kill()

    def close(self) -> None:
        """Let it end by itself if it waits for calls, else stop it; fine to say twice."""
        if self.is_busy and not self._is_over:
            self.stop()
        with self._lock:
            self.connection.close()
        self._wait()
        self._kill()
        self._close()

    def _wait(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_S)

    def _kill(self) -> None:
        """Kill the group; once only, for its number may be given to others afterwards."""
        with self._lock:
            if not self._is_over:
                self._is_over = True
                self._signal(signal.SIGKILL)
                self._process.wait()

    def _signal(self, number: int) -> bool:
        """Send a signal to the group; say whether there was somebody to get it."""
        # macOS forbids it where only ended processes are left of the group
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
            return True
        return False

    def _close(self) -> None:
        with self._lock:
            if not self._output.closed:
                self.connection.close()
                os.close(self._life)
                self._output.close()
