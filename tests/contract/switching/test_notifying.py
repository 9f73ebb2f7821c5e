"""Actions of checkpoints become sections of headgate.toml in which no secret stands."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from headgate.contract.switching.finding import Action
from headgate.contract.switching.notifying import propose
from headgate.spine.plugin_settings import required_of
from headgate.spine.registry import Registry
from tests.acceptance.suites import ACTIONS


def actions() -> list[Action]:
    """The actions of the sample, as they are found."""
    return [
        Action("daily", one["name"], one["type"], {k: v for k, v in one.items() if k != "type"})
        for one in ACTIONS
    ]


@pytest.mark.row("S3-74")
def test_every_section_has_what_its_notifier_needs() -> None:
    made = tomllib.loads(propose(actions()).text)["notifiers"]

    assert {name: one["type"] for name, one in made.items()} == {
        "tell-us": "slack",
        "tell-us-2": "slack",
        "page": "pagerduty",
        "mail": "smtp",
        "teams": "webhook",
        "og": "webhook",
    }
    for one in made.values():
        needed = required_of(Registry().load("notifiers", one["type"]))
        assert set(needed) <= set(one)


def test_no_secret_is_copied_and_their_variables_keep_their_names() -> None:
    text = propose(actions()).text

    made = tomllib.loads(text)["notifiers"]
    assert "s3cret" not in text
    assert 'secret"' not in text.replace("env:", "").replace('_SECRET"', "")
    assert "hooks.slack.com" not in text
    assert made["tell-us"]["url"] == "env:SLACK_HOOK"
    assert made["teams"]["url"] == "env:TEAMS"
    assert made["page"]["routing_key"] == "env:PAGERDUTY_ROUTING_KEY"
    assert made["mail"] == {
        "type": "smtp",
        "url": "env:SMTP_URL",
        "sender": "me@x.org",
        "to": ["a@x.org", "b@x.org"],
    }
    assert "# SMTP_URL is smtp://me%40x.org:PASSWORD@smtp.x.org:587" in text
    assert "# it spoke on 'all'" in text


def test_what_has_no_counterpart_is_named_with_what_to_do() -> None:
    found = propose(actions()).left_out

    assert [(one.path, one.what) for one in found] == [
        ("checkpoint daily: docs", "update_data_docs"),
        ("checkpoint daily: mine", "my_own_action"),
    ]
    assert "headgate contract check" in found[0].why
    assert "plugins/notifiers" in found[1].why


@pytest.mark.parametrize(
    ("settings", "scheme", "port"),
    [
        ({"use_ssl": True}, "smtps", "587"),
        ({"use_tls": True, "smtp_port": 2525}, "smtp", "2525"),
        ({}, "smtp+plain", "25"),
    ],
)
def test_a_mail_server_is_reached_as_it_was(
    settings: dict[str, Any], scheme: str, port: str
) -> None:
    action = Action("c", "mail", "EmailAction", {"smtp_address": "mx", **settings})

    text = propose([action]).text

    assert f"# SMTP_URL is {scheme}://USER:PASSWORD@mx:{port}" in text


def test_the_same_action_of_two_checkpoints_is_one_notifier() -> None:
    held = {"slack_webhook": "${HOOK}"}

    text = propose([Action(name, "s", "SlackNotificationAction", held) for name in "ab"]).text

    assert list(tomllib.loads(text)["notifiers"]) == ["s"]


def test_a_slack_bot_is_told_to_get_a_webhook() -> None:
    action = Action("c", "s", "slack", {"slack_token": "xoxb-1", "slack_channel": "#sales"})

    text = propose([action]).text

    assert "make an incoming webhook for #sales" in text
    assert "xoxb" not in text
