"""The commands that go on until they are told to stop: serve and schedule, and watch."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

import click

from headgate.core.errors import Invalid
from headgate.surfaces.cli.commands import place_of, wants_json
from headgate.surfaces.cli.output import emit, emit_json, renderer
from headgate.surfaces.cli.paint import count, paint_for
from headgate.surfaces.cli.projects import find_root, open_place

if TYPE_CHECKING:
    from headgate.surfaces.local import Local
    from headgate.surfaces.verbs import Table

CLEAR = "\x1b[H\x1b[2J"
UP: list[click.Parameter] = [
    click.Option(["--host"], metavar="HOST", help="loopback address to listen on [127.0.0.1]"),
    click.Option(
        ["--port"],
        type=click.IntRange(0, 65535),
        metavar="PORT",
        help="port; 0 takes a free one [7411]",
    ),
    click.Option(["--once"], is_flag=True, help="serve nothing: run what is due, and end"),
    click.Option(["--no-schedule"], is_flag=True, help="serve alone: run no pipeline"),
]
WATCH: list[click.Parameter] = [
    click.Option(["--name"], metavar="NAME", help="one pipeline; all of them if none"),
    click.Option(
        ["--every"],
        type=click.FloatRange(min=0.1),
        default=2.0,
        metavar="SECONDS",
        help="how long between two looks [2]",
    ),
    click.Option(
        ["--times"],
        type=click.IntRange(min=1),
        metavar="N",
        help="end after so many looks; with Ctrl-C if not given",
    ),
]


def up(verbs: Table, ctx: click.Context, /, **asked: Any) -> int:
    """Serve a project and run what is due, or only one of the two."""
    from headgate.spine.context import open_context
    from headgate.surfaces.local import Local

    if asked["once"] and asked["no_schedule"]:
        raise Invalid("both --once and --no-schedule were given", mend="leave one out")
    given = {f"server.{name}": asked[name] for name in ("host", "port")}
    flags = {name: str(value) for name, value in given.items() if value is not None}
    context = open_context(find_root(place_of(ctx).project), flags=flags)
    local = Local(context)
    try:
        if asked["once"]:
            return _once(verbs, ctx, local)
        return _serve(verbs, ctx, local, is_scheduling=not asked["no_schedule"])
    finally:
        context.opened.close()


def _serve(verbs: Table, ctx: click.Context, local: Local, *, is_scheduling: bool) -> int:
    from headgate.surfaces.scheduling import scheduling
    from headgate.surfaces.server.serve import Listening

    settings = local.context.settings
    listening = Listening(
        local, verbs, host=settings.text("server.host"), port=settings.number("server.port")
    )

    def ready() -> None:
        known = {"address": listening.address, "token_path": str(listening.token_path)}
        if wants_json(ctx):
            emit_json(known)
        else:
            name = settings.text("name") or local.context.root.name
            emit([f"{name} is served at {known['address']}"])
            emit([f"token: {known['token_path']}", "stop with Ctrl-C"])
        sys.stdout.flush()

    with scheduling(local, verbs) if is_scheduling else nullcontext():
        listening.run(ready)
    return 0


def _once(verbs: Table, ctx: click.Context, local: Local) -> int:
    from headgate.surfaces.scheduling import run_once

    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        done = run_once(local, verbs, stop)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if wants_json(ctx):
        emit_json(done)
    else:
        runs = f"{count(done.n_done + done.n_failed, 'run')}, {done.n_failed} failed"
        emit([f"{count(done.n_queued, 'tick')} came, {runs}"])
    return 1 if done.n_failed else 0


def watch(verbs: Table, ctx: click.Context, /, **asked: Any) -> int:
    """Show how pipelines stand until told to stop; the code is that of the last look."""
    verb = verbs.verbs["pipeline.status"]
    show = renderer(verb)
    n_left = asked["times"]
    request = {} if asked["name"] is None else {"name": asked["name"]}
    pause = threading.Event()
    with closing(open_place(place_of(ctx), lambda _step: None)) as transport:
        while True:
            found = transport.call(verb, request)
            _show(ctx, found, show)
            n_left = n_left and n_left - 1
            if n_left == 0:
                return 1 if found.has_findings else 0
            pause.wait(asked["every"])


def _show(ctx: click.Context, found: Any, show: Any) -> None:
    if wants_json(ctx):
        emit_json(found)
    else:
        lines = show(found, paint_for(sys.stdout))
        if sys.stdout.isatty():
            sys.stdout.write(CLEAR)
        emit([*lines, ""])
    sys.stdout.flush()
