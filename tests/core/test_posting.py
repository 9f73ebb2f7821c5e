"""Posts go over TLS and through proxies as the environment says, and never astray."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Invalid, Unavailable
from headgate.core.posting import post, retry_after_s
from tests.incident.notifiers.certificates import Certificate, made
from tests.incident.receivers import Receiver, says

if TYPE_CHECKING:
    from pathlib import Path

BODY = b'{"a": 1}'


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate of localhost, trusted as the system's own are."""
    found = made(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(found.path))
    return found


def posted(url: str) -> str:
    """Post and return the answer."""
    return post(url, BODY, {"Content-Type": "application/json"}, timeout_s=3).summary


def test_a_post_goes_over_tls_to_whom_the_certificate_names(certificate: Certificate) -> None:
    with Receiver(says(200, "well"), tls=certificate.server) as receiver:
        answer = posted(f"{receiver.url}/x")

    assert answer == "localhost answered 200: well"
    assert receiver.got[0].body == BODY


def test_a_certificate_nobody_vouches_for_gets_nothing(certificate: Certificate) -> None:
    with (
        Receiver(tls=certificate.stranger) as receiver,
        pytest.raises(Unavailable, match="certificate of localhost does not hold"),
    ):
        posted(receiver.url)

    assert receiver.got == []


def test_a_post_goes_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Receiver(says(200)) as proxy:
        monkeypatch.setenv("http_proxy", f"http://ann:p%40ss@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        posted("http://receiver.example/hook?x=1")

    (request,) = proxy.got
    assert request.path == "http://receiver.example/hook?x=1"
    assert request.headers["host"] == "receiver.example"
    assert base64.b64decode(request.headers["proxy-authorization"].split()[1]) == b"ann:p@ss"


def test_a_proxy_that_refuses_the_way_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver(says(403, "no")) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(Unavailable, match=r"receiver\.example cannot be reached") as caught:
            posted("https://receiver.example/s3cret")

    assert proxy.got[0].path == "receiver.example:443"
    assert "s3cret" not in str(caught.value)


def test_this_machine_and_exempted_hosts_are_reached_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Receiver() as receiver, Receiver() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        posted(receiver.url)

    assert (len(receiver.got), proxy.got) == (1, [])


@pytest.mark.parametrize(
    "url",
    ["", "host/path", "ftp://host/x", "http:///x", "http://h:port/", "http://h/a b", "http://h:0"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="address of the receiver"):
        posted(url)


def test_a_login_in_an_address_is_refused_and_not_shown() -> None:
    with pytest.raises(Invalid, match=r"address of receiver\.example holds a login") as caught:
        posted("https://ann:hunter2@receiver.example/x")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("12", 12.0),
        ("-5", None),
        ("nan", None),
        ("Tue, 03 Nov 2026 10:00:00 GMT", 0.0),
        ("Tue, 03 Nov 2999 10:00:00 GMT", 3600.0),
    ],
)
def test_a_wait_is_read_as_seconds_or_as_a_date_and_is_an_hour_at_most(
    text: str | None, wait_s: float | None
) -> None:
    assert retry_after_s(text) == wait_s
