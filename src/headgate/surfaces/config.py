"""The verb that shows a project's settings, each with where its value came from."""

from __future__ import annotations

import msgspec

from headgate.spine.context import Context
from headgate.spine.operations import operation
from headgate.spine.settings import Setting, hidden


class ShowConfig(msgspec.Struct, frozen=True):
    """Which settings to show.

    Args:
        prefix: show only settings whose dotted name begins so, such as `store`.
    """

    prefix: str = ""


@operation("config.show")
def show(ctx: Context, request: ShowConfig) -> list[Setting]:
    """Show every setting, its value and where it came from.

    A secret stands as `env:NAME`, or as stars; it is never shown.
    """
    return [
        msgspec.structs.replace(setting, value=hidden(name, setting.value))
        for name, setting in sorted(ctx.settings.entries.items())
        if name.startswith(request.prefix)
    ]
