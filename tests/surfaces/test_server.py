"""The server: what it answers, and whom it turns away."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pytest

from headgate.core.errors import Denied, Unavailable
from headgate.surfaces import rows
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project, open_project
from headgate.surfaces.remote import open_remote
from headgate.surfaces.server.app import make_app
from headgate.surfaces.server.guard import allowed_hosts
from headgate.surfaces.server.serve import Listening, refuse_open
from headgate.surfaces.server.tokens import keep_token
from headgate.surfaces.verbs import Table

TABLE = pa.table({"a": [1, 2], "b": ["x", None]})


@pytest.fixture
def ask(server: Listening, token: str):
    """Send one raw request; headers given as None are left out."""

    def send(method: str, path: str, body: bytes = b"", **headers: str | None):
        known = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        known |= {name.replace("_", "-"): value for name, value in headers.items()}
        known.setdefault("Content-Length", str(len(body)))
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.putrequest(method, path, skip_host="Host" in known)
        for name, value in known.items():
            if value is not None:
                connection.putheader(name, str(value))
        connection.endheaders(body)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, data, response.headers

    return send


def test_a_verb_answers_json(ask) -> None:
    status, data, _ = ask("POST", "/api/v1/config/show", b'{"prefix": "server"}')

    names = [each["name"] for each in json.loads(data)]

    assert (status, names) == (200, ["server.host", "server.port"])


def test_rows_come_as_json_or_as_arrow(ask, project: Project) -> None:
    project.shelf.keep("tools", TABLE)

    _, text, _ = ask("POST", "/api/v1/shelf/read", b'{"name": "tools"}')
    _, stream, _ = ask("POST", "/api/v1/shelf/read", b'{"name": "tools"}', Accept=rows.ARROW)

    assert json.loads(text) == TABLE.to_pylist()
    assert rows.from_stream(stream).equals(TABLE)


@pytest.mark.parametrize("is_in_query", [True, False])
def test_rows_are_sent_beside_their_request(ask, is_in_query: bool) -> None:
    request = b'{"name":"tools"}'
    path, headers = "/api/v1/shelf/keep", {"Content_Type": rows.ARROW}
    if is_in_query:
        path += "?request=%7B%22name%22%3A%22tools%22%7D"
    else:
        headers["Headgate_Request"] = base64.urlsafe_b64encode(request).decode().rstrip("=")
    headers["Content-Type"] = headers.pop("Content_Type")

    status, data, _ = ask("POST", path, rows.to_stream(TABLE), **headers)

    assert (status, json.loads(data)["n_rows"]) == (200, 2)


def test_the_actor_is_the_one_in_the_header(ask) -> None:
    headers = {"Content-Type": rows.ARROW, "X-Headgate-Actor": "J%C3%BCrg"}
    path = "/api/v1/shelf/keep?request=%7B%22name%22%3A%22tools%22%7D"

    _, data, _ = ask("POST", path, rows.to_stream(TABLE), **headers)

    assert json.loads(data)["actor"] == "Jürg"


@pytest.mark.parametrize(
    ("path", "body", "expected", "message"),
    [
        ("/api/v1/fail", b'{"kind": "conflict"}', (409, "conflict"), "the shelf has moved"),
        ("/api/v1/fail", b'{"kind": "not-found"}', (404, "not-found"), "no shelf named 'tols'"),
        ("/api/v1/fail", b'{"kind": "disk"}', (503, "unavailable"), "no space left on device"),
        ("/api/v1/fail", b'{"kind": "bug"}', (500, "internal"), "RuntimeError"),
        ("/api/v1/fail", b'{"kind": 3}', (422, "invalid"), "field 'kind' of fail"),
        ("/api/v1/fail", b'{"kid": "bug"}', (422, "invalid"), "fail has no field 'kid'"),
        ("/api/v1/fail", b"{}", (422, "invalid"), "fail needs field 'kind'"),
        ("/api/v1/fail", b"{", (422, "invalid"), "the request of fail is no JSON object"),
        ("/api/v1/shelf/lst", b"{}", (404, "not-found"), "no verb named 'shelf lst'"),
        ("/api/v1/box", b"{}", (422, "invalid"), "box takes its body as"),
    ],
)
def test_an_error_carries_its_code_and_its_mend(
    ask, path: str, body: bytes, expected: tuple[int, str], message: str
) -> None:
    answered, data, _ = ask("POST", path, body)

    failure = json.loads(data)
    assert (answered, failure["code"]) == expected
    assert message in failure["message"]
    assert failure["mend"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": "Basic eDp5"}, 401),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:7411"}, 403),
        ({"Host": "127.0.0.1"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Length": "99999999999"}, 413),
    ],
)
def test_a_stranger_is_turned_away(ask, headers: dict[str, str | None], status: int) -> None:
    answered, data, _ = ask("POST", "/api/v1/config/show", b"{}", **headers)

    assert answered == status
    assert set(json.loads(data)) == {"code", "message", "mend"}


def test_our_own_page_and_localhost_are_let_through(ask, server: Listening) -> None:
    own = f"localhost:{server.port}"

    status, _, _ = ask("POST", "/api/v1/config/show", b"{}", Host=own, Origin=f"http://{own}")

    assert status == 200


def test_health_needs_no_token_but_the_right_host(ask) -> None:
    healthy, _, _ = ask("GET", "/healthz", Authorization=None)
    rebound, _, _ = ask("GET", "/healthz", Authorization=None, Host="evil.example")

    assert (healthy, rebound) == (200, 403)


def test_a_body_without_a_length_is_counted_as_it_comes(local: Local, verbs: Table) -> None:
    app = make_app(local, verbs, token="t", hosts=allowed_hosts("127.0.0.1", 1), max_body_bytes=9)
    parts = [b"{     ", b"     ", b"}"]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1:1"), (b"authorization", b"Bearer t")]
    scope = {"type": "http", "method": "POST", "path": "/api/v1/config/show", "headers": headers}
    asyncio.run(app(scope | {"query_string": b"", "root_path": ""}, receive, send))

    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"])["code"] == "invalid"
    assert parts == [b"}"]


def test_the_token_is_its_owners_alone_and_stays(root: Path) -> None:
    first = keep_token(root / ".headgate")

    second = keep_token(root / ".headgate")

    mode = stat.S_IMODE((root / ".headgate" / "token").stat().st_mode)
    assert (first, mode, len(first) >= 43) == (second, 0o600, True)


def test_servers_that_start_at_once_agree_on_one_token(root: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(keep_token, [root / ".headgate"] * 32))

    assert len(tokens) == 1
    assert [file.name for file in (root / ".headgate").iterdir()] == ["token"]


def test_a_token_that_others_can_read_is_refused(root: Path) -> None:
    keep_token(root / ".headgate")
    (root / ".headgate" / "token").chmod(0o644)

    with pytest.raises(Denied, match="can be read by others"):
        keep_token(root / ".headgate")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org"])
def test_an_address_that_others_can_reach_is_refused(host: str) -> None:
    with pytest.raises(Denied) as caught:
        refuse_open(host)

    assert "ssh -L" in caught.value.mend


def test_a_wrong_token_and_a_silent_address_are_told_apart(server: Listening) -> None:
    with pytest.raises(Denied, match="no valid token"):
        open_project(server.address, token="wrong")

    with pytest.raises(Unavailable, match="no answer from"):
        open_project("http://127.0.0.1:9", token="any")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_up_prints_its_real_port_and_stops_quietly(root: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "headgate.surfaces.cli.main", "up", "--port", "0", "--json"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--project", str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout
        known = json.loads("".join(iter(process.stdout.readline, "}\n")) + "}")

        with open_project(known["address"], token=Path(known["token_path"]).read_text()) as opened:
            shown = opened.config.show("server.port")
        process.send_signal(number)
        out, err = process.communicate(timeout=10)

    assert (shown[0].value, shown[0].origin) == ("0", "flag")
    assert (process.returncode, out, err) == (0, "", "")


def test_a_taken_port_is_said_so(root: Path, server: Listening, headgate) -> None:
    del root

    failed = headgate("up", "--port", server.port)

    assert failed.code == 2
    assert "address already in use" in failed.err
    assert "--port" in failed.err


def test_a_client_outlives_its_server_where_asking_twice_does_no_harm(
    local: Local, verbs: Table, token: str
) -> None:
    first = Listening(local, verbs, host="127.0.0.1", port=0)
    with serving(first):
        opened = Project(open_remote(first.address, token), verbs)
        opened.shelf.list()

    with serving(Listening(local, verbs, host="127.0.0.1", port=first.port)):
        read = opened.shelf.list()
    with serving(Listening(local, verbs, host="127.0.0.1", port=first.port)):
        with pytest.raises(Unavailable, match="no answer from"):
            opened.shelf.keep("tools", TABLE)
        opened.close()

    assert read == []


@contextmanager
def serving(listening: Listening) -> Iterator[None]:
    thread = Thread(target=listening.serve)
    thread.start()
    try:
        yield
    finally:
        listening.stop()
        thread.join()


def test_a_server_that_was_told_to_stop_before_it_began_does_not_begin(
    local: Local, verbs: Table
) -> None:
    listening = Listening(local, verbs, host="127.0.0.1", port=0)

    listening.stop()
    listening.serve()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", listening.port), timeout=5)


def test_a_connection_that_waits_for_a_request_is_closed_when_the_server_stops(
    local: Local, verbs: Table, token: str
) -> None:
    listening = Listening(local, verbs, host="127.0.0.1", port=0)
    thread = Thread(target=listening.serve)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", listening.port, timeout=10)
    headers = {"Authorization": f"Bearer {token}"}
    connection.request("GET", "/api/v1/verbs", headers=headers)
    answered = connection.getresponse()
    kept = connection.sock
    answered.read()

    listening.stop()

    thread.join(timeout=10)
    assert answered.status == 200
    assert kept.recv(1) == b""
    assert not thread.is_alive()
    connection.close()


def test_a_server_may_be_told_to_stop_again_when_it_has_stopped(server: Listening) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        server.stop()
        try:
            left = connection.recv(1)
        except ConnectionResetError:
            left = b""
    server.stop()

    assert left == b""
