"""Actions of checkpoints as notifiers: sections of headgate.toml, with every secret left outside.

A secret that stands in a file of theirs is not copied; what it shall be called in the environment
is proposed instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from headgate.core.left_out import LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headgate.contract.switching.finding import Action

_VARIABLE = re.compile(r"^\$\{?([A-Za-z_]\w*)\}?$")
_NOT_NAME = re.compile(r"[^A-Za-z0-9]+")
SECURE, OPEN = "587", "25"
NO_COUNTERPART = {
    "updatedatadocsaction": "Headgate has no site of documents: headgate contract check shows it",
    "storevalidationresultaction": "nothing need be done: every check that is kept is an event",
    "storeevaluationparametersaction": "a contract has no parameters that runs hand on",
    "storemetricsaction": "monitors keep their figures themselves",
    "snsnotificationaction": "have a webhook that publishes to the topic",
    "apinotificationaction": "its body is its own; ours is signed: have the receiver check that",
    "datahubvalidationaction": "lineage goes to DataHub as OpenLineage events",
}
"""Classes and kinds that no notifier stands for, in small letters."""
OWN_NOTIFIER = "no notifier stands for it; one of your own is a file in plugins/notifiers"
ALIASES = {
    "slack": "slack",
    "slacknotificationaction": "slack",
    "email": "email",
    "emailaction": "email",
    "pagerduty": "pagerduty",
    "pagerdutyalertaction": "pagerduty",
    "microsoft": "microsoft",
    "microsoftteamsnotificationaction": "microsoft",
    "opsgenie": "opsgenie",
    "opsgeniealertaction": "opsgenie",
    "api": "apinotificationaction",
    "sns": "snsnotificationaction",
    "update_data_docs": "updatedatadocsaction",
    "store_validation_result": "storevalidationresultaction",
}


class Section(NamedTuple):
    """A notifier: its type, its settings, and what must be seen to.

    Args:
        kind: the notifier's type.
        settings: its settings as they stand in the file.
        notes: what to see to.
    """

    kind: str
    settings: dict[str, str | list[str]]
    notes: tuple[str, ...] = ()


class Proposed(NamedTuple):
    """Notifiers in the place of actions.

    Args:
        text: sections of headgate.toml; empty if there are none.
        left_out: actions that have no counterpart.
    """

    text: str
    left_out: list[LeftOut]


def propose(actions: Iterable[Action]) -> Proposed:
    """Write notifiers in the place of actions; two of the same settings are one.

    >>> from headgate.contract.switching.finding import Action
    >>> print(propose([Action("daily", "tell", "slack", {"slack_webhook": "${HOOK}"})]).text)
    # tell, of checkpoint daily
    [notifiers.tell]
    type = "slack"
    url = "env:HOOK"
    """
    left_out: list[LeftOut] = []
    sections: dict[str, str] = {}
    names: set[str] = set()
    for action in actions:
        kind = ALIASES.get(action.kind.lower(), action.kind.lower())
        write = WRITERS.get(kind)
        place = f"checkpoint {action.checkpoint}: {action.name}"
        made = None if write is None else write(action)
        if made is None:
            left_out.append(LeftOut(place, action.kind, NO_COUNTERPART.get(kind, OWN_NOTIFIER)))
            continue
        body = _body(made)
        if body not in sections:
            name = _free(_word(action.name), names)
            head = [f"# {action.name}, of checkpoint {action.checkpoint}"]
            head += [f"# {note}" for note in (*made.notes, *_when(action))]
            sections[body] = "\n".join([*head, f"[notifiers.{name}]", body])
    return Proposed("\n\n".join(sections.values()), left_out)


def _when(action: Action) -> list[str]:
    """Say when it spoke, where that is not when ours does."""
    when = action.settings.get("notify_on")
    if when in (None, "failure"):
        return []
    return [f"it spoke on {when!r}; a notifier speaks of trouble and of its end"]


def _slack(action: Action) -> Section | None:
    hook = action.settings.get("slack_webhook")
    if not hook:
        channel = action.settings.get("slack_channel", "the channel")
        note = f"it used a token; make an incoming webhook for {channel}"
        return Section("slack", {"url": "env:SLACK_WEBHOOK"}, (note,))
    return Section("slack", {"url": _secret(hook, "SLACK_WEBHOOK")})


def _pagerduty(action: Action) -> Section:
    note = "an integration key of Events API v2; its api_key is not needed"
    key = _secret(action.settings.get("routing_key"), "PAGERDUTY_ROUTING_KEY")
    return Section("pagerduty", {"routing_key": key}, (note,))


def _email(action: Action) -> Section:
    held = action.settings
    scheme = "smtps" if held.get("use_ssl") else "smtp" if held.get("use_tls") else "smtp+plain"
    port = str(held.get("smtp_port") or (OPEN if scheme == "smtp+plain" else SECURE))
    user = quote(_shown(held.get("sender_login")) or "USER", safe="")
    host = _shown(held.get("smtp_address")) or "HOST"
    address = f"{scheme}://{user}:PASSWORD@{host}:{port}"
    people = str(held.get("receiver_emails", "")).split(",")
    sender = _shown(held.get("sender_alias")) or _shown(held.get("sender_login")) or "SENDER"
    return Section(
        "smtp",
        {"url": "env:SMTP_URL", "sender": sender, "to": [one.strip() for one in people if one]},
        (f"SMTP_URL is {address}",),
    )


def _teams(action: Action) -> Section:
    note = "Teams takes its own cards only: give the address of a flow that takes signed JSON"
    url = _secret(action.settings.get("teams_webhook"), "TEAMS_WEBHOOK")
    return Section("webhook", {"url": url, "secret": "env:TEAMS_SECRET"}, (note,))


def _opsgenie(_action: Action) -> Section:
    note = "Opsgenie takes its own alerts only: give the address of an integration for webhooks"
    return Section(
        "webhook", {"url": "env:OPSGENIE_WEBHOOK", "secret": "env:OPSGENIE_SECRET"}, (note,)
    )


WRITERS: dict[str, Callable[[Action], Section | None]] = {
    "slack": _slack,
    "pagerduty": _pagerduty,
    "email": _email,
    "microsoft": _teams,
    "opsgenie": _opsgenie,
}


def _secret(value: Any, name: str) -> str:
    """Name the variable that holds a secret: theirs if they have one, else a new one."""
    found = _VARIABLE.match(str(value or ""))
    return f"env:{found[1] if found else name}"


def _shown(value: Any) -> str:
    """Return a setting that is no secret; nothing where it stands in a variable."""
    text = str(value or "")
    return "" if _VARIABLE.match(text) else text


def _body(made: Section) -> str:
    lines = [f'type = "{made.kind}"']
    for name, value in made.settings.items():
        is_one = isinstance(value, str)
        told = _quoted(value) if is_one else f"[{', '.join(_quoted(one) for one in value)}]"
        lines.append(f"{name} = {told}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(name: str) -> str:
    return _NOT_NAME.sub("-", name).strip("-").lower() or "notifier"


def _free(word: str, names: set[str]) -> str:
    """Take a name that no other section has."""
    number, name = 1, word
    while name in names:
        number += 1
        name = f"{word}-{number}"
    names.add(name)
    return name
