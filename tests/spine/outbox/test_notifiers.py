"""Notifiers are read from headgate.toml when they are used, and say what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from headgate.core.errors import HeadgateError, Invalid, NotFound
from headgate.core.messages import Secret
from headgate.spine.context import Context, open_context
from headgate.spine.outbox.delivering import deliver
from headgate.spine.outbox.notifiers import opened, require
from tests.incident.receivers import Receiver, says
from tests.incident.telling import SECRET, about, configure, letters, send

URL = "https://example.org/hook"


def own(root: Path, name: str, text: str) -> None:
    """Put a notifier of its own into a project."""
    folder = root / "plugins" / "notifiers"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(text, encoding="utf-8")


def test_a_notifier_is_ready_with_its_secrets_from_the_environment(context: Context) -> None:
    configure(context.root, "hook", url=URL, timeout_s=3)

    notifier = opened(context, "hook")

    assert notifier.settings == {"secret": SECRET, "url": URL, "timeout_s": 3.0}
    assert isinstance(notifier.settings["secret"], Secret)
    assert SECRET not in repr(notifier.settings)


@pytest.mark.parametrize(
    ("settings", "message", "mend"),
    [
        ({"type": "webhok"}, "no notifier named 'webhok'", "did you mean webhook?"),
        ({"type": 3}, "notifier bad has no type", "pagerduty, slack, smtp, webhook"),
        ({"uri": URL, "url": URL}, "no setting of notifier webhook named 'uri'", "mean url?"),
        ({}, "notifier bad (webhook) has no url", "under [notifiers.bad]"),
        (
            {"type": "pagerduty"},
            "notifier bad (pagerduty) has no routing_key",
            'write routing_key = "env:NAME"',
        ),
        ({"url": URL, "secret": "hunter2"}, "stands in headgate.toml itself", '"env:NAME"'),
        ({"url": URL, "secret": "env:NOT_THERE"}, "NOT_THERE, which is not set", "export NOT"),
        ({"url": URL, "timeout_s": "soon"}, "is 'soon', which is no float", "timeout_s"),
        (
            {"type": "pagerduty", "routing_key": "env:HOOK_SECRET", "region": "moon"},
            "region of notifier bad is 'moon'",
            "region",
        ),
    ],
)
def test_what_is_wrong_with_a_notifier_is_said_with_its_mend(
    context: Context, settings: dict[str, Any], message: str, mend: str
) -> None:
    configure(context.root, "bad", **settings)

    with pytest.raises(HeadgateError) as caught:
        opened(context, "bad")

    assert message in caught.value.message
    assert mend in caught.value.mend
    assert "hunter2" not in str(caught.value)


def test_a_notifier_that_is_not_written_down_is_answered_by_the_nearest(context: Context) -> None:
    configure(context.root, "oncall", url=URL)

    with pytest.raises(NotFound, match="mean oncall"):
        opened(context, "onkall")
    with pytest.raises(NotFound, match="mean oncall"):
        require(context.root, ["oncall", "onkall"])


@pytest.mark.parametrize("text", ["notifiers = 3", "[notifiers]\nx = 3", '[notifiers."../x"]'])
def test_a_table_that_is_none_is_refused(context: Context, text: str) -> None:
    with (context.root / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n" if text.startswith("[") else "")
    if not text.startswith("["):
        path = context.root / "headgate.toml"
        path.write_text(f"{text}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")

    with pytest.raises(Invalid):
        opened(context, "x")


def test_a_project_with_notifiers_opens_and_its_lists_are_settings(context: Context) -> None:
    configure(context.root, "hook", url=URL)
    with (context.root / "headgate.toml").open("a", encoding="utf-8") as file:
        file.write('\n[pipelines]\nnotify = ["hook", "other"]\n')

    again = open_context(context.root)

    assert again.settings.text("pipelines.notify") == "hook,other"
    assert not [name for name in again.settings.entries if name.startswith("notifiers")]


def test_a_value_of_the_environment_may_be_a_list(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM", "ann@example.org,ben@example.org")
    configure(
        context.root,
        "mail",
        type="smtp",
        url="env:HOOK_SECRET",
        sender="s@example.org",
        to="env:TEAM",
    )

    notifier = opened(context, "mail")

    assert notifier.settings["to"] == ("ann@example.org", "ben@example.org")


def test_a_receiver_that_repeats_a_secret_makes_nobody_see_it(context: Context) -> None:
    with Receiver(says(400, f"bad key {SECRET}\x1b[31m\nsecond line")) as receiver:
        configure(context.root, "hook", url=receiver.url)
        send(context, about("a"))

        (letter,) = deliver(context).letters

    assert letter.answer == "127.0.0.1 answered 400: bad key *** [31m second line"
    assert SECRET not in str(letters(context))


def test_a_plugin_of_the_project_may_break_and_others_still_go_out(context: Context) -> None:
    own(context.root, "pager", "def pager(envelope, /, *, beeps: int):\n    return 1 / 0\n")
    with Receiver() as receiver:
        configure(context.root, "hook", url=receiver.url)
        configure(context.root, "pager", type="pager", beeps=3)
        send(context, about("a"))

        broken, well = sorted(deliver(context).letters, key=lambda one: one.state)

    assert (broken.state, well.state) == ("pending", "sent")
    assert broken.answer == "notifier pager broke: ZeroDivisionError: division by zero"


def test_a_plugin_of_the_project_is_handed_its_settings(context: Context) -> None:
    own(
        context.root,
        "pager",
        "def pager(envelope, /, *, beeps: int):\n    return f'{envelope.headline} {beeps}'\n",
    )
    configure(context.root, "mine", type="pager", beeps=3)
    send(context, about("a", "resolve"))

    (letter,) = deliver(context).letters

    assert (letter.state, letter.answer) == ("sent", "resolved: resolve a 3")
