"""Writes the policy that is shipped into a project, and says a policy's rules in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Conflict
from headgate.monitor.escalations.reports import PolicyShown, PolicyWritten, RuleLine
from headgate.monitor.policies.nouns import Conditions
from headgate.monitor.policies.reading import DEFAULT, PLACE, policy_of, read_policy

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path
    from typing import Any

    from headgate.monitor.policies.nouns import Rule

UNITS = ((604800, "w"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def write_default(root: Path, *, replace: bool) -> PolicyWritten:
    """Write the policy that is shipped to `monitors/policy.yaml`.

    Raises:
        Conflict: there is one already.
    """
    path = root / PLACE
    if path.exists() and not replace:
        raise Conflict(f"there is a {PLACE.as_posix()} already", mend="change it, or add --replace")
    content = DEFAULT.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return PolicyWritten(PLACE.as_posix(), len(read_policy(content, "the default policy").rules))


def shown(root: Path) -> PolicyShown:
    """Say the rules of a project in words.

    Raises:
        Invalid: the policy is broken.
    """
    policy = policy_of(root)
    path = PLACE.as_posix() if (root / PLACE).is_file() else ""
    return PolicyShown(path, tuple(map(_line, policy.rules)))


def _line(rule: Rule) -> RuleLine:
    return RuleLine(
        name=rule.name,
        about=_worded(rule.when) or "any finding",
        needs=_worded(rule.needs),
        then=rule.then,
        proposes=tuple(one for one in rule.then if rule.mode_of(one) == "plan"),
        cooldown=_length(rule.cooldown),
        line=rule.line,
    )


def _worded(conditions: Conditions) -> str:
    said: list[str] = []
    for name in Conditions.__struct_fields__:
        value: Any = getattr(conditions, name)
        if isinstance(value, tuple) and value:
            said.append(f"{name} {' or '.join(value)}")
        elif isinstance(value, bool):
            said.append(name if value else f"not {name}")
        elif value not in (None, ()):
            said.append(f"{name} {value}")
    return ", ".join(said)


def _length(length: timedelta) -> str:
    """Write a length of time in its largest whole unit.

    >>> from datetime import timedelta
    >>> _length(timedelta(hours=36)), _length(timedelta(days=2)), _length(timedelta(0))
    ('36h', '2d', '')
    """
    seconds = int(length.total_seconds())
    if not seconds:
        return ""
    size, unit = next(each for each in UNITS if seconds % each[0] == 0)
    return f"{seconds // size}{unit}"
