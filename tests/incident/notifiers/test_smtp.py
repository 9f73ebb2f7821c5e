"""Mail is handed to a real SMTP server on loopback, which takes it, refuses it or breaks off."""

from __future__ import annotations

import base64
import time
from email import message_from_string
from email.policy import default
from typing import Any

import pytest

from headgate.core.errors import Denied, Invalid, Unavailable
from headgate.core.messages import Secret
from headgate.incident.notifiers.smtp import smtp
from tests.incident.notifiers.certificates import Certificate
from tests.incident.notifiers.envelopes import envelope, full
from tests.incident.receivers import Answer, Mailbox, Server, closed_port, dripping, hangs

TEAM = ("ann@example.org", "ben@example.org")


def mailed(
    box: Mailbox, given: Any = None, *, scheme: str = "smtp+plain", login: str = "", **settings: Any
) -> str:
    """Send a mail to a box in the clear, if nothing else is said."""
    host = "127.0.0.1" if scheme == "smtp+plain" else "localhost"
    url = Secret(f"{scheme}://{login}{host}:{settings.pop('port', box.port)}")
    known = {"url": url, "sender": "headgate@example.org", "to": TEAM}
    return smtp(given or full(), **(known | settings))


def test_a_mail_says_all_that_the_message_says_to_each_recipient() -> None:
    with Mailbox() as box:
        answer = mailed(box)

    (mail,) = box.mails
    read = message_from_string(mail.content, policy=default)
    assert (mail.sender, mail.to) == ("headgate@example.org", list(TEAM))
    assert read["Subject"] == "[critical] totals failed"
    assert read["Message-ID"] == "<msg_1@shop.headgate.invalid>"
    assert [word in mail.content for word in ("KeyError", "step: totals", "/run/7")] == [True] * 3
    assert answer == "127.0.0.1 took it for 2 of 2 recipients"
    assert box.said[0] == "ehlo localhost"


def test_each_attempt_has_the_same_id_and_one_trouble_is_one_thread() -> None:
    with Mailbox() as box:
        for one in (full(), full(), full("resolve")):
            mailed(box, one)

    mails = [message_from_string(mail.content, policy=default) for mail in box.mails]
    assert len({mail["Message-ID"] for mail in mails}) == 1
    assert len({mail["References"] for mail in mails}) == 1
    assert mails[2]["Subject"] == "[critical] resolved: totals failed"


def test_a_title_of_many_lines_and_scripts_makes_no_header_of_its_own() -> None:
    title = "größe 中\r\nBcc: eve@example.org"
    with Mailbox() as box:
        mailed(box, envelope(title=title))

    read = message_from_string(box.mails[0].content, policy=default)
    assert read["Bcc"] is None
    assert read["Subject"] == "[error] größe 中 Bcc: eve@example.org"
    assert box.mails[0].to == list(TEAM)


def test_the_line_is_encrypted_before_anybody_logs_in(certificate: Certificate) -> None:
    with Mailbox(tls=certificate.server, login=True) as box:
        mailed(box, scheme="smtp", login="ann:hunter%402@")

    verbs = [text.split()[0].upper() for text in box.said]
    assert verbs.index("STARTTLS") < verbs.index("AUTH")
    (login,) = [text for text in box.said if text.upper().startswith("AUTH")]
    assert base64.b64decode(login.split()[2]) == b"\0ann\0hunter@2"
    assert len(box.mails) == 1


def test_a_certificate_nobody_vouches_for_is_not_believed(certificate: Certificate) -> None:
    with (
        Mailbox(tls=certificate.stranger) as box,
        pytest.raises(Unavailable, match="certificate of localhost does not hold"),
    ):
        mailed(box, scheme="smtp")

    assert box.mails == []


def test_a_server_without_starttls_gets_no_mail() -> None:
    with Mailbox() as box, pytest.raises(Invalid, match="does not offer"):
        mailed(box, scheme="smtp")

    assert box.mails == []


@pytest.mark.parametrize(
    ("replies", "family", "said"),
    [
        ({"GREETING": ["554 go away"]}, Invalid, "refused the mail (554)"),
        ({"GREETING": ["421 too busy"]}, Unavailable, "refused the mail (421)"),
        ({"MAIL": ["550 not you ann@example.org"]}, Invalid, "refused the mail (550)"),
        ({"RCPT": ["550 nobody"]}, Invalid, "refused every recipient (550)"),
        ({"RCPT": ["550 nobody", "450 later"]}, Unavailable, "refused every recipient (450)"),
        ({"RCPT": ["250 ok", "450 later"]}, Unavailable, "put off 1 of 2 recipients (450)"),
        ({"DATA": ["451 later"]}, Unavailable, "refused the mail (451)"),
        ({"CONTENT": ["552 too large"]}, Invalid, "refused the mail (552)"),
        ({"CONTENT": ["452 full"]}, Unavailable, "refused the mail (452)"),
        ({"DATA": [""]}, Unavailable, "broke off"),
        ({"GREETING": ["HTTP/1.1 400"]}, Unavailable, "answered what is no SMTP"),
    ],
)
def test_what_a_server_refuses_is_told_by_its_code(
    replies: dict[str, list[str]], family: type[Exception], said: str
) -> None:
    with Mailbox(replies) as box, pytest.raises(family) as caught:
        mailed(box)

    assert said in str(caught.value)
    assert "ann@" not in str(caught.value)


def test_recipients_that_are_refused_for_good_do_not_hold_up_the_others() -> None:
    with Mailbox({"RCPT": ["550 nobody", "250 ok"]}) as box:
        answer = mailed(box)

    assert answer == "127.0.0.1 took it for 1 of 2 recipients"
    assert [mail.to for mail in box.mails] == [["ben@example.org"]]


def test_a_wrong_password_is_said_to_be_one() -> None:
    with (
        Mailbox({"AUTH": ["535 hunter2 is wrong"]}, login=True) as box,
        pytest.raises(Denied, match=r"refused the login \(535\)") as caught,
    ):
        mailed(box, login="ann:hunter2@")

    assert "hunter2" not in str(caught.value)


def test_a_password_is_never_sent_in_the_clear_to_another_machine() -> None:
    with pytest.raises(Invalid, match="in the clear"):
        smtp(full(), url=Secret("smtp+plain://ann:x@mail.example"), sender="a@x.io", to=TEAM)


@pytest.mark.parametrize("settings", [{"to": ()}, {"sender": "a@x.io\nBcc: b@x.io"}])
def test_a_mail_without_readable_addresses_is_refused(settings: dict[str, Any]) -> None:
    with Mailbox() as box, pytest.raises(Invalid):
        mailed(box, **settings)

    assert box.mails == []


@pytest.mark.parametrize("trouble", [hangs, dripping(b"220-")], ids=["hangs", "drips"])
def test_a_server_that_says_nothing_or_never_ends_is_left_in_time(trouble: Answer) -> None:
    began = time.monotonic()

    with Server(trouble) as server:
        url = Secret(f"smtp+plain://127.0.0.1:{server.port}")
        with pytest.raises(Unavailable, match=r"did not answer in 0\.3 s"):
            smtp(full(), url=url, sender="a@x.io", to=TEAM, timeout_s=0.3)

    assert time.monotonic() - began < 3


@pytest.mark.parametrize("url", ["", "mail.example:25", "http://h", "smtp://", "smtp://h:x"])
def test_an_address_that_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="address of the mail server"):
        smtp(full(), url=Secret(url), sender="a@x.io", to=TEAM)


def test_a_mail_goes_over_tls_from_the_first_byte(certificate: Certificate) -> None:
    with Mailbox(tls=certificate.server, is_encrypted=True) as box:
        mailed(box, scheme="smtps")

    assert len(box.mails) == 1
    assert not [text for text in box.said if text.upper() == "STARTTLS"]


def test_a_server_that_is_not_there_may_come_back() -> None:
    with Mailbox() as box, pytest.raises(Unavailable, match="cannot be reached"):
        mailed(box, port=closed_port())
