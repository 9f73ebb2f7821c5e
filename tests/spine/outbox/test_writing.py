"""Messages come into the outbox with their event, for one notifier or for all."""

from __future__ import annotations

import pytest

from headgate.core.errors import Invalid
from headgate.core.messages import Envelope, Message
from headgate.spine.context import Context, open_context
from headgate.spine.outbox.delivering import deliver
from headgate.spine.outbox.writing import put, resolve
from headgate.spine.work import Work
from tests.incident.receivers import Receiver, says
from tests.incident.telling import about, configure, letters, send


def test_a_message_to_nobody_by_name_goes_to_every_notifier(context: Context) -> None:
    configure(context.root, "one", url="http://127.0.0.1:1")
    configure(context.root, "two", url="http://127.0.0.1:2")

    send(context, about("a"))
    send(context, about("b"), to=["two"])

    found = [(one.notifier, one.content.dedup_key) for one in letters(context)]
    assert found == [("one", "a"), ("two", "a"), ("two", "b")]
    assert [one.seq for one in letters(context)] == [1, 2, 3]


def test_without_a_notifier_nothing_is_written(context: Context) -> None:
    assert send(context, about("a")) == []
    assert letters(context) == []


def test_a_resolve_goes_to_those_who_were_told_and_once(context: Context) -> None:
    send(context, about("a"), to=["told"])
    with Work(context) as work:
        first = resolve(work, context, about("a", "resolve"), to=["told", "other"])
        second = resolve(work, context, about("a", "resolve"), to=["told", "other"])
        work.record("looked", "step:a", {})

    assert ([one.notifier for one in first], second) == (["told"], [])


def test_a_resolve_that_never_came_through_is_put_again(context: Context) -> None:
    with Receiver(says(200), says(404), says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"), about("a", "resolve"))
        deliver(context)

        with Work(context) as work:
            again = resolve(work, context, about("a", "resolve"), to=["hook"])
        deliver(context)

    assert len(again) == 1
    assert [one.state for one in letters(context)] == ["sent", "dead", "sent"]


def test_a_note_neither_opens_nor_ends_anything(context: Context) -> None:
    send(context, about("a"), about("a", "note"), about("b", "note"), to=["told"])

    with Work(context) as work:
        found = [
            one.content.dedup_key
            for key in ("a", "b")
            for one in resolve(work, context, about(key, "resolve"), to=["told"])
        ]

    assert found == ["a"]


@pytest.mark.parametrize(
    "message",
    [
        Message(kind="note", dedup_key="", title="x"),
        Message(kind="note", dedup_key="k" * 301, title="x"),
        Message(kind="note", dedup_key="k", title=" "),
    ],
)
def test_a_message_without_key_or_title_is_refused(context: Context, message: Message) -> None:
    with pytest.raises(Invalid), Work(context) as work:
        put(work, context, message, to=["told"])

    assert letters(context) == []


def test_a_tenant_sends_its_own_messages_alone(context: Context) -> None:
    other = open_context(context.root, flags={"tenant": "other"})
    with Receiver() as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"))

        found = deliver(other).letters
        deliver(context)

    other.opened.close()
    assert found == []
    assert [one.json["tenant"] for one in receiver.got] == ["default"]


def test_a_key_outside_is_unique_among_projects_and_never_too_long(context: Context) -> None:
    (letter,) = send(context, about("k" * 300), to=["told"])
    keys = {
        Envelope(letter.message_id, project, tenant, letter.created_at, message).key
        for project in ("shop", "bank")
        for tenant in ("x", "y")
        for message in (about("a"), letter.content)
    }

    assert len(keys) == 8
    assert max(map(len, keys)) <= 255
    assert "headgate/shop/x/a" in keys
