"""Nothing is sent home: no socket of a typical path leaves this machine."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from headgate.surfaces.python import Project


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note every address that a socket connects to, or that is looked up."""
    noted: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connecting(self: socket.socket, address):
        if self.family != socket.AF_UNIX:
            noted.append(address[0])
        return connect(self, address)

    def looking_up(host, *arguments, **keywords):
        noted.append(host)
        return look_up(host, *arguments, **keywords)

    monkeypatch.setattr(socket.socket, "connect", connecting)
    monkeypatch.setattr(socket, "getaddrinfo", looking_up)
    return noted


def test_no_socket_leaves_loopback(called: list[str], headgate, remote_project: Project) -> None:
    called.append("127.0.0.1")

    headgate("config", "show")
    headgate("shelf", "list")
    with remote_project.run("train") as run:
        remote_project.shelf.keep("tools", [{"a": 1}])
        run.log_model("one", 1)

    assert all(ipaddress.ip_address(address).is_loopback for address in called)
