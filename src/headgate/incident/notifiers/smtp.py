"""Mail, over SMTP: each message with an id of its own, what is about one thing in one thread."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from headgate.core.errors import Denied, HeadgateError, Invalid, Unavailable
from headgate.core.messages import Envelope, Secret
from headgate.core.posting import cut_off, is_loopback, silent
from headgate.core.times import render

PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
"""How a line is secured, by the scheme of the address: STARTTLS, TLS, not at all."""
N_SUBJECT = 200
"""Signs of a subject [count]."""
N_LINE = 998
"""Signs of a line of a mail, by RFC 5322 [count]; ids must not be folded."""
_LEAST, _WELCOME, _FOR_GOOD = 100, 220, 500
_OURSELVES = "localhost"
"""How we greet: asking the system for its name may ask the network, and tells it to strangers."""


class _Door(NamedTuple):
    """How a server is reached."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    timeout_s: float


def smtp(
    envelope: Envelope, /, *, url: Secret, sender: str, to: tuple[str, ...], timeout_s: float = 20.0
) -> str:
    """Send a mail.

    Args:
        envelope: the message on its way.
        url: the server that takes mail from us, as `smtp://user:password@host:port`, with
            STARTTLS; `smtps://` for TLS from the start, `smtp+plain://` for neither.
        sender: address it comes from.
        to: addresses it goes to.
        timeout_s: how long connecting, and then all the rest, may each take [s].

    Raises:
        Unavailable: the server did not answer, or may take it later.
        Denied: it does not let us in.
        Invalid: it refuses the mail for good, or a setting cannot be read.
    """
    door = _door(url, timeout_s)
    mail = _mail(envelope, sender, to)
    try:
        refused = _handed_over(door, mail)
    except (OSError, smtplib.SMTPException) as error:
        raise _trouble(door.host, error, timeout_s) from error
    later = [code for code, _ in refused.values() if code < _FOR_GOOD]
    if later:
        raise Unavailable(
            f"{door.host} put off {len(refused)} of {len(to)} recipients ({later[0]})",
            mend="nothing to do; it is tried again, under the same id",
        )
    return f"{door.host} took it for {len(to) - len(refused)} of {len(to)} recipients"


def _door(url: str, timeout_s: float) -> _Door:
    try:
        place = urlsplit(url)
        port = place.port
    except ValueError:
        place, port = urlsplit(""), None
    if place.scheme not in PORTS or not place.hostname:
        raise Invalid(
            "the address of the mail server cannot be read",
            mend="write smtp://user:password@host:587, signs like @ in them as %40",
        )
    if place.username and place.scheme == "smtp+plain" and not is_loopback(place.hostname):
        raise Invalid(
            f"{place.hostname} would be sent a password in the clear",
            mend="write smtp:// or smtps:// there",
        )
    return _Door(
        scheme=place.scheme,
        host=place.hostname,
        port=port or PORTS[place.scheme],
        user=unquote(place.username or ""),
        password=unquote(place.password or ""),
        timeout_s=timeout_s,
    )


def _handed_over(door: _Door, mail: EmailMessage) -> dict[str, tuple[int, bytes]]:
    """Hand a mail to the server; return the recipients it refused, with code and reason."""
    tls = ssl.create_default_context()
    client = _EncryptedLine(door, tls) if door.scheme == "smtps" else _Line(door)
    with cut_off(2 * door.timeout_s, lambda: client.sock):
        try:
            code, said = client.connect(door.host, door.port)
            if code != _WELCOME:
                raise smtplib.SMTPConnectError(code, said)
            if door.scheme == "smtp":
                client.starttls(context=tls)
            if door.user:
                client.login(door.user, door.password)
            refused = client.send_message(mail)
            with suppress(smtplib.SMTPException, OSError):
                client.quit()
        finally:
            client.close()
    return refused


class _Line(smtplib.SMTP):
    """A line that is not connected yet, so that whoever connects it can also cut it off."""

    def __init__(self, door: _Door) -> None:
        super().__init__(timeout=door.timeout_s, local_hostname=_OURSELVES)
        self._host = door.host


class _EncryptedLine(smtplib.SMTP_SSL):
    """The same, encrypted from its first byte."""

    def __init__(self, door: _Door, tls: ssl.SSLContext) -> None:
        super().__init__(timeout=door.timeout_s, local_hostname=_OURSELVES, context=tls)
        self._host = door.host


def _mail(envelope: Envelope, sender: str, to: tuple[str, ...]) -> EmailMessage:
    if not to:
        raise Invalid("a mail has no recipient", mend='write to = ["team@example.org"]')
    message, domain = envelope.message, f"{envelope.project or 'project'}.headgate.invalid"
    thread = sha256(envelope.key.encode()).hexdigest()[:32]
    mail = EmailMessage(policy=SMTP.clone(max_line_length=N_LINE))
    headers = {
        "Subject": f"[{message.severity}] {envelope.headline}"[:N_SUBJECT],
        "From": sender,
        "To": ", ".join(to),
        "Date": format_datetime(envelope.at),
        "Message-ID": f"<{envelope.message_id}@{domain}>",
        "References": f"<{thread}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Headgate-Key": envelope.key,
    }
    try:
        for name, value in headers.items():
            mail[name] = value
    except (ValueError, IndexError) as error:
        raise Invalid(
            "an address of the mail cannot be read", mend="check sender and to in headgate.toml"
        ) from error
    mail.set_content(_text(envelope))
    return mail


def _text(envelope: Envelope) -> str:
    message = envelope.message
    lines = [envelope.headline, *(["", message.body] if message.body else []), ""]
    lines += [f"{name}: {value}" for name, value in message.details.items()]
    lines += [f"{link.text}: {link.href}" for link in message.links]
    told = f"{message.kind} from {envelope.project} at {render(envelope.at)}"
    return "\n".join([*lines, "", told, f"key {envelope.key}"])


def _trouble(host: str, error: Exception, timeout_s: float) -> HeadgateError:
    """Say what an error means; its own words may name people, so only the code is told."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return _refusal(host, min(codes), "every recipient")
    if isinstance(error, smtplib.SMTPResponseException):
        what = "the login" if isinstance(error, smtplib.SMTPAuthenticationError) else "the mail"
        return _refusal(host, error.smtp_code, what)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Invalid(
            f"{host} does not offer what the settings ask for: {error}",
            mend="write smtps:// in its address, or leave out user and password",
        )
    if isinstance(error.__context__, TimeoutError):
        return silent(host, error.__context__, timeout_s)
    if isinstance(error, smtplib.SMTPException):
        return Unavailable(f"{host} broke off", mend=f"check that {host} speaks SMTP")
    return silent(host, error, timeout_s)


def _refusal(host: str, code: int, what: str) -> HeadgateError:
    if code < _LEAST:
        return Unavailable(f"{host} answered what is no SMTP", mend="check host and port")
    said = f"{host} refused {what} ({code})"
    if code < _FOR_GOOD:
        return Unavailable(said, mend="nothing to do; it is tried again later")
    if what == "the login":
        return Denied(said, mend="check user and password in its address")
    return Invalid(said, mend="check sender and recipients, then: headgate outbox retry")
