"""Who may call: every route wants the token, the right Host, no foreign Origin, and POST."""

from __future__ import annotations

import http.client
import secrets
import socket
from collections.abc import Iterator

import pytest

import headgate
from headgate.surfaces.server.tokens import keep_token
from headgate.surfaces.verbs import table
from tests.surfaces.routes import Server, fill, serving

POSTED = [verb.path for verb in table().verbs.values()]
GOTTEN = ["/api/v1/verbs", "/api/v1/openapi.json"]
ROUTES = [*(("POST", path) for path in POSTED), *(("GET", path) for path in GOTTEN)]
STRANGERS = {
    "no token": {"authorization": None},
    "a token of another project": {"authorization": f"Bearer {secrets.token_urlsafe(32)}"},
    "half a token": {"authorization": "half"},
    "a foreign host": {"host": "evil.example"},
    "a rebound name": {"host": "evil.example:{port}"},
    "another port": {"host": "127.0.0.1:1"},
    "a foreign page": {"origin": "https://evil.example"},
    "a page on another port": {"origin": "http://localhost:1"},
    "a sandboxed page": {"origin": "null"},
    "our host spoken as https": {"origin": "https://localhost:{port}"},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("guard") / "shop"
    with headgate.init(root) as project:
        fill(project)
    with serving(root) as server:
        yield server


def as_stranger(server: Server, name: str) -> dict[str, str | None]:
    headers: dict[str, str | None] = dict(STRANGERS[name])
    if headers.get("authorization") == "half":
        headers["authorization"] = f"Bearer {server.token[: len(server.token) // 2]}"
    return {key: value and value.format(port=server.port) for key, value in headers.items()}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_is_turned_away_from_every_route(server: Server, name: str) -> None:
    headers = as_stranger(server, name)
    before = server.state()

    replies = {route: server.send(route[1], b"{}", route[0], **headers) for route in ROUTES}

    wanted = 401 if "token" in name else 403
    assert {route: reply.status for route, reply in replies.items()} == dict.fromkeys(
        ROUTES, wanted
    )
    assert all(reply.is_failure and reply.json["code"] == "denied" for reply in replies.values())
    assert server.state() == before


def test_a_refusal_tells_nothing_of_the_project_nor_of_the_token(server: Server) -> None:
    refused = server.send("/api/v1/dataset/read", b'{"name": "orders"}', authorization="Bearer x")
    unknown = server.send("/api/v1/nothing", b"{}", authorization="Bearer x")

    assert refused.data == unknown.data
    assert server.token.encode() not in refused.data
    assert str(server.root).encode() not in refused.data
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
def test_a_verb_is_called_by_post_alone(server: Server, method: str) -> None:
    before = server.state()

    replies = [server.send(path, b"{}", method) for path in POSTED]

    assert {reply.status for reply in replies} <= {404, 405, 422}
    assert server.state() == before


@pytest.mark.parametrize("path", POSTED)
def test_a_get_of_a_verb_says_to_post_it(server: Server, path: str) -> None:
    reply = server.send(path, b"", "GET")

    assert reply.is_failure
    assert reply.json["mend"] == f"POST {path}"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:{port}"])
def test_no_preflight_is_granted(server: Server, origin: str) -> None:
    headers = {
        "origin": origin.format(port=server.port),
        "access_control_request_method": "POST",
        "access_control_request_headers": "authorization,content-type",
    }

    replies = [server.send(path, b"", "OPTIONS", **headers) for path in [*POSTED, *GOTTEN]]

    assert all(reply.status >= 400 for reply in replies)
    assert not [
        name
        for reply in replies
        for name in reply.headers
        if name.lower().startswith("access-control-")
    ]


def test_no_answer_lets_another_origin_read_it(server: Server) -> None:
    reply = server.send("/api/v1/dataset/list", b"{}")

    assert reply.status == 200
    assert "access-control-allow-origin" not in reply.headers
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_every_name_of_loopback_is_this_server(server: Server, host: str) -> None:
    named = f"{host}:{server.port}"

    reply = server.send("/api/v1/dataset/list", b"{}", host=named, origin=f"http://{named}")

    assert reply.status == 200


def test_two_host_headers_do_not_slip_one_past(server: Server) -> None:
    lines = [
        "POST /api/v1/dataset/list HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Host: evil.example",
        f"Authorization: Bearer {server.token}",
        "Content-Length: 2",
        "Connection: close",
    ]

    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n{}").encode())
        answered = line.makefile("rb").readline()

    assert answered.split()[1] in {b"400", b"403"}


def test_a_token_that_was_minted_anew_makes_the_old_one_stale(server: Server) -> None:
    path = server.root / ".headgate" / "token"
    old = path.read_text()
    path.unlink()
    new = keep_token(server.root / ".headgate")
    try:
        with serving(server.root) as again:
            known = again.send("/api/v1/dataset/list", b"{}")
            stale = again.send("/api/v1/dataset/list", authorization=f"Bearer {old.strip()}")
    finally:
        path.write_text(old)

    assert (known.status, stale.status) == (200, 401)
    assert new != old.strip()


def test_a_token_in_the_address_is_no_token(server: Server) -> None:
    reply = server.send(
        f"/api/v1/dataset/list?token={server.token}&access_token={server.token}",
        b"{}",
        authorization=None,
    )

    assert reply.status == 401


def test_health_tells_a_stranger_that_it_is_up_and_nothing_else(server: Server) -> None:
    reply = server.send("/healthz", b"", "GET", authorization=None)

    assert (reply.status, reply.json) == (200, {"status": "ok"})
    assert "server" not in reply.headers


def test_a_request_over_the_size_limit_is_refused_before_it_is_read(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", "/api/v1/model/register")
    connection.putheader("Authorization", f"Bearer {server.token}")
    connection.putheader("Content-Length", str(1 << 40))
    connection.endheaders()

    status = connection.getresponse().status
    connection.close()

    assert status == 413
