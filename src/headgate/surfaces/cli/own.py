"""The commands written by hand: those that make a project, serve one, or show a story."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headgate.surfaces.cli import own_project, own_running
from headgate.surfaces.cli.commands import common_options, wants_json
from headgate.surfaces.cli.help import own_help
from headgate.surfaces.cli.output import emit, emit_json
from headgate.surfaces.cli.paint import paint_for
from headgate.surfaces.cli.struct import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headgate.surfaces.verbs import Table


def own_commands(verbs: Table) -> Mapping[str, click.Command]:
    """Make the hand-written commands, by the words that call them.

    Args:
        verbs: the verbs that `up` serves.
    """
    up = click.pass_context(partial(own_running.up, verbs))
    return {
        "init": Own("init", "Make a project in a folder", click.pass_context(_init), _INIT),
        "up": Own("up", "Serve the project on loopback, and run what is due", up, own_running.UP),
        "pipeline watch": Own(
            "pipeline watch",
            "Show how pipelines stand, again and again",
            click.pass_context(partial(own_running.watch, verbs)),
            own_running.WATCH,
        ),
        "project backup": Own(
            "project backup",
            "Take a backup of a project, while others write to it",
            own_project.back_up,
            own_project.BACKUP,
        ),
        "project restore": Own(
            "project restore",
            "Make a project from a backup, verified file by file",
            own_project.restore,
            own_project.RESTORE,
        ),
        "project upgrade": Own(
            "project upgrade",
            "Bring a project that an older Headgate made to the present",
            own_project.upgrade,
            own_project.UPGRADE,
        ),
        "demo poison": Own(
            "demo poison", "Tell the story of a poisoned source, on real data", _poison, _POISON
        ),
    }


class Own(click.Command):
    """A command written by hand.

    Args:
        words: how it is called, such as `demo poison`.
        about: what it does, in one line.
        callback: what to call with what was typed.
        params: what it takes besides what every command takes.
    """

    def __init__(
        self, words: str, about: str, callback: Callable[..., int], params: list[click.Parameter]
    ) -> None:
        known = [*params, *common_options()]
        super().__init__(words, callback=callback, params=known, short_help=about)
        self._words = words
        self._about = about

    def get_help(self, ctx: click.Context) -> str:
        """Say what it does and takes."""
        del ctx
        return own_help(self._words, self._about, self.params)


_INIT: list[click.Parameter] = [
    click.Argument(["path"], default="."),
    click.Option(["--name"], metavar="NAME", help="the project's name; default: the folder's"),
]
_POISON: list[click.Parameter] = [
    click.Option(
        ["--path"],
        default="headgate-demo",
        metavar="PATH",
        help="folder to leave it in [headgate-demo]",
    )
]


def _init(ctx: click.Context, path: str, name: str | None, **_: object) -> int:
    from headgate.spine.init import init

    report = init(Path(path), name=name)
    if wants_json(ctx):
        emit_json(report)
    else:
        paint = paint_for(sys.stdout)
        there = "" if Path(path).resolve() == Path.cwd() else f"cd {path} && "
        following = f"next: {there}headgate source ingest DATASET FILE"
        emit([*lines_of(report, paint), paint.style("cyan", following)])
    return 0


def _poison(path: str, **_: object) -> int:
    from headgate.surfaces.demo.poison import run

    run(Path(path), lambda text: emit([text]))
    return 0
