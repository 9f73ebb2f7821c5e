"""Messages reach receivers that misbehave: late, once more, in order, or are laid aside."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime

import pytest

from headgate.core.messages import Kind
from headgate.core.times import now
from headgate.spine.context import Context, Step, open_context
from headgate.spine.lineage.events import list_events
from headgate.spine.outbox.delivering import backoff_s, deliver
from headgate.spine.outbox.writing import put
from headgate.spine.work import Work
from tests.incident.receivers import (
    CLOSED,
    CUT,
    DRIPS,
    GARBAGE,
    Answer,
    Receiver,
    closed_port,
    hangs,
    says,
)
from tests.incident.telling import about, configure, letters, send, states


def events(context: Context) -> list[str]:
    """List the kinds of events there have been, the oldest first."""
    with context.catalog.read() as connection:
        return [one.kind for one in list_events(connection, context.tenant)][::-1]


def test_a_message_leaves_once_its_unit_has_committed(context: Context) -> None:
    with Receiver() as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a", body="what it is"))

        (letter,) = deliver(context).letters

    assert (letter.state, letter.n_attempts, letter.answer) == ("sent", 1, "127.0.0.1 answered 200")
    assert [one.json["title"] for one in receiver.got] == ["trigger a"]
    assert events(context) == ["message_written", "message_sent"]


def test_a_unit_that_is_undone_sends_nothing(context: Context) -> None:
    with Receiver() as receiver:
        configure(context.root, "hook", url=receiver.url)
        with pytest.raises(ZeroDivisionError):
            fail_after_sending(context)

        deliver(context)

    assert (receiver.got, letters(context)) == ([], [])


def fail_after_sending(context: Context) -> None:
    """Put a message as a part of a unit that fails."""
    with Work(context) as work:
        put(work, context, about("a"))
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "trouble",
    [says(500, "oops"), says(503), says(408), CUT, GARBAGE, CLOSED],
    ids=["500", "503", "408", "cut", "garbage", "closed"],
)
def test_what_may_pass_is_tried_again(context: Context, trouble: Answer) -> None:
    with Receiver(trouble, says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"))

        (first,) = deliver(context).letters
        (second,) = deliver(context).letters

    assert (first.state, second.state, second.n_attempts) == ("pending", "sent", 2)
    assert len({one.headers["webhook-id"] for one in receiver.got}) == 1
    assert len(receiver.got) == 2


@pytest.mark.parametrize("trouble", [hangs, DRIPS], ids=["hangs", "drips"])
def test_a_receiver_that_never_ends_its_answer_is_left_in_time(
    context: Context, trouble: Answer
) -> None:
    with Receiver(trouble, says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url, timeout_s=0.3)
        send(context, about("a"))
        began = time.monotonic()

        (first,) = deliver(context).letters
        took_s = time.monotonic() - began
        (second,) = deliver(context).letters

    assert first.answer == "127.0.0.1 did not answer in 0.3 s"
    assert took_s < 3
    assert second.state == "sent"


def test_a_receiver_that_is_not_there_is_told_of_without_its_address(context: Context) -> None:
    configure(context.root, "hook", url=f"http://127.0.0.1:{closed_port()}/s3cret")
    send(context, about("a"))

    (letter,) = deliver(context).letters

    assert (letter.state, letter.answer) == (
        "pending",
        "127.0.0.1 cannot be reached: Connection refused",
    )


@pytest.mark.parametrize("header", ["60", "date"])
def test_a_receiver_that_asks_for_time_gets_it_for_all_its_messages(
    context: Context, header: str
) -> None:
    later = format_datetime(now() + timedelta(seconds=61), usegmt=False)
    busy = says(429, "slow down", retry_after="60" if header == "60" else later)
    with Receiver(busy) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"), about("b"))

        tried = deliver(context).letters
        deliver(context)

    assert [one.content.dedup_key for one in tried] == ["a"]
    assert len(receiver.got) == 1
    assert all(one.due_at > now() + timedelta(seconds=50) for one in letters(context))


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_a_refusal_for_good_is_a_dead_letter_at_once(context: Context, status: int) -> None:
    with Receiver(says(status, "no such thing")) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"))

        (letter,) = deliver(context).letters
        deliver(context)

    assert (letter.state, letter.answer) == ("dead", f"127.0.0.1 answered {status}: no such thing")
    assert len(receiver.got) == 1
    assert events(context)[-1] == "message_dead"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(context: Context, status: int) -> None:
    with Receiver() as other, Receiver(says(status, location=f"{other.url}/x")) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"))

        (letter,) = deliver(context).letters

    assert (letter.state, other.got) == ("dead", [])


def test_a_message_that_is_never_taken_is_a_dead_letter_after_its_attempts(
    context: Context,
) -> None:
    with Receiver(says(500)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"), max_attempts=3)

        for _ in range(5):
            deliver(context)

    assert states(context) == ["dead"]
    assert len(receiver.got) == 3


def test_waits_double_up_to_a_quarter_of_an_hour_and_differ(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADGATE_OUTBOX_BACKOFF_S", "2")
    patient = open_context(context.root)

    waits = [[backoff_s(patient, n) for _ in range(50)] for n in (1, 2, 5, 40)]

    assert all(1 <= wait <= 2 for wait in waits[0])
    assert all(2 <= wait <= 4 for wait in waits[1])
    assert all(16 <= wait <= 32 for wait in waits[2])
    assert all(450 <= wait <= 900 for wait in waits[3])
    assert all(len(set(some)) > 10 for some in waits)


def test_a_resolve_never_overtakes_its_trigger(context: Context) -> None:
    with Receiver(says(500), says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"), about("b"), about("a", "resolve"))

        deliver(context)
        deliver(context)
        deliver(context)

    kinds = [(one.json["kind"], one.json["title"][-1]) for one in receiver.got]
    assert kinds == [("trigger", "a"), ("trigger", "b"), ("trigger", "a"), ("resolve", "a")]
    assert set(states(context)) == {"sent"}


def test_what_follows_a_dead_letter_goes_on(context: Context) -> None:
    with Receiver(says(400), says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"), about("a", "resolve"))

        deliver(context)

    assert states(context) == ["dead", "sent"]


def test_one_receiver_in_trouble_holds_up_no_other(context: Context) -> None:
    with Receiver(says(500)) as bad, Receiver() as good:
        configure(context.root, "bad", url=bad.url)
        configure(context.root, "good", url=good.url)
        send(context, *(about(f"k{n}") for n in range(6)))

        deliver(context)

    assert (len(bad.got), len(good.got)) == (3, 6)


def test_two_deliverers_at_once_send_each_message_once(context: Context) -> None:
    with Receiver() as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, *(about(f"k{n}") for n in range(30)))
        others = [open_context(context.root) for _ in range(2)]

        with ThreadPoolExecutor(2) as pool:
            done = [one.letters for one in pool.map(deliver, others)]

    for other in others:
        other.opened.close()
    ids = [one.headers["webhook-id"] for one in receiver.got]
    assert (len(ids), len(set(ids))) == (30, 30)
    assert sum(map(len, done)) == 30
    assert set(states(context)) == {"sent"}


def test_what_is_being_sent_is_taken_by_nobody_else(context: Context) -> None:
    with Receiver(hangs) as receiver:
        configure(context.root, "hook", url=receiver.url, timeout_s=1.5)
        send(context, about("a"), about("a", "resolve"))
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(deliver, context)
            while not receiver.got:
                time.sleep(0.01)

            second = deliver(context)
            first = slow.result()

    assert second.letters == []
    assert [one.content.kind for one in first.letters] == ["trigger"]


def test_a_notifier_that_is_not_ready_lets_its_messages_wait(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver() as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"))
        send(context, about("b"), to=["gone"])
        monkeypatch.delenv("HOOK_SECRET")

        done = deliver(context)

    assert (done.letters, receiver.got) == ([], [])
    assert sorted(done.unusable) == ["gone", "hook"]
    assert "HOOK_SECRET, which is not set" in done.unusable["hook"].message
    assert [one.n_attempts for one in letters(context)] == [0, 0]


def test_progress_counts_the_messages(context: Context) -> None:
    seen: list[Step] = []
    with Receiver() as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"), about("b"))
        watched = Context(context.opened, context.actor, seen.append)

        deliver(watched)

    assert [(one.done, one.total) for one in seen] == [(0, 2), (1, 2), (2, 2)]


def test_events_hold_nothing_of_what_a_message_says(context: Context) -> None:
    with Receiver(says(400, "ann@x.io")) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a", body="ask ann@x.io", details={"who": "ann@x.io"}))

        deliver(context)

    with context.catalog.read() as connection:
        told = list_events(connection, context.tenant)
    assert [sorted(one.payload) for one in told] == [
        ["kind", "n_attempts", "notifier"],
        ["kind", "notifier"],
    ]
    assert "ann@x.io" not in str(told)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_a_receiver_does_each_thing_is_told_in_order_and_nothing_is_lost(
    context: Context, seed: int
) -> None:
    chance = random.Random(seed)
    moods = [says(200)] * 4 + [says(500), CUT, CLOSED, GARBAGE, says(503)]
    kinds: tuple[Kind, ...] = ("trigger", "acknowledge", "resolve")
    with Receiver(*chance.choices(moods, k=60), says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        for kind in kinds:
            send(context, *(about(f"k{n}", kind) for n in range(4)))
        others = [open_context(context.root) for _ in range(2)]

        while "pending" in states(context):
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(deliver, others))

    for other in others:
        other.opened.close()
    told = [(one.json["title"].split()[1], one.json["kind"]) for one in receiver.got]
    for key in ("k0", "k1", "k2", "k3"):
        order = [kinds.index(kind) for about_it, kind in told if about_it == key]
        assert order == sorted(order)
        assert set(order) == {0, 1, 2}
    assert set(states(context)) == {"sent"}
