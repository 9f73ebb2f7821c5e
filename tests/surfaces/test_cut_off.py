"""Requests that break off or lie about themselves: nothing of them stays, the server goes on."""

from __future__ import annotations

import base64
import gzip
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

import headgate
from headgate.surfaces import rows
from tests.pipeline.openlineage.telling import body, told
from tests.pipeline.scheduling import LOG
from tests.pipeline.writing import write
from tests.surfaces.routes import OCTETS, Server, fill, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

LINEAGE = "/api/v1/lineage"
HOOK = "/api/v1/hooks/by-token"
COMMIT = "/api/v1/dataset/commit"
SENSORS = '\n    sensors = [Sensor("webhook", name="by-token", token="t0ken")]\n'
ROWS = rows.to_stream(rows.to_table([{"id": 7, "city": "Rome"}]))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("cut") / "shop"
    with headgate.init(root) as project:
        fill(project)
        write(project, flow=LOG + SENSORS)
    with serving(root) as server:
        yield server


def beside(**fields: Any) -> str:
    """Write a request that stands beside a body."""
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode()


def break_off(server: Server, path: str, content: bytes, **headers: str) -> None:
    """Send the beginning of a request and hang up."""
    known = {"Host": f"127.0.0.1:{server.port}", "Authorization": f"Bearer {server.token}"}
    known |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in known.items())]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + content)
        line.shutdown(socket.SHUT_WR)
        line.settimeout(5)
        while line.recv(4096):
            pass


@pytest.mark.parametrize(
    ("path", "content", "headers"),
    [
        (HOOK, b"half", {"Content_Length": "100"}),
        (HOOK, b"4\r\nhalf\r\n", {"Transfer_Encoding": "chunked"}),
        (LINEAGE, body(told("etl.cut", 1)), {"Content_Length": "100000"}),
        ("/api/v1/lineage/batch", b"[", {"Content_Length": "2"}),
        ("/api/v1/dataset/delete", b'{"name": "orders"}', {"Content_Length": "19"}),
        (
            COMMIT,
            b"%x\r\n%b\r\n" % (len(ROWS), ROWS),
            {
                "Transfer_Encoding": "chunked",
                "Content_Type": rows.ARROW,
                "Headgate_Request": beside(name="orders", mode="append"),
            },
        ),
    ],
    ids=["hook", "hook-in-chunks", "lineage", "batch", "verb", "rows-in-chunks"],
)
def test_a_request_that_breaks_off_leaves_nothing_and_the_next_is_answered(
    server: Server, path: str, content: bytes, headers: dict[str, str]
) -> None:
    events = server.state()[0]

    break_off(server, path, content, **headers)

    assert server.state()[0] == events
    assert server.send("/api/v1/dataset/list", b"{}").status == 200


def test_rows_that_stop_short_of_their_end_marker_are_not_committed(server: Server) -> None:
    events = server.state()[0]
    short = ROWS[: -len(rows.END)]

    reply = server.send(
        COMMIT,
        short,
        content_type=rows.ARROW,
        headgate_request=beside(name="orders", mode="append"),
    )

    assert (reply.status, reply.is_failure) == (422, True)
    assert server.state()[0] == events


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(body(told("etl.torn", 3)), mtime=0)[:-4], "the gzip body was cut off"),
        (gzip.compress(body(told("etl.torn", 3)), mtime=0) + b"more", "the body is no gzip"),
        (b"", "the gzip body was cut off"),
        (b"{}", "the body is no gzip"),
    ],
    ids=["short", "with-a-tail", "empty", "plain"],
)
def test_a_gzip_body_that_is_not_whole_is_refused_and_nothing_taken(
    server: Server, content: bytes, message: str
) -> None:
    events = server.state()[0]

    reply = server.send(LINEAGE, content, content_encoding="gzip")

    assert (reply.status, reply.is_failure) == (422, True)
    assert reply.json["message"].startswith(message)
    assert server.state()[0] == events


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "1.0", "٣", "", "0x10"])
@pytest.mark.parametrize("name", ["limit", "offset"])
def test_a_page_that_is_no_small_number_is_refused(server: Server, name: str, number: str) -> None:
    reply = server.send(f"/api/v1/jobs?{name}={quote(number)}", method="GET")

    assert (reply.status, reply.is_failure) == (422, True)
    assert reply.json["mend"].startswith("give a whole number, at most")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_servers_token_lets_in_alike_at_verbs_and_at_sensors(
    server: Server, scheme: str
) -> None:
    given = f"{scheme} {server.token}"

    verb = server.send("/api/v1/dataset/list", b"{}", authorization=given)
    hook = server.send(HOOK, scheme.encode(), authorization=given)

    assert (verb.status, hook.status) == (200, 202)


@pytest.mark.parametrize(
    "given", ["Bearer", "Bearer ", "Basic {token}", "{token}", "Bearer {half}"]
)
def test_half_a_token_lets_in_nowhere(server: Server, given: str) -> None:
    text = given.format(token=server.token, half=server.token[:-1])

    replies = [
        server.send(path, b"{}", method, authorization=text)
        for method, path in (("POST", HOOK), ("POST", LINEAGE), ("GET", "/api/v1/jobs"))
    ]

    assert [reply.status for reply in replies] == [403, 401, 401]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_lineage_is_neither_changed_nor_deleted_over_its_reading_routes(
    server: Server, method: str
) -> None:
    events = server.state()[0]

    replies = [
        server.send(path, b"{}", method, content_type=OCTETS)
        for path in ("/api/v1/namespaces", "/api/v1/jobs", LINEAGE, "/api/v1/events/lineage", HOOK)
    ]

    assert {reply.status for reply in replies} == {405}
    assert server.state()[0] == events
