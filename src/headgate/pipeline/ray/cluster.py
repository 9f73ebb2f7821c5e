"""A Ray cluster as a run of a pipeline sees it: hands calls over and waits for what they make."""

from __future__ import annotations

import importlib.util
import itertools
import os
import threading
import time
import weakref
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import msgspec

from headgate.core.errors import Conflict, Unavailable
from headgate.pipeline.calls import Broken, mapped_rows, write_rows
from headgate.pipeline.code import code_of, version_of
from headgate.pipeline.interpreters import Interpreter
from headgate.pipeline.ray.bundle import bundle_of
from headgate.pipeline.ray.messages import Ended, Hello, Ready, Unneeded, Wanted
from headgate.pipeline.scratch import Scratch
from headgate.pipeline.workers import call_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context

LOCAL = "local"
ERASED = "rows that a step was reading were erased meanwhile"
LOOK_S = 0.5
AGAIN_S = 1.0
"""How long a cluster that could not be reached is not tried again at the least [s]."""
_BRIDGE = "headgate.pipeline.ray.bridge"


class _Link(NamedTuple):
    """A bridge that stands, and the folder of what is handed over."""

    bridge: Interpreter
    scratch: Scratch
    waiting: dict[int, Future[Ended]]
    tables: dict[int, str]
    unneeded: deque[str]


class Cluster:
    """A cluster, reached when it is first needed. Close it, or use it as a context manager.

    Any number of threads may call steps at the same time. When the way to the cluster breaks, the
    calls that wait fail and the next one tries to reach it again.

    Args:
        context: the project.
        steps: those that may run there.

    Raises:
        Unavailable: Ray is not installed.
    """

    def __init__(self, context: Context, steps: Sequence[Step]) -> None:
        require_ray()
        self._context = context
        self._steps = steps
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._link: _Link | None = None
        self._libraries: dict[str, dict[str, str]] = {}
        self._is_closed = False
        self._failed: tuple[float, Unavailable] | None = None

    def call(
        self, step: Step, given: Mapping[str, pa.Table], settings: Mapping[str, Any]
    ) -> pa.Table | None:
        """Call a step's function on the cluster.

        Args:
            step: as `load_steps` found it.
            given: the rows it reads, by parameter.
            settings: values of its settings, by parameter.

        Returns:
            The rows, or nothing if the function returned `None`.

        Raises:
            Broken: it raised, took too long, its process or its node died, or it was stopped.
            HeadgateError: the step raised one.
            Unavailable: no cluster answers, or it went away.
            Conflict: what it read was erased meanwhile, or a node has other versions.
        """
        call = call_of(self._context.root, step, settings, step.seed)
        link = self._reached()
        number = next(self._numbers)
        made = link.scratch.path / f"made-{number}.arrow"
        wanted = Wanted(
            number=number,
            call=call,
            tables=self._handed(link, given),
            made=str(made),
            libraries=self._libraries_of(step),
            timeout_s=step.timeout_s,
            resources=step.resources,
        )
        try:
            ended = self._asked(link, wanted)
            if not all(Path(one).is_file() for one in wanted.tables.values()):
                raise Conflict(ERASED, mend="run it again")
            if ended.error is not None:
                raise ended.error
            return mapped_rows(made) if ended.has_rows else None
        finally:
            made.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the cluster; what it still does for this run is stopped."""
        self._is_closed = True
        with self._lock:
            self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def _asked(self, link: _Link, wanted: Wanted) -> Ended:
        waiting: Future[Ended] = Future()
        link.waiting[wanted.number] = waiting
        self._send(link, wanted)
        if not link.bridge.is_running:
            self._break(link)
        try:
            return waiting.result()
        finally:
            link.waiting.pop(wanted.number, None)

    def _handed(self, link: _Link, given: Mapping[str, pa.Table]) -> dict[str, str]:
        """Write the rows that a call reads to files, those of a table that is there still once."""
        try:
            return {name: self._file_of(link, rows) for name, rows in given.items()}
        except OSError as error:
            if link.scratch.path.is_dir():
                raise Unavailable(
                    f"rows cannot be handed to the Ray cluster: {error}",
                    mend="make room on the disk of .headgate/cache",
                ) from error
            raise self._lost(link) from error

    def _file_of(self, link: _Link, rows: pa.Table) -> str:
        with self._lock:
            known = link.tables.get(id(rows))
            if known is None:
                path = link.scratch.path / f"given-{next(self._numbers)}.arrow"
                write_rows(rows, path)
                known = link.tables[id(rows)] = str(path)
                weakref.finalize(rows, _forget, link, id(rows), known)
            return known

    def _send(self, link: _Link, wanted: Wanted) -> None:
        unneeded = tuple(link.unneeded.popleft() for _ in range(len(link.unneeded)))
        for path in unneeded:
            Path(path).unlink(missing_ok=True)
        with self._sending, suppress(OSError):
            for message in (*([Unneeded(unneeded)] if unneeded else []), wanted):
                link.bridge.connection.send_bytes(msgspec.msgpack.encode(message))

    def _libraries_of(self, step: Step) -> dict[str, str]:
        known = self._libraries.get(step.name)
        if known is None:
            own = {"headgate": version_of("headgate")}
            known = own | code_of(step.function, self._context.root).libraries
            self._libraries[step.name] = known
        return known

    def _reached(self) -> _Link:
        with self._lock:
            if self._is_closed:
                raise Broken("stopped", "stopped")
            # an erasure removes all that is in the cache
            if self._link is not None and not self._link.scratch.path.is_dir():
                self._drop()
            if self._link is None or not self._link.bridge.is_running:
                self._drop()
                self._link = self._tried()
            return self._link

    def _tried(self) -> _Link:
        """Reach the cluster; what failed just now is not waited for by every call anew."""
        began = time.monotonic()
        if self._failed is not None and began < self._failed[0]:
            raise self._failed[1]
        try:
            return self._started()
        except Unavailable as error:
            at = time.monotonic()
            self._failed = (at + max(AGAIN_S, at - began), error)
            raise

    def _started(self) -> _Link:
        scratch = Scratch(self._context.root)
        try:
            bundle = scratch.path / "bundle"
            content = bundle_of(self._context.root, self._context.settings, self._steps)
            bundle.write_bytes(msgspec.msgpack.encode(content))
            bridge = Interpreter(self._context.root, scratch.path, _BRIDGE)
        except BaseException:
            scratch.remove()
            raise
        link = _Link(bridge, scratch, {}, {}, deque())
        try:
            self._greet(link, str(bundle))
        except BaseException:
            _close(link)
            raise
        threading.Thread(target=self._listen, args=(link,), name="ray", daemon=True).start()
        return link

    def _greet(self, link: _Link, bundle: str) -> None:
        settings = self._context.settings
        address, connect_s = address_of(self._context), settings.number("ray.connect_s")
        hello = Hello(address, bundle, settings.number("ray.jobs"))
        error = self._answered(link.bridge, hello, connect_s)
        if self._is_closed:
            raise Broken("stopped", "stopped")
        if not error:
            return
        raise Unavailable(
            f"no Ray cluster could be reached at {address}: {error}",
            mend="start one: ray start --head; or mend address in [ray] of headgate.toml, and "
            "RAY_AUTH_MODE and RAY_AUTH_TOKEN if the cluster asks for a token",
        )

    def _answered(self, bridge: Interpreter, hello: Hello, connect_s: int) -> str:
        """Say why a bridge did not come to the cluster; nothing if it did."""
        until = time.monotonic() + connect_s
        try:
            bridge.connection.send_bytes(msgspec.msgpack.encode(hello))
            while time.monotonic() < until and not self._is_closed:
                if bridge.connection.poll(LOOK_S):
                    return msgspec.msgpack.decode(bridge.connection.recv_bytes(), type=Ready).error
        except (EOFError, OSError):
            return f"{bridge.how_ended()}; {_last_line(bridge)}"
        return f"no answer within {connect_s} s; {_last_line(bridge)}".rstrip("; ")

    def _listen(self, link: _Link) -> None:
        """Hand what comes back to who waits for it, until the bridge is gone."""
        with suppress(EOFError, OSError):
            while True:
                ended = msgspec.msgpack.decode(link.bridge.connection.recv_bytes(), type=Ended)
                waiting = link.waiting.pop(ended.number, None)
                if waiting is not None:
                    waiting.set_result(ended)
        self._break(link)

    def _break(self, link: _Link) -> None:
        """Tell those who wait that the way to the cluster is broken."""
        error = self._lost(link)
        while link.waiting:
            with suppress(KeyError):
                waiting = link.waiting.popitem()[1]
                if not waiting.done():
                    waiting.set_exception(error)

    def _lost(self, link: _Link) -> Exception:
        """Say why a call came to nothing whose bridge or files are gone."""
        if self._is_closed:
            return Broken("stopped", "stopped")
        if not link.scratch.path.is_dir():
            return Conflict(ERASED, mend="run it again")
        return Unavailable(
            f"the way to the Ray cluster broke: {link.bridge.how_ended()}; "
            f"{_last_line(link.bridge)}".rstrip("; "),
            mend="look after the cluster, then run the pipeline again",
        )

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            _close(link)


def address_of(context: Context) -> str:
    """Return where the cluster is: what is set, else what Ray's own variable says, else here."""
    return context.settings.text("ray.address") or os.environ.get("RAY_ADDRESS") or LOCAL


def require_ray() -> None:
    """Make sure that Ray is installed.

    Raises:
        Unavailable: it is not.
    """
    if importlib.util.find_spec("ray") is None:
        raise Unavailable(
            "steps with engine ray need ray, which is not installed",
            mend="pip install 'headgate[ray]'",
        )


def _last_line(bridge: Interpreter) -> str:
    return bridge.printed().strip().rpartition("\n")[2]


def _forget(link: _Link, key: int, path: str) -> None:
    """Let the file of a table go that nobody holds any more; called wherever it was let go of."""
    link.tables.pop(key, None)
    link.unneeded.append(path)


def _close(link: _Link) -> None:
    link.bridge.stop()
    link.bridge.close()
    link.scratch.remove()
