"""What runs on a node of a Ray cluster: one call of a step, in a process of its own.

A worker of Ray serves one run only. It keeps the project's files and the step's process for the
calls that follow.
"""

from __future__ import annotations

import os
import socket
import tempfile
import weakref
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from headgate.core.errors import Conflict, HeadgateError, Unavailable
from headgate.pipeline.apart import Apart
from headgate.pipeline.calls import Broken
from headgate.pipeline.code import PYTHON, python_version, version_of
from headgate.pipeline.ray.messages import Bundle, Ended, Wanted, ended_with
from headgate.pipeline.scratch import Scratch
from headgate.pipeline.steps import Step
from headgate.pipeline.workers import Worker

if TYPE_CHECKING:
    from collections.abc import Mapping

CLUSTER = "HEADGATE_RAY_CLUSTER"
"""Variable by which what a step calls finds the cluster that it runs on."""
_PLACES: dict[str, Place] = {}


class Place:
    """A project's files on a node, and the process that runs its steps.

    Args:
        bundle: the files, and the variables the process is to find.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._scratch = Scratch(own_folder())
        self._devices = devices()
        root = self._scratch.path.resolve()
        for name, content in bundle.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        os.environ.update(bundle.environment)
        os.chdir(root)
        self._root = root
        self._worker = Worker(root)
        self._closing = weakref.finalize(self, self._scratch.remove)

    def close(self) -> None:
        """End the process and remove the files."""
        self._worker.close()
        self._closing()

    def start(self, wanted: Wanted, given: Mapping[str, pa.Table]) -> Apart:
        """Begin a call in the process."""
        if self._devices != devices():
            self._worker.close()
            self._worker, self._devices = Worker(self._root), devices()
        step = Step(
            name=wanted.call.step,
            function=self.start,
            reads=wanted.call.reads,
            settings={},
            columns={},
            timeout_s=wanted.timeout_s,
        )
        return Apart(self._worker, step, self._worker.send(wanted.call, given), is_own=False)


def run_on_node(wanted: bytes, bundle: bytes, cluster: str, *tables: Any) -> tuple[bytes, Any]:
    """Call a step on this node.

    Args:
        wanted: the call.
        bundle: what it needs of the project.
        cluster: address of the cluster.
        tables: streams of Arrow, one for each dataset that it reads.

    Returns:
        How it ended, and what it made as a stream of Arrow, if it made rows.
    """
    asked = msgspec.msgpack.decode(wanted, type=Wanted)
    given = {
        name: pa.ipc.open_stream(pa.py_buffer(one)).read_all()
        for name, one in zip(asked.tables, tables, strict=True)
    }
    try:
        require_versions(asked)
        os.environ[CLUSTER] = cluster
        with _place_of(bundle).start(asked, given) as call:
            rows = call.result()
        ended = Ended(asked.number, has_rows=rows is not None)
    except (Broken, HeadgateError) as error:
        ended, rows = ended_with(asked.number, error), None
    return msgspec.msgpack.encode(ended), None if rows is None else as_stream(rows)


def require_versions(wanted: Wanted) -> None:
    """Make sure that a node has what the memo of a step will say its rows were made with.

    Raises:
        Conflict: a library, Headgate or Python is of another version here.
    """
    for name, version in wanted.libraries.items():
        here = python_version() if name == PYTHON else version_of(name)
        if version not in (here, "not there"):
            raise Conflict(
                f"node {socket.gethostname()} has {name} {here}, and step {wanted.call.step} "
                f"was planned with {version}",
                mend="install the same versions on every node of the cluster as where the run is",
            )


def as_stream(rows: pa.Table) -> pa.Buffer:
    """Write rows as a stream of Arrow."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    return sink.getvalue()


def devices() -> str:
    """Return the accelerators that Ray gave to this call, which its process must see."""
    return os.environ.get("CUDA_VISIBLE_DEVICES", "")


@cache
def own_folder() -> Path:
    """Return a folder of this node that nobody but this user may read or write.

    Raises:
        Unavailable: somebody else has made it.
    """
    folder = Path(tempfile.gettempdir()) / f"headgate-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    known = folder.lstat()
    if known.st_uid != os.getuid() or known.st_mode & 0o077 or folder.is_symlink():
        raise Unavailable(
            f"{folder} on {socket.gethostname()} belongs to somebody else, or others may write it",
            mend="remove it, or set TMPDIR to a folder of your own where the node is started",
        )
    return folder


def _place_of(bundle: bytes) -> Place:
    digest = blake2b(bundle).hexdigest()
    if digest not in _PLACES:
        while _PLACES:
            _PLACES.popitem()[1].close()
        _PLACES[digest] = Place(msgspec.msgpack.decode(bundle, type=Bundle))
    return _PLACES[digest]
