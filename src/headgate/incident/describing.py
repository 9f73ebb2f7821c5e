"""Says of each notifier what is written of it, and whether it could send."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from headgate.core.errors import HeadgateError
from headgate.incident.requests import NotifierLine
from headgate.spine.outbox.notifiers import is_from_env, opened, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.spine.context import Context

_TELLING = re.compile(r"key|secret|password|token|url", re.IGNORECASE)
"""Names of settings whose values are not shown, even where they stand in the file."""


def described(context: Context) -> Iterator[NotifierLine]:
    """Describe the notifiers of headgate.toml, in its order.

    Raises:
        Invalid: headgate.toml is broken.
    """
    for name, table in written(context.root).items():
        settings = {key: shown(key, value) for key, value in table.items() if key != "type"}
        type_ = str(table.get("type", ""))
        try:
            opened(context, name)
        except HeadgateError as error:
            yield NotifierLine(
                name=name,
                type=type_,
                is_ready=False,
                settings=settings,
                problem=error.message,
                mend=error.mend,
            )
        else:
            yield NotifierLine(name=name, type=type_, is_ready=True, settings=settings)


def shown(key: str, value: Any) -> str:
    """Write a setting as it may be seen.

    >>> shown("routing_key", "env:PD_KEY"), shown("routing_key", "R0AB"), shown("port", 25)
    ('env:PD_KEY', '***', '25')
    """
    if _TELLING.search(key) and not is_from_env(value):
        return "***"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
