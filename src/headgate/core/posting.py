"""Posts to a receiver and reads its answer: no redirect is followed, no address is told.

An attempt ends after its time whatever the receiver does, byte by byte or not at all. An answer
counts when it is whole.
"""

from __future__ import annotations

import base64
import http.client
import ssl
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from socket import SHUT_RDWR, socket
from threading import Event, Timer
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from headgate.core.errors import Denied, HeadgateError, Invalid, Unavailable
from headgate.core.messages import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

MAX_ANSWER_BYTES = 65_536
MAX_RETRY_AFTER_S = 3600.0
N_SHOWN = 200
AGENT = "headgate"
_SCHEMES = ("http", "https")
_TAKEN = range(200, 300)
_REFUSED, _FAILED = 400, 500
_LATER = {408, 425, 429}
_BARRED = {401, 403, 407}
_BROKEN_OFF = (
    http.client.IncompleteRead,
    http.client.RemoteDisconnected,
    ConnectionResetError,
    BrokenPipeError,
)


class Reply(NamedTuple):
    """A receiver's whole answer to a post it took."""

    status: int
    text: str
    host: str

    @property
    def summary(self) -> str:
        """The answer in a line."""
        return _said(self.host, self.status, self.text)


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float) -> Reply:
    """Post bytes and return the answer, if it is a success.

    Args:
        url: where to.
        body: what to send.
        headers: what to send with it.
        timeout_s: how long connecting, and then all the rest, may each take [s].

    Raises:
        Busy: the receiver wants to be asked later and says when.
        Unavailable: it did not answer, or with a status that may change.
        Denied: it does not let us.
        Invalid: it refuses what was sent, or the address is none.
    """
    place = address(url)
    host = place.hostname or ""
    known = {"User-Agent": AGENT, "Connection": "close"} | dict(headers)
    connection, target = _opened(place, known, timeout_s)
    try:
        connection.connect()
        line = connection.sock
        with cut_off(timeout_s, lambda: line):
            connection.request("POST", target, body, known)
            response = connection.getresponse()
            answer = response.read(MAX_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise silent(host, error, timeout_s) from error
    finally:
        connection.close()
    text = answer.decode("utf-8", "replace")
    if response.status not in _TAKEN:
        raise refusal(host, response.status, text, response.headers.get("Retry-After"))
    if response.length and len(answer) < MAX_ANSWER_BYTES:
        raise silent(host, http.client.IncompleteRead(b"", response.length), timeout_s)
    return Reply(response.status, text, host)


def address(url: str) -> SplitResult:
    """Read an address.

    Raises:
        Invalid: it is none of http or https, or names no host.
    """
    mend = "write https://host/path in headgate.toml, or in the variable it is read from"
    try:
        place = urlsplit(url)
        is_plain = url.isascii() and url.isprintable() and " " not in url
        is_one = is_plain and place.scheme in _SCHEMES and place.hostname and place.port != 0
    except ValueError as error:
        raise Invalid("the address of the receiver cannot be read", mend=mend) from error
    if not is_one:
        raise Invalid("the address of the receiver is no http or https URL", mend=mend)
    if place.username or place.password:
        said = f"the address of {place.hostname} holds a login, which nobody would use"
        raise Invalid(said, mend=mend)
    return place


def require_private(url: str) -> None:
    """Make sure that nobody on the way can read what is sent: https, or this machine.

    Raises:
        Invalid: it is plain http to another machine.
    """
    place = address(url)
    if place.scheme != "https" and not is_loopback(place.hostname or ""):
        raise Invalid(
            f"{place.hostname} would be sent a secret in the clear", mend="write https:// there"
        )


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine.

    >>> is_loopback("localhost"), is_loopback("127.0.0.1"), is_loopback("example.org")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def cut_off(after_s: float, line_of: Callable[[], socket | None]) -> Generator[None]:
    """End a conversation over a socket after a time, however busy it is.

    Args:
        after_s: when [s].
        line_of: returns the socket as it is then.

    Raises:
        TimeoutError: the time was over before the block was.
    """
    is_over = Event()

    def end() -> None:
        is_over.set()
        line = line_of()
        if line is not None:
            with suppress(OSError):
                line.shutdown(SHUT_RDWR)

    timer = Timer(after_s, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if is_over.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
    if is_over.is_set():
        raise TimeoutError


def silent(host: str, error: Exception, timeout_s: float) -> HeadgateError:
    """Say that a receiver gave no answer that counts."""
    mend = f"check that {host} can be reached from here; it is tried again"
    if isinstance(error, TimeoutError):
        return Unavailable(f"{host} did not answer in {timeout_s:g} s", mend=mend)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unavailable(f"the certificate of {host} does not hold", mend=mend)
    if isinstance(error, _BROKEN_OFF):
        return Unavailable(f"{host} broke off before its answer was whole", mend=mend)
    if isinstance(error, http.client.HTTPException):
        return Unavailable(f"{host} answered what is no HTTP", mend=mend)
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Unavailable(f"{host} cannot be reached: {said}", mend=mend)


def refusal(host: str, status: int, text: str, retry_after: str | None) -> HeadgateError:
    """Say what an answer means that is no success."""
    said = _said(host, status, text)
    if status in _LATER or status >= _FAILED:
        wait_s = retry_after_s(retry_after)
        mend = f"nothing to do; {host} is asked again later"
        if wait_s is None:
            return Unavailable(said, mend=mend)
        return Busy(said, mend=mend, retry_after_s=wait_s)
    if status < _REFUSED:
        return Invalid(
            f"{said}: it sends us elsewhere, where we do not follow",
            mend="write the final address in headgate.toml",
        )
    if status in _BARRED:
        return Denied(said, mend=f"check the secret that {host} was given")
    return Invalid(said, mend=f"see what {host} has against it, then: headgate outbox retry")


def retry_after_s(text: str | None) -> float | None:
    """Read a Retry-After header, a number of seconds or a date; an hour at most [s].

    >>> retry_after_s("30"), retry_after_s("99999"), retry_after_s("soon")
    (30.0, 3600.0, None)
    """
    if not text:
        return None
    try:
        wait_s = float(text) if text.strip().isdigit() else _until(text)
    except (ValueError, OverflowError):
        return None
    return min(max(wait_s, 0.0), MAX_RETRY_AFTER_S)


def _until(text: str) -> float:
    moment = parsedate_to_datetime(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


def _said(host: str, status: int, text: str) -> str:
    shown = " ".join(text.split())[:N_SHOWN]
    return f"{host} answered {status}" + (f": {shown}" if shown else "")


def _opened(
    place: SplitResult, headers: dict[str, str], timeout_s: float
) -> tuple[http.client.HTTPConnection, str]:
    """Make a connection, through the proxy of the environment if there is one for it."""
    host, port = place.hostname or "", place.port
    target = (place.path or "/") + (f"?{place.query}" if place.query else "")
    text = None if proxy_bypass(host) or is_loopback(host) else getproxies().get(place.scheme)
    proxy = urlsplit(text) if text else None
    to_host, to_port = (proxy.hostname or "", proxy.port or 80) if proxy else (host, port)
    if place.scheme == "https":
        connection = http.client.HTTPSConnection(
            to_host, to_port, timeout=timeout_s, context=ssl.create_default_context()
        )
        if proxy:
            connection.set_tunnel(host, port or 443, _credentials(proxy))
        return connection, target
    if proxy:
        headers |= _credentials(proxy)
        target = f"http://{place.netloc.rpartition('@')[2]}{target}"
    return http.client.HTTPConnection(to_host, to_port, timeout=timeout_s), target


def _credentials(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
