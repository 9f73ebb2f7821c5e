"""Makes a monitor: a short file that says why each choice was made, and its reference, fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Conflict, Invalid
from headgate.core.refs import check_name
from headgate.core.times import span
from headgate.monitor.choosing import monitor_of
from headgate.monitor.documents import FOLDER, KINDS, Days, Monitor
from headgate.monitor.files import POLICY, load
from headgate.monitor.referencing import fitted
from headgate.monitor.requests import Choice, InitMonitor, MonitorMade
from headgate.monitor.watching import watch_of
from headgate.spine.documents import dump

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.spine.context import Context

HOURLY = 3600
SCHEDULE = """\
# pipelines/{file}.py
from pathlib import Path

import headgate
from headgate import Schedule, step

HOME = Path(__file__).parent.parent
schedule = Schedule("{cron}")

@step(cache=False)
def {file}():
    with headgate.open(HOME) as project:
        seen = project.monitor.run("{name}")
    n = len(seen.findings)
    return [{{"until": seen.window.until, "findings": n}}]
"""


def check_watch(watch: str) -> None:
    """Make sure that a text says what is watched.

    Raises:
        Invalid: it does not.
    """
    kind, _, target = watch.partition(":")
    if kind not in KINDS or not target:
        told = f"{watch!r} is nothing to watch" if watch else "it is not said what is watched"
        raise Invalid(told, mend="write --watch deployment:NAME or --watch dataset:NAME")


def init(context: Context, request: InitMonitor) -> MonitorMade:
    """Choose, write and fit a monitor.

    Raises:
        NotFound: what is to be watched is not there, or lineage leads to no snapshot.
        Conflict: there is a monitor of that name.
        Invalid: it cannot be named or watched so, or its reference has nothing to watch.
    """
    check_name("monitor", request.name)
    check_watch(request.watch)
    if request.name == POLICY:
        raise Invalid(f"{POLICY} is no name of a monitor", mend="policy.yaml holds the rules")
    path = context.root / FOLDER / f"{request.name}.yaml"
    if path.exists() and not request.replace:
        raise Conflict(
            f"there is a monitor {request.name}", mend=f"edit {path.name}, or give --replace"
        )
    length = span(request.window)
    bare = Monitor(monitor=request.name, watch=request.watch, time=request.time)
    watch = watch_of(context, bare)
    chosen, choices = monitor_of(context, watch, request)
    text = written(chosen, choices)
    monitor = load(text.encode(), f"{FOLDER}/{path.name}", context.registry)
    reference, _ = fitted(watch, monitor)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    cron = "5 * * * *" if length.total_seconds() <= HOURLY else "15 0 * * *"
    file = f"{request.name}_watched".replace("-", "_").replace(".", "_")
    schedule = SCHEDULE.format(file=file, name=request.name, cron=cron)
    return MonitorMade(
        monitor=request.name,
        path=f"{FOLDER}/{path.name}",
        choices=tuple(choices),
        reference=reference,
        schedule=schedule,
        pipeline=_scheduled(context, file, schedule) if request.scheduled else None,
    )


def _scheduled(context: Context, file: str, text: str) -> str:
    """Write the pipeline; one that is there is somebody's, and stays."""
    path = context.root / "pipelines" / f"{file}.py"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise Conflict(f"there is a pipeline {path.name} already", mend="leave --scheduled out")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return f"pipelines/{path.name}"


def written(monitor: Monitor, choices: Iterable[Choice]) -> str:
    """Write a monitor's file, with the reason of each choice beside it.

    Args:
        monitor: what was chosen.
        choices: with their reasons.
    """
    reasons: dict[str, list[Choice]] = {}
    for one in choices:
        reasons.setdefault(one.key.partition(".")[0], []).append(one)
    lines = ["# every other key has a default: see docs/monitors.md"]
    for key, value in _plain(monitor).items():
        lines += [f"# {_because(one)}" for one in reasons.get(key, ())]
        lines += dump({key: value}).rstrip("\n").split("\n")
    return "\n".join(lines) + "\n"


def _because(choice: Choice) -> str:
    head = "" if "." not in choice.key else f"{choice.key.partition('.')[2]} {choice.value}: "
    return " ".join(f"{head}{choice.why}".split())


def _plain(monitor: Monitor) -> dict[str, object]:
    said: dict[str, object] = {"monitor": monitor.monitor, "watch": monitor.watch}
    for key in ("reference", "answers"):
        value = getattr(monitor, key)
        if value is not None:
            is_days = isinstance(value, Days)
            said[key] = {"days": value.days, "ending": value.ending} if is_days else value
    said["window"] = monitor.window
    if monitor.time:
        said["time"] = monitor.time
    columns = {
        name: list(names)
        for name in ("exclude", "important")
        if (names := getattr(monitor.columns, name))
    }
    if columns:
        said["columns"] = columns
    labels = monitor.labels
    chosen = {} if labels.positive is None else {"positive": labels.positive}
    if labels.predictions != "auto":
        chosen["predictions"] = labels.predictions
    if chosen:
        said["labels"] = chosen
    if monitor.owner:
        said["owner"] = monitor.owner
    return said
