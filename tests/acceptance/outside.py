"""Headgate as somebody outside uses it: the command, a served project, plain HTTP."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from headgate.surfaces import rows
from tests.surfaces.callers import MASKS

HEADGATE = Path(sys.executable).with_name("headgate")
SPECIFIC = re.compile(r'"took_ms": ?[0-9.e-]+|"(?:uri|object)": ?"[^"]*"')


@dataclass(frozen=True)
class Answer:
    """What a command wrote, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> Any:
        """What was answered, of a command that was asked for JSON and did what it should."""
        assert self.code in (0, 1), self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class Served:
    """A project behind a running `headgate up`."""

    address: str
    token_path: Path
    process: subprocess.Popen[str]

    @property
    def token(self) -> str:
        return self.token_path.read_text(encoding="ascii").strip()

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def send(
        self, path: str, content: bytes, headers: dict[str, str], method: str = "POST"
    ) -> tuple[int, bytes]:
        """Send one request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            known = {"Authorization": f"Bearer {self.token}"} | headers
            connection.request(method, path, content, known)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def post(self, path: str, fields: dict[str, Any], body: Any = None) -> Any:
        """Call a verb: JSON alone, or rows as Arrow or bytes with the request in a header."""
        content, headers = json.dumps(fields).encode(), {"Content-Type": "application/json"}
        if body is not None:
            headers["Headgate-Request"] = base64.urlsafe_b64encode(content).decode()
            is_bytes = isinstance(body, bytes)
            headers["Content-Type"] = "application/octet-stream" if is_bytes else rows.ARROW
            content = body if is_bytes else rows.to_stream(rows.to_table(body))
        status, data = self.send(f"/api/v1/{path}", content, headers)
        assert status == 200, data
        return json.loads(data)


def command(*words: object, **environment: str) -> Answer:
    """Run `headgate` as a shell does, in a process of its own."""
    done = subprocess.run(
        [HEADGATE, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
        timeout=60,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@contextmanager
def up(project: Path, **environment: str) -> Iterator[Served]:
    """Serve a project on a free port, until the block is left."""
    with subprocess.Popen(
        [HEADGATE, "up", "--port", "0", "--json", "--project", str(project)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as process:
        assert process.stdout
        known = json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")
        try:
            yield Served(known["address"], Path(known["token_path"]), process)
        finally:
            process.terminate()
            process.communicate(timeout=20)


def as_json(result: Any) -> Any:
    """Write what Python was answered as JSON holds it."""
    if hasattr(result, "to_pylist"):
        return json.loads(b"".join(rows.json_parts(result)))
    return json.loads(msgspec.json.encode(result))


def comparable(answer: Any) -> Any:
    """Mask what two tellings of one story cannot share: ids, digests, times of day, places.

    Two that were equal stay equal: the third digest to appear is `DIGEST3` wherever it stands.
    """
    text = SPECIFIC.sub('"place": 0', json.dumps(answer))
    for name, pattern in MASKS:
        for number, found in enumerate(dict.fromkeys(pattern.findall(text)), start=1):
            text = text.replace(found, f"{name}{number}")
    return json.loads(text)
