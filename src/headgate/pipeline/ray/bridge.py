"""A process of its own that hands calls to a Ray cluster, until who started it hangs up."""

from __future__ import annotations

import os
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from headgate.core.errors import Unavailable
from headgate.pipeline.calls import Broken
from headgate.pipeline.child import begin_serving
from headgate.pipeline.ray.messages import Ended, Hello, Ready, Unneeded, Wanted, ended_with
from headgate.pipeline.ray.node import run_on_node
from headgate.spine.registry import load_module

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection

KNOCK_S = 5.0
"""How long a port may take to answer at all [s]."""
_OPTIONS = {"CPU": "num_cpus", "GPU": "num_gpus", "memory": "memory"}
"""Ray's names of its own resources, as its options call them."""
_GONE = ("WorkerCrashedError", "OutOfMemoryError", "NodeDiedError", "LocalRayletDiedError")


def main() -> None:
    """Serve calls; what is heard first says where the cluster is."""
    connection, _ = begin_serving()
    # Ray tells its makers how it is used unless it is told not to
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        hello = msgspec.msgpack.decode(connection.recv_bytes(), type=Hello)
        ready, ray = _connected(hello)
        connection.send_bytes(msgspec.msgpack.encode(ready))
        if not ready.error:
            Bridge(ray, connection, hello).serve()
    except (EOFError, KeyboardInterrupt, SystemExit):
        pass
    finally:
        _leave()


class Bridge:
    """Hands calls to a cluster; each waits for its end in a thread of its own.

    Args:
        ray: the library, connected.
        connection: to who asks.
        hello: what was said first.
    """

    def __init__(self, ray: Any, connection: Connection, hello: Hello) -> None:
        self._ray = ray
        self._connection = connection
        self._n_calls = hello.n_calls
        self._lock = threading.Lock()
        self._refs: dict[str, Any] = {}
        self._bundle = ray.put(Path(hello.bundle).read_bytes())
        self._cluster = ray.get_runtime_context().gcs_address
        self._remote = ray.remote(run_on_node)

    def serve(self) -> None:
        """Take calls until nobody is there any more."""
        with ThreadPoolExecutor(self._n_calls, thread_name_prefix="call") as threads:
            while True:
                message: Any = msgspec.msgpack.decode(
                    self._connection.recv_bytes(), type=Wanted | Unneeded
                )
                if isinstance(message, Unneeded):
                    for path in message.files:
                        self._refs.pop(path, None)
                else:
                    threads.submit(self._answer, message, self._given(message))

    def _given(self, wanted: Wanted) -> list[Any]:
        """Put what a call reads where the cluster finds it, unless it is there."""
        for path in wanted.tables.values():
            if path not in self._refs:
                with pa.memory_map(path) as file:
                    self._refs[path] = self._ray.put(file.read_buffer())
        return [self._refs[path] for path in wanted.tables.values()]

    def _answer(self, wanted: Wanted, given: list[Any]) -> None:
        try:
            ended = self._called(wanted, given)
        except Exception as error:  # noqa: BLE001 - whatever Ray raises is told by who asked
            ended = told_of_ray(wanted, error)
        with self._lock, suppress(OSError):
            self._connection.send_bytes(msgspec.msgpack.encode(ended))

    def _called(self, wanted: Wanted, given: list[Any]) -> Ended:
        remote = self._remote.options(max_retries=0, **options_of(wanted.resources))
        asked = msgspec.msgpack.encode(wanted)
        told, rows = self._ray.get(remote.remote(asked, self._bundle, self._cluster, *given))
        if rows is not None:
            part = Path(wanted.made).with_suffix(".part")
            part.write_bytes(rows)
            part.replace(wanted.made)
        return msgspec.msgpack.decode(told, type=Ended)


def options_of(resources: Mapping[str, float]) -> dict[str, Any]:
    """Say in Ray's words what a call takes of the cluster.

    >>> options_of({"GPU": 1, "licence": 0.5})
    {'num_gpus': 1, 'resources': {'licence': 0.5}}
    """
    known = {_OPTIONS[name]: much for name, much in resources.items() if name in _OPTIONS}
    others = {name: much for name, much in resources.items() if name not in _OPTIONS}
    return known | ({"resources": others} if others else {})


def knock(address: str) -> None:
    """Make sure that something listens at an address, if it names a port.

    Raises:
        OSError: nothing does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_S).close()


def _connected(hello: Hello) -> tuple[Ready, Any]:
    ray = load_module("ray")
    how: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    if hello.address == "local":
        how |= {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    try:
        knock(hello.address)
        ray.init(address=hello.address, **how)
    except Exception as error:  # noqa: BLE001 - whatever Ray raises here, the cluster is away
        return Ready(f"{type(error).__name__}: {error}"), ray
    return Ready(), ray


def told_of_ray(wanted: Wanted, error: Exception) -> Ended:
    """Take down what Ray says of a call that it did not bring to its end.

    Args:
        wanted: the call.
        error: what Ray raised; it often holds a traceback and much advice.
    """
    name = type(error).__name__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
    if name in _GONE:
        gone = Broken("ended", f"its worker on the cluster ended ({name}): {lines[0]}")
        return ended_with(wanted.number, gone)
    said = f"the cluster did not run step {wanted.call.step}: {name}: {lines[-1]}"
    mend = "install headgate on every node of the cluster, and look at Ray's own logs there"
    return ended_with(wanted.number, Unavailable(said, mend=mend))


def _leave() -> None:
    """End at once; a thread may still wait for a call that nobody wants any more."""
    ray = sys.modules.get("ray")
    with suppress(Exception):
        if ray is not None:
            ray.shutdown()
    os._exit(0)
