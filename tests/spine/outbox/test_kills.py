"""kill -9 of a deliverer between sending and settling: the message is sent again, in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from headgate.spine.context import Context
from headgate.spine.outbox.delivering import deliver
from tests.incident.receivers import Receiver, hangs, kills, says
from tests.incident.telling import about, configure, letters, send, states

DELIVERER = """
import sys
from pathlib import Path
from headgate.spine.context import open_context
from headgate.spine.outbox.delivering import deliver

context = open_context(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
deliver(context)
"""


def started(context: Context) -> subprocess.Popen[str]:
    """Start a deliverer that waits for a line before it begins; its leases last a second."""
    process = subprocess.Popen(
        [sys.executable, "-c", DELIVERER, str(context.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"HEADGATE_OUTBOX_LEASE_S": "1"},
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_deliverer_killed_between_sending_and_settling_is_made_good(context: Context) -> None:
    with Receiver(says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"), about("a", "resolve"))
        process = started(context)
        receiver.answers.insert(0, kills(process.pid))
        process.communicate("go\n", timeout=20)

        held = deliver(context).letters
        time.sleep(1.1)
        again = deliver(context).letters

    assert process.returncode == -signal.SIGKILL
    assert held == []
    assert [(one.content.kind, one.state, one.n_attempts) for one in again] == [
        ("trigger", "sent", 2),
        ("resolve", "sent", 1),
    ]
    assert [one.json["kind"] for one in receiver.got] == ["trigger", "trigger", "resolve"]
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]


@pytest.mark.full
def test_a_message_that_ends_each_of_its_deliverers_is_laid_aside(context: Context) -> None:
    with Receiver(hangs) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"), max_attempts=1)
        process = started(context)
        receiver.answers.insert(0, kills(process.pid))
        process.communicate("go\n", timeout=20)
        time.sleep(1.1)

        (letter,) = deliver(context).letters

    assert letter.state == "dead"
    assert "ended before it could say" in str(letters(context)[0].answer)
    assert len(receiver.got) == 1


@pytest.mark.full
def test_a_lease_lasts_for_as_long_as_sending_takes(context: Context) -> None:
    with Receiver(hangs, says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url, timeout_s=3)
        send(context, about("a"))
        process = started(context)
        go(process, receiver)
        time.sleep(1.8)

        meanwhile = deliver(context).letters
        process.communicate(timeout=20)

    assert meanwhile == []
    assert (len(receiver.got), process.returncode, states(context)) == (1, 0, ["pending"])


@pytest.mark.full
def test_who_comes_back_after_its_lease_changes_nothing(context: Context) -> None:
    with Receiver(hangs, says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url, timeout_s=4)
        send(context, about("a"))
        process = started(context)
        go(process, receiver)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1.2)

        (letter,) = deliver(context).letters
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=20)

    assert (letter.state, letter.n_attempts, process.returncode) == ("sent", 2, 0)
    assert [(one.state, one.n_attempts) for one in letters(context)] == [("sent", 2)]


def go(process: subprocess.Popen[str], receiver: Receiver) -> None:
    """Let a deliverer begin, and wait until its request has come in."""
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()
    while not receiver.got:
        time.sleep(0.01)
