"""How a terminal shows what was adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import broken, cell, count, said
from headgate.surfaces.cli.show import switching
from headgate.surfaces.cli.show.left_out import left_out_lines

if TYPE_CHECKING:
    from headgate.contract.switching.reports import Compared, GxAdopted, SuiteAdopted
    from headgate.dataset.adopted.reports import TableAdopted
    from headgate.flows.adopting.reports import MlflowAdopted, PredictionsAdopted, ServiceAdopted
    from headgate.surfaces.cli.paint import Paint

N_SHOWN = 10
evidently_lines = switching.evidently_lines
VERDICTS = {None: "-", True: "kept", False: "broken"}


def predictions_lines(found: PredictionsAdopted, paint: Paint) -> list[str]:
    """Show what became of past predictions, and what they stand under."""
    entries = [
        ("adopted", count(found.n_adopted, "prediction")),
        ("known before", count(found.n_known)),
        ("deployment", found.deployment),
        ("release", found.release),
        *([("kept beside", cell(found.extra))] if found.extra else []),
    ]
    lines = paint.pairs(entries)
    if found.release is None:
        lines += paint.told("which model answered is not known; name it with --model NAME@N")
    return lines


def model_lines(found: ServiceAdopted, paint: Paint) -> list[str]:
    """Show what became of a model in service."""
    return paint.pairs(
        [
            ("model", found.model),
            ("learned from", found.learned_from),
            ("deployment", found.deployment),
            ("release", found.release),
            *_pointer(found),
            ("files", count(found.n_files)),
            ("adopted", count(found.n_adopted, "prediction")),
            ("known before", count(found.n_known)),
            ("labels", count(found.n_labels)),
        ]
    )


def _pointer(found: ServiceAdopted) -> list[tuple[str, str]]:
    """Say that the deployment was moved to the release, or that it stays at another."""
    if found.moved_from is not None:
        return [("moved", f"{found.deployment} pointed at {found.moved_from}")]
    if found.points_at != found.release:
        return [("points at", f"{found.points_at}, where it was moved before")]
    return []


def mlflow_lines(found: MlflowAdopted, paint: Paint) -> list[str]:
    """Show what was read of an MLflow server, and what it does not tell."""
    lines = paint.pairs(
        [
            ("namespace", found.namespace),
            ("runs", count(found.n_runs)),
            ("without inputs", count(found.n_silent_runs)),
            ("new events", count(found.n_events)),
            *([("new releases", cell(found.releases))] if found.releases else []),
        ]
    )
    if found.models:
        rows = [
            (one.mlflow, one.model, "told" if one.is_told else "unknown", one.is_new)
            for one in found.models[:N_SHOWN]
        ]
        lines += paint.grid(("in mlflow", "here", "trained on", "new"), rows)
        lines += _more(len(found.models), "models", paint)
    if found.unlinked:
        lines += paint.told("datasets that its runs read and that are none of yours yet:")
        lines += [
            line for name in found.unlinked[:N_SHOWN] for line in broken(f"  {name}", paint.width)
        ]
        lines += _more(len(found.unlinked), "datasets", paint)
        lines += paint.told("next: headgate adopt parquet FOLDER --as NAME")
    return lines


def parquet_lines(found: TableAdopted, paint: Paint) -> list[str]:
    """Show which version of a table stands now."""
    entries = [
        ("version", found.snapshot),
        ("files", count(found.n_files)),
        ("rows", count(found.n_rows)),
        ("bytes", count(found.n_bytes)),
    ]
    said = [] if found.is_new else ["every file is as it was: no new version"]
    return [*paint.pairs(entries), *said]


def postgres_lines(found: TableAdopted, paint: Paint) -> list[str]:
    """Show which version of a table of a database stands now."""
    entries = [
        ("version", found.snapshot),
        ("rows", count(found.n_rows)),
        ("bytes of text", count(found.n_bytes)),
    ]
    said = [] if found.is_new else ["its rows are as they were: no new version"]
    return [*paint.pairs(entries), *said]


def gx_lines(found: GxAdopted, paint: Paint) -> list[str]:
    """Show each suite with both verdicts on each expectation, and what has no counterpart."""
    lines: list[str] = []
    for suite in found.suites:
        lines += [*_suite(suite, paint), ""]
    lines += left_out_lines(found.left_out, paint)
    if found.notifiers:
        lines += [paint.heading("for headgate.toml"), *found.notifiers.splitlines(), ""]
    if not found.looked_at:
        return [*lines, *paint.told("next: look at rows with both: --dataset NAME or --data FILE")]
    who = f"Great Expectations {found.version} and the contracts"
    lines += paint.told(f"{who} looked at {found.looked_at}: {count(found.n_rows, 'row')}")
    told = f"{found.n_agreed:,} agree, {found.n_explained:,} differ and it is known why"
    style = "red" if found.n_unexplained else "green"
    return [*lines, *paint.told(f"{told}, {found.n_unexplained:,} unexplained", style)]


def _suite(suite: SuiteAdopted, paint: Paint) -> list[str]:
    made = suite.path if suite.is_new else f"{suite.path}, as it was"
    size = count(suite.n_expectations, "expectation")
    lines = [f"{paint.heading(suite.suite)}: {size}", *paint.pairs([("contract", made)], "  ")]
    if suite.compared:
        names = ("state", "gx", "ours", "expectation", "column")
        lines += paint.grid(names, [_verdicts(one) for one in suite.compared])
    for one in suite.compared:
        if one.reason:
            lines += paint.told(f"{_about(one)}: {one.state}", "yellow")
            lines += [f"  {line}" for line in paint.inset().told(said(one.reason))]
    if suite.left_out:
        lines += [paint.heading("not translated")]
        lines += left_out_lines(suite.left_out, paint)
    return lines


def _verdicts(one: Compared) -> tuple[str, str, str, str, str]:
    kind = one.expectation.removeprefix("expect_").removeprefix("column_")
    gx = f"{VERDICTS[one.gx]} {_figure(one.gx_figure)}".rstrip()
    ours = f"{VERDICTS[one.ours]} {_figure(one.our_figure)}".rstrip()
    return one.state, gx, ours, kind, one.column


def _figure(figure: float | None) -> str:
    return "" if figure is None else f"{figure:,.6g}"


def _about(one: Compared) -> str:
    kind = one.expectation.removeprefix("expect_")
    return f"{kind} {one.column}".strip()


def _more(n_all: int, noun: str, paint: Paint) -> list[str]:
    more = n_all - N_SHOWN
    return [paint.style("dim", f"and {more:,} more {noun}")] if more > 0 else []
