"""Notifiers and the outbox by their verbs: list, test, retry and deliver."""

from __future__ import annotations

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.spine.context import Context, open_context
from headgate.spine.outbox.delivering import deliver
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show import notifier, outbox
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.incident.receivers import Receiver, closed_port, says
from tests.incident.telling import about, configure, letters, send, states
from tests.surfaces.shell import shell

PLAIN = Paint(width=100)


def ids(context: Context, *keys: str) -> list[str]:
    """Put a message about each key; return their ids."""
    return [one.message_id for key in keys for one in send(context, about(key))]


def test_notifiers_are_listed_with_what_keeps_them_from_sending(
    project: Project, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PD_KEY", "R0")
    configure(context.root, "oncall", type="pagerduty", routing_key="env:PD_KEY", region="eu")
    configure(context.root, "team", type="slack", url="https://hooks.example/s3cret")

    oncall, team = project.notifier.list().notifiers

    assert (oncall.is_ready, oncall.settings) == (
        True,
        {"routing_key": "env:PD_KEY", "region": "eu"},
    )
    assert (team.is_ready, team.settings) == (False, {"url": "***"})
    assert "stands in headgate.toml itself" in str(team.problem)


def test_a_project_without_notifiers_says_how_to_name_one(project: Project) -> None:
    lines = notifier.list_lines(project.notifier.list(), PLAIN)

    assert lines[-1] == "add one: [notifiers.NAME] in headgate.toml"


@pytest.mark.row("S2-21")
def test_a_notifier_is_tried_with_a_trigger_and_its_resolve(
    project: Project, context: Context
) -> None:
    with Receiver() as receiver:
        configure(context.root, "hook", url=receiver.url)

        report = project.notifier.test("hook")

    sent = [one.json for one in receiver.got]
    assert [(one["kind"], one["severity"]) for one in sent] == [
        ("trigger", "info"),
        ("resolve", "info"),
    ]
    assert len({one["dedup_key"] for one in sent}) == 1
    assert [one.answer for one in report.messages] == ["127.0.0.1 answered 200"] * 2
    assert not report.has_findings


def test_a_notifier_that_does_not_work_is_tried_once_and_says_why(
    project: Project, context: Context
) -> None:
    configure(context.root, "hook", url=f"http://127.0.0.1:{closed_port()}")

    report = project.notifier.test("hook")

    (message,) = report.messages
    assert report.has_findings
    assert (message.state, message.n_attempts) == ("dead", 1)
    assert "Connection refused" in str(message.answer)
    assert "does not work" in notifier.test_lines(report, PLAIN)[0]


def test_the_command_says_by_its_exit_code_whether_a_notifier_works(
    project: Project, context: Context
) -> None:
    headgate = shell(table())
    with Receiver(says(200), says(200), says(404, "gone")) as receiver:
        configure(context.root, "hook", url=receiver.url)
        words = ("notifier", "test", "hook", "--project", str(context.root))

        well, broken = headgate(*words), headgate(*words)

    assert (well.code, broken.code) == (0, 1)
    assert "hook webhook: works" in well.out
    assert "dead: 127.0.0.1 answered 404: gone" in broken.out


def test_a_tenant_sees_and_revives_its_own_messages_alone(context: Context) -> None:
    with Receiver(says(404)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        (message_id,) = ids(context, "a")
        deliver(context)

    with Project(Local(open_context(context.root, flags={"tenant": "other"}))) as other:
        listed = other.outbox.list()
        with pytest.raises(NotFound):
            other.outbox.retry(message_id=message_id)
        revived = other.outbox.retry(all_dead=True)

    assert (listed.messages, listed.counts, revived.messages) == ((), {}, ())
    assert states(context) == ["dead"]


def test_a_test_leaves_other_messages_alone(project: Project, context: Context) -> None:
    with Receiver() as receiver:
        configure(context.root, "hook", url=receiver.url)
        ids(context, "a")

        project.notifier.test("hook")

    assert states(context) == ["pending", "sent", "sent"]


def test_a_notifier_that_is_not_ready_is_not_tried(project: Project, context: Context) -> None:
    configure(context.root, "team", type="slack")

    with pytest.raises(Invalid, match="has no url"):
        project.notifier.test("team")
    with pytest.raises(NotFound, match="mean team"):
        project.notifier.test("taem")

    assert project.outbox.list().messages == ()


def test_dead_letters_are_shown_and_sent_again(project: Project, context: Context) -> None:
    with Receiver(says(404, "gone"), says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        (message_id,) = ids(context, "a")
        first = project.outbox.deliver()
        dead = project.outbox.list(state="dead")

        revived = project.outbox.retry(message_id=message_id)
        second = project.outbox.deliver()

    assert (first.has_findings, second.has_findings) == (True, False)
    assert [one.answer for one in dead.messages] == ["127.0.0.1 answered 404: gone"]
    assert [(one.state, one.n_attempts) for one in revived.messages] == [("pending", 0)]
    assert [(one.state, one.n_attempts) for one in second.messages] == [("sent", 1)]
    assert project.outbox.list().counts == {"sent": 1}


def test_a_trigger_whose_resolve_was_sent_stays_dead(project: Project, context: Context) -> None:
    with Receiver(says(404), says(404), says(200)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        (overtaken, _) = ids(context, "a", "b")
        send(context, about("a", "resolve"))
        project.outbox.deliver()

        with pytest.raises(Conflict, match="was overtaken by the resolve"):
            project.outbox.retry(message_id=overtaken)
        report = project.outbox.retry(all_dead=True)

    assert ([one.dedup_key for one in report.messages], report.n_overtaken) == (["b"], 1)
    assert states(context) == ["dead", "pending", "sent"]


def test_only_what_is_dead_can_be_sent_again(project: Project, context: Context) -> None:
    configure(context.root, "hook", url="http://127.0.0.1:1")
    (message_id,) = ids(context, "a")

    with pytest.raises(Conflict, match="is pending, not dead"):
        project.outbox.retry(message_id=message_id)
    with pytest.raises(NotFound):
        project.outbox.retry(message_id="msg_none")
    with pytest.raises(Invalid, match="is not said"):
        project.outbox.retry()
    with pytest.raises(Invalid, match="is not said"):
        project.outbox.retry(message_id=message_id, all_dead=True)


def test_a_terminal_says_what_waits_what_went_and_what_nobody_took(
    project: Project, context: Context
) -> None:
    with Receiver(says(200), says(404, "gone"), says(500)) as receiver:
        configure(context.root, "hook", url=receiver.url)
        ids(context, "a", "b", "c")
        send(context, about("d"), to=["gone"])

        delivered = "\n".join(outbox.deliver_lines(project.outbox.deliver(), PLAIN))
    listed = "\n".join(outbox.list_lines(project.outbox.list(), PLAIN))
    retried = outbox.retry_lines(project.outbox.retry(all_dead=True), PLAIN)

    assert delivered.startswith("1 of 3 messages sent\n")
    assert "notifier gone is not ready" in delivered
    assert "2 messages still to be sent" in delivered
    assert listed.startswith("1 dead, 2 pending, 1 sent\n")
    assert "headgate outbox retry --all-dead" in listed
    assert retried[0] == "1 message to be tried again"
    assert "now    pending: 127.0.0.1 answered 404: gone" in "\n".join(retried)


def test_an_erasure_takes_a_subject_out_of_messages_and_names_those_that_left(
    project: Project, context: Context
) -> None:
    project.dataset.commit("users", [{"id": 1, "mail": "ann@x.io"}, {"id": 2, "mail": "b@x.io"}])
    with Receiver(says(404, "no ann@x.io")) as receiver:
        configure(context.root, "hook", url=receiver.url)
        (left,) = send(context, about("a", body="ask Ann@x.io", details={"who": "ann@x.io"}))
        project.outbox.deliver()
        send(context, about("b", body="ask ann@x.io"), about("c", body="ask joann@x.io"))

    receipt = project.dataset.erase("users", where="mail = 'ann@x.io'", apply=True)

    found = {one.content.dedup_key: one for one in letters(context)}
    duties = [one.what for one in receipt.obligations if one.kind == "message"]
    assert duties == [f"message:{left.message_id} to hook"]
    assert (found["a"].content.body, found["a"].answer) == (
        "ask [erased]",
        "127.0.0.1 answered 404: no [erased]",
    )
    assert found["a"].content.details == {"who": "[erased]"}
    assert (found["b"].content.body, found["c"].content.body) == ("ask [erased]", "ask joann@x.io")
