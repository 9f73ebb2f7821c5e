"""A served project for tests of the server, and plain requests to it."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import headgate
from headgate.spine.context import open_context
from headgate.surfaces import rows
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.server.tokens import keep_token
from headgate.surfaces.verbs import Verb, table

OCTETS = "application/octet-stream"


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the wire."""

    status: int
    data: bytes
    headers: http.client.HTTPMessage

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def is_failure(self) -> bool:
        """Whether it is worded as every failure is: code, message and mend, all said."""
        known = self.json
        return set(known) == {"code", "message", "mend"} and all(known.values())


class Server:
    """A served project and a connection kept alive to it."""

    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self.token = keep_token(root / ".headgate")
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)

    def send(
        self, path: str, content: bytes = b"", method: str = "POST", **headers: str | None
    ) -> Reply:
        """Send one request; headers are named as Python words, None leaves one out."""
        known: dict[str, str | None] = {"authorization": f"Bearer {self.token}"}
        known |= {name.replace("_", "-"): value for name, value in headers.items()}
        given = {name: value for name, value in known.items() if value is not None}
        try:
            self._connection.request(method, path, content, given)
            response = self._connection.getresponse()
            return Reply(response.status, response.read(), response.headers)
        except http.client.RemoteDisconnected:
            self._connection.close()
            raise

    def call(self, verb: Verb, fields: Any, body: bytes | None = None) -> Reply:
        """Call a verb, its request as any JSON value."""
        encoded = json.dumps(fields).encode()
        if not verb.body_name:
            return self.send(verb.path, encoded, content_type="application/json")
        return self.send(
            verb.path,
            body if body is not None else body_of(verb),
            content_type=rows.ARROW if verb.body == "rows" else OCTETS,
            headgate_request=base64.urlsafe_b64encode(encoded).decode(),
        )

    def state(self) -> tuple[int, int]:
        """Read what every change shows in: the newest event, and the number of blobs."""
        with headgate.open(self.root) as project:
            newest = project.event.list(limit=1).events
        blobs = sum(1 for path in (self.root / ".headgate").rglob("*.*") if path.is_file())
        return newest[0].seq, blobs

    def close(self) -> None:
        self._connection.close()


def body_of(verb: Verb) -> bytes:
    if verb.body == "rows":
        return rows.to_stream(rows.to_table([{"id": 1, "prediction_id": "p1"}]))
    return b"weights"


@contextmanager
def serving(root: Path) -> Iterator[Server]:
    """Serve a project's installed verbs from a thread of this process."""
    with ExitStack() as stack:
        local = Local(open_context(root))
        stack.callback(local.close)
        listening = Listening(local, table(), host="127.0.0.1", port=0)
        thread = Thread(target=listening.serve)
        thread.start()
        stack.callback(thread.join)
        stack.callback(listening.stop)
        server = Server(root, listening.port)
        stack.callback(server.close)
        yield server


def fill(project: Project) -> None:
    """Make one of everything a verb can name."""
    project.dataset.commit("orders", [{"id": 1, "city": "Oslo"}, {"id": 2}], key=["id"])
    project.dataset.tag("orders", "clean")
    with project.run("train") as run:
        project.dataset.read("orders")
        run.log_model("half", {"weights": [0.5]})
    project.prompt.create("greet", "Hello {name}")
    project.release.create("api", model="half@1", prompt="greet@1")
    project.deployment.create("live", release="api@1")
    project.prediction.log([{"prediction_id": "p1", "user_key": "u1"}], deployment="live")
