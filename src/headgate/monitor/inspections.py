"""Inspects monitors on a change: their files, their policy, and drift of data files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headgate.core.errors import HeadgateError
from headgate.spine.inspecting.nouns import Case, Place, Remark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.monitor.documents import Monitor
    from headgate.spine.context import Context
    from headgate.spine.inspecting.nouns import Wish

FILES = "monitors"
PLACED = re.compile(r"[^:]*:(\d+):(\d+): (.*)", re.DOTALL)
"""How an error of a document begins: its name, line and column."""


class MonitorInspection:
    """Reads every monitor and the policy, and measures data files against their references."""

    name = "monitors"

    def inspect(self, context: Context, wish: Wish, /) -> Iterator[Case]:
        """Say what is wrong with the files, and how data files differ from their references."""
        yield from _files(context)
        for name, loaded in wish.data.items():
            held = wish.reference.get(name)
            if held is not None:
                from headgate.monitor.drifting import drift_of

                yield from drift_of(context, _monitor_of(context, name), held, loaded)


OFFERS = [MonitorInspection()]


def _files(context: Context) -> Iterator[Case]:
    """Say of each monitor's file, and of the policy, what is wrong with it."""
    from headgate.monitor.files import FOLDER, check, files_of
    from headgate.monitor.policies.reading import PLACE, policy_of
    from headgate.spine.documents import read_file

    for name, path in files_of(context.root).items():
        file = f"{FOLDER}/{path.name}"
        try:
            _, problems = check(read_file(path, file), name, context.registry)
            remarks = tuple(
                _remark(f"{one.clause}: {one.message}", one.mend, Place(file, one.line, one.column))
                for one in problems.listed()
            )
        except HeadgateError as error:
            remarks = (_placed(error, file),)
        yield Case(suite=FILES, name=f"{file} is a monitor", remarks=remarks)
    if (context.root / PLACE).is_file():
        remarks = ()
        try:
            policy_of(context.root)
        except HeadgateError as error:
            remarks = (_placed(error, PLACE.as_posix()),)
        yield Case(suite=FILES, name=f"{PLACE.as_posix()} is a policy", remarks=remarks)


def _placed(error: HeadgateError, file: str) -> Remark:
    """Take line and column out of what an error of a document says."""
    found = PLACED.fullmatch(error.message)
    if found is None:
        return _remark(error.message, error.mend, Place(file))
    line, column, message = found.groups()
    return _remark(message, error.mend, Place(file, int(line), int(column)))


def _remark(message: str, mend: str, place: Place) -> Remark:
    return Remark(rule="monitor/file", level="error", message=message, mend=mend, place=place)


def _monitor_of(context: Context, name: str) -> Monitor:
    """Return the monitor that watches a dataset; one of usual settings if there is none."""
    from headgate.monitor.documents import Monitor
    from headgate.monitor.files import files_of, named

    for each in files_of(context.root):
        try:
            found = named(context.root, each, context.registry)
        except HeadgateError:
            continue
        if found.kind == "dataset" and found.target.partition("?")[0] == name:
            return found
    return Monitor(monitor=name, watch=f"dataset:{name}")
