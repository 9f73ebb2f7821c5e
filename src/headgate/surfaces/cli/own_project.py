"""The commands on a project as a whole: back it up, restore it, bring it to the present."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headgate.core.errors import Invalid
from headgate.surfaces.cli.commands import place_of, wants_json
from headgate.surfaces.cli.output import emit, emit_json
from headgate.surfaces.cli.paint import Paint, count, paint_for
from headgate.surfaces.cli.progress import Meter, size
from headgate.surfaces.cli.projects import find_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.spine.backup import BackupReport
    from headgate.spine.restore import ProjectRestored
    from headgate.spine.upgrade import UpgradeReport

BACKUP: list[click.Parameter] = [
    click.Argument(["path"]),
    click.Option(
        ["--with-key"], is_flag=True, help="put the signing key in too; guard the backup then"
    ),
]
RESTORE: list[click.Parameter] = [
    click.Argument(["path"]),
    click.Argument(["to"]),
    click.Option(
        ["--catalog"],
        metavar="URL",
        help="where the catalog shall lie [sqlite:///catalog.db]",
    ),
    click.Option(
        ["--objects"],
        metavar="PLACE",
        help="where the objects shall lie: a folder or s3://bucket/prefix [.]",
    ),
    click.Option(["--endpoint"], metavar="URL", help="the S3 server, if it is not that of AWS"),
]
UPGRADE: list[click.Parameter] = [
    click.Option(["--plan"], is_flag=True, help="say what would be done; this is the default"),
    click.Option(["--apply"], is_flag=True, help="do it; the catalog is copied first"),
]


@click.pass_context
def back_up(ctx: click.Context, path: str, *, with_key: bool, **_: object) -> int:
    """Take a backup of a project while others write to it."""
    from headgate.spine.backup import back_up as take

    root = _root(ctx)
    report = _shown(lambda meter: take(root, Path(path), with_key=with_key, progress=meter))
    return _tell(ctx, report, _backup_lines)


@click.pass_context
def restore(ctx: click.Context, path: str, to: str, **asked: Any) -> int:
    """Make a project from a backup."""
    from headgate.spine.restore import restore as make

    named = {name: asked.get(name) for name in ("catalog", "objects", "endpoint")}
    places = {f"store.{name}": place for name, place in named.items() if place is not None}
    report = _shown(lambda meter: make(Path(path), Path(to), places=places, progress=meter))
    return _tell(ctx, report, _restore_lines)


@click.pass_context
def upgrade(ctx: click.Context, *, plan: bool, apply: bool, **_: object) -> int:
    """Bring a project that an older Headgate made to the present."""
    from headgate.spine.upgrade import upgrade as bring

    if plan and apply:
        raise Invalid("both --plan and --apply were given", mend="plan first, then apply")
    return _tell(ctx, bring(_root(ctx), apply=apply), _upgrade_lines)


def _root(ctx: click.Context) -> Path:
    place = place_of(ctx)
    if place.project and place.project.startswith(("http://", "https://")):
        raise Invalid(
            "a project behind a server is looked after where it lies",
            mend="run this on the server's machine, with --project FOLDER",
        )
    return find_root(place.project)


def _shown(deed: Callable[[Meter], Any]) -> Any:
    meter = Meter(sys.stderr)
    try:
        return deed(meter)
    finally:
        meter.clear()


def _tell(ctx: click.Context, report: Any, lines: Callable[[Any, Paint], list[str]]) -> int:
    if wants_json(ctx):
        emit_json(report)
    else:
        emit(lines(report, paint_for(sys.stdout)))
    return 1 if getattr(report, "has_findings", False) else 0


def _backup_lines(report: BackupReport, paint: Paint) -> list[str]:
    copied = f"{count(report.n_copied, 'file')}, {size(report.n_copied_bytes)}B, copied"
    dropped = f", {count(report.n_dropped)} dropped" if report.n_dropped else ""
    note = (
        "the signing key is in it: guard it as you guard the key"
        if report.has_key
        else "the signing key is not in it: keep a copy elsewhere, or add --with-key"
    )
    return [
        f"{_holding(report)} backed up to {report.path}",
        copied + dropped,
        paint.style("dim", note),
        *_missing(report, paint),
    ]


def _restore_lines(report: ProjectRestored, paint: Paint) -> list[str]:
    lines = [f"{_holding(report)} restored to {report.path}, as of {report.taken_at:%F %TZ}"]
    if not report.has_old_key:
        note = "a new signing key was made: the old one was not in the backup"
        lines.append(paint.style("dim", note))
    return [*lines, *_missing(report, paint)]


def _upgrade_lines(report: UpgradeReport, paint: Paint) -> list[str]:
    if not report.steps:
        return [f"the catalog stands at {report.stands_at}, where this Headgate does"]
    lines = [f"the catalog stands at {report.stands_at}, this Headgate at {report.brings_to}"]
    lines += [f"  {step}" for step in report.steps]
    lines.append(
        f"files stay as they are: this Headgate reads formats 1 to {report.format_version}"
    )
    if report.is_applied:
        return [*lines, f"done; the catalog as it was lies in {report.copy}"]
    return [*lines, paint.style("cyan", "do it with --apply; the catalog is copied first")]


def _holding(report: BackupReport | ProjectRestored) -> str:
    parts = [
        count(report.n_datasets, "dataset"),
        count(report.n_snapshots, "snapshot"),
        count(report.n_blobs, "file"),
        f"{size(report.n_bytes)}B",
    ]
    return ", ".join(parts)


def _missing(report: BackupReport | ProjectRestored, paint: Paint) -> list[str]:
    if not report.missing:
        return []
    head = f"{count(len(report.missing), 'file')} that snapshots name were lost before:"
    return [paint.style("red", head), *(f"  {key}" for key in report.missing)]
