"""Posts to sensors through a server: which routes are open, and what strangers learn of them."""

from __future__ import annotations

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.surfaces.server.hooks import MAX_POST_BYTES
from tests.pipeline.scheduling import LOG
from tests.pipeline.writing import write
from tests.surfaces.routes import Reply, Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

HOOK = "/api/v1/hooks/ready"
SENSORS = """
    sensors = [
        Sensor("webhook", name="ready", secret="s3cret"),
        Sensor("webhook", name="by-token", token="t0ken"),
        Sensor("webhook", name="broken", secret="env:NOT_SET_ANYWHERE"),
        Sensor("files", "inbox/*"),
    ]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("hooks") / "shop"
    with headgate.init(root) as project:
        write(project, flow=LOG + SENSORS, twin=LOG.replace("def log", "def twin") + SENSORS)
    with serving(root) as server:
        yield server


def signed(body: bytes, secret: bytes = b"s3cret") -> dict[str, Any]:
    """Sign a body as GitHub does; no token of the server's."""
    digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return {"x_hub_signature_256": f"sha256={digest}", "authorization": None}


def n_new(reply: Reply) -> int:
    assert reply.status == 202, reply.data
    return reply.json["n_new"]


def test_a_signed_post_reaches_every_pipeline_that_has_the_sensor(server: Server) -> None:
    first = server.send(HOOK, b"one", **signed(b"one"))
    again = server.send(HOOK, b"one", **signed(b"one"))

    assert (n_new(first), n_new(again)) == (2, 0)


def test_the_servers_token_and_the_sensors_own_let_in(server: Server) -> None:
    by_server = server.send("/api/v1/hooks/by-token", b"two")
    by_sensor = server.send("/api/v1/hooks/by-token", b"three", authorization="Bearer t0ken")

    assert (n_new(by_server), n_new(by_sensor)) == (2, 2)


def test_strangers_learn_the_same_of_a_sensor_that_is_there_and_of_one_that_is_not(
    server: Server,
) -> None:
    known, unknown = (
        server.send(f"/api/v1/hooks/{name}", b"x", **signed(b"x", b"wrong"))
        for name in ("ready", "nobody")
    )

    assert (known.status, unknown.status) == (403, 403)
    assert known.data.replace(b"ready", b"nobody") == unknown.data


def test_a_secret_that_is_not_set_lets_nobody_in_and_is_told(server: Server) -> None:
    reply = server.send("/api/v1/hooks/broken", b"x", **signed(b"x", b""))

    assert reply.status == 422
    assert "NOT_SET_ANYWHERE, which is not set" in reply.json["message"]


def test_only_a_post_to_a_sensor_goes_without_the_servers_token(server: Server) -> None:
    replies = {
        path: server.send(path, b"{}", method, authorization=None)
        for method, path in (
            ("POST", "/api/v1/hooks"),
            ("POST", "/api/v1/hooks/../pipeline/status"),
            ("POST", "/api/v1/hooks/%2e%2e/pipeline/status"),
            ("POST", "/api/v1/hooks/ready/../../pipeline/status"),
            ("POST", "/api/v1/HOOKS/ready"),
            ("POST", "/api/v1/pipeline/status"),
            ("GET", HOOK),
        )
    }

    assert {path: reply.status for path, reply in replies.items() if reply.status < 400} == {}
    assert all(b"pipelines" not in reply.data for reply in replies.values())


@pytest.mark.parametrize("size", [MAX_POST_BYTES, MAX_POST_BYTES + 1])
def test_a_post_that_is_too_large_is_refused_before_anything_is_asked(
    server: Server, size: int
) -> None:
    body = b"x" * size

    reply = server.send(HOOK, body, **signed(body))

    assert reply.status == (202 if size <= MAX_POST_BYTES else 413)


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"origin": "https://evil.example"}, {"origin": "null"}],
)
def test_a_web_page_can_post_to_no_sensor(server: Server, headers: dict[str, str]) -> None:
    reply = server.send(HOOK, b"page", **(signed(b"page") | headers))

    assert (reply.status, reply.is_failure) == (403, True)


def test_a_body_that_is_no_text_is_refused_in_words(server: Server) -> None:
    reply = server.send(HOOK, b"\xff", **signed(b"\xff"))

    assert (reply.status, reply.json["message"]) == (422, "the body is no UTF-8 text")


def test_many_posts_at_once_are_all_taken_and_each_once(server: Server) -> None:
    bodies = [json.dumps({"n": n // 2}).encode() for n in range(24)]

    def post(body: bytes) -> int:
        other = Server(server.root, server.port)
        try:
            return n_new(other.send(HOOK, body, **signed(body)))
        finally:
            other.close()

    with ThreadPoolExecutor(6) as pool:
        counts = list(pool.map(post, bodies))

    # twelve bodies, each sent twice, for two pipelines
    assert sum(counts) == 24


def test_a_pipeline_file_that_is_broken_is_told_and_mended(server: Server) -> None:
    path = Path(server.root) / "pipelines" / "torn.py"
    path.write_text("import nothing_there\n")

    broken = server.send(HOOK, b"torn", **signed(b"torn"))
    path.unlink()
    mended = server.send(HOOK, b"torn", **signed(b"torn"))

    assert (broken.status, n_new(mended)) == (422, 2)
