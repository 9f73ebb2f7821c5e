"""Posts to sensors: who is let in, and what a post that comes twice does."""

from __future__ import annotations

import base64
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Denied, Invalid
from headgate.core.sensing import Message
from headgate.pipeline.schedule.found import Declarations
from headgate.pipeline.schedule.hooks import TOLERANCE_S, Post, receive
from tests.pipeline.scheduling import LOG, at, ticks_of
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

NOW = at("2026-03-02T12:00")
BODY = b'{"file": "a.csv"}'
KEY = b"twenty-four bytes of key"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


def hook(project: Project, more: str, kind: str = "webhook") -> None:
    """A pipeline that runs for posts to `ready`."""
    line = f'sensors = [Sensor("{kind}", name="ready", {more})]'
    write(project, flow=f"{LOG}\n    {line}\n")


def post(context: Context, headers: dict[str, str], body: bytes = BODY, **how: bool) -> int:
    """Post to `ready`; return how many arrivals were new."""
    declarations = Declarations(context.root)
    return receive(context, declarations, Post("ready", Message(headers, body), **how), NOW).n_new


def github(secret: bytes, body: bytes = BODY) -> dict[str, str]:
    """Sign as GitHub documents it: hexadecimal HMAC-SHA256 of the body."""
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()}


def standard(key: bytes, moment: datetime = NOW, body: bytes = BODY) -> dict[str, str]:
    """Sign as Standard Webhooks specifies it: base64 HMAC-SHA256 of id, time and body."""
    stamp = str(int(moment.timestamp()))
    digest = hmac.new(key, b"msg_1." + stamp.encode() + b"." + body, hashlib.sha256).digest()
    signature = f"v1,AAAA v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}


@pytest.mark.row("S3-10", part="webhook")
def test_a_signed_post_comes_once_however_often_it_is_sent(
    project: Project, context: Context
) -> None:
    hook(project, 'secret="s3cret"')

    counts = [post(context, github(b"s3cret")) for _ in range(3)]

    assert counts == [1, 0, 0]
    (tick,) = ticks_of(context, trigger="ready")
    assert (tick.state, tick.arrival["body"]) == ("waiting", BODY.decode())


def test_a_post_signed_as_standard_webhooks_do_comes_in(project: Project, context: Context) -> None:
    hook(project, f'secret="{SECRET}"')

    assert post(context, standard(KEY)) == 1
    assert post(context, standard(KEY, body=b"other"), b"other") == 0


def test_a_token_of_the_sensor_lets_in(
    project: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_TOKEN", "t0ken")
    hook(project, 'token="env:HOOK_TOKEN"')

    assert post(context, {"authorization": "Bearer t0ken"}) == 1


def test_whoever_may_call_every_verb_needs_no_secret(project: Project, context: Context) -> None:
    hook(project, "every='10s'")

    assert post(context, {}, is_known=True) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        github(b"wrong"),
        github(b"s3cret", b"another body"),
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "sha256=é"},
        {"authorization": "Bearer s3cret"},
        {"authorization": "Bearer "},
        standard(b"wrong"),
        standard(b"s3cret", NOW - timedelta(seconds=TOLERANCE_S + 1)),
        standard(b"s3cret", NOW + timedelta(seconds=TOLERANCE_S + 1)),
        standard(b"s3cret") | {"webhook-id": "msg_2"},
        standard(b"s3cret") | {"webhook-timestamp": "soon"},
    ],
)
def test_others_are_not_let_in(project: Project, context: Context, headers: dict[str, str]) -> None:
    hook(project, 'secret="s3cret"')

    with pytest.raises(Denied, match="no sensor 'ready' takes this post"):
        post(context, headers)

    assert ticks_of(context, trigger="ready") == []


def test_a_sensor_without_a_secret_lets_no_stranger_in(project: Project, context: Context) -> None:
    hook(project, "every='10s'")

    for headers in ({}, github(b""), {"authorization": "Bearer "}):
        with pytest.raises(Denied):
            post(context, headers)


def test_a_secret_that_is_not_set_is_told(project: Project, context: Context) -> None:
    hook(project, 'secret="env:NOT_SET_ANYWHERE"')

    with pytest.raises(Invalid, match="NOT_SET_ANYWHERE, which is not set"):
        post(context, github(b""))


def test_a_post_of_events_is_read_as_such_and_refused_if_it_is_none(
    project: Project, context: Context
) -> None:
    hook(project, 'secret="s3cret"', kind="s3_events")
    body = b'{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, '
    body += b'"object": {"key": "k"}}}]}'

    taken = post(context, github(b"s3cret", body), body)

    assert taken == 1
    assert ticks_of(context, trigger="ready")[0].arrival["uri"] == "s3://b/k"
    with pytest.raises(Invalid, match="no JSON"):
        post(context, github(b"s3cret", b"?"), b"?")


def test_a_secret_that_was_copied_wrong_is_told(project: Project, context: Context) -> None:
    hook(project, 'secret="whsec_not base64"')

    with pytest.raises(Invalid, match="is no base64 after it"):
        post(context, standard(KEY))


def test_a_sensor_that_others_ask_all_the_time_is_asked_again_until_it_is_its_turn(
    project: Project, context: Context
) -> None:
    hook(project, 'secret="s3cret"')
    bodies = [f"body {n}".encode() for n in range(16)]

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda body: post(context, github(b"s3cret", body), body), bodies))

    assert counts == [1] * 16
    assert len(ticks_of(context, trigger="ready")) == 16
