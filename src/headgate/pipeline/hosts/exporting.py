"""Writes a pipeline as a file that another orchestrator runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Conflict, Invalid
from headgate.pipeline.hosts.airflow import airflow
from headgate.pipeline.hosts.dagster import dagster
from headgate.pipeline.hosts.outline import outline_of
from headgate.pipeline.hosts.reports import ExportedPipeline
from headgate.pipeline.hosts.writing import MARK

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.pipeline.hosts.reports import ExportPipeline
    from headgate.spine.context import Context

HOSTS = {"airflow": airflow, "dagster": dagster}
N_LOOKED = 2000


def export(context: Context, request: ExportPipeline) -> ExportedPipeline:
    """Write a pipeline as a file that another orchestrator runs.

    Raises:
        NotFound: there is no such pipeline.
        Invalid: a pipeline file cannot be imported, or the file cannot be written.
        Conflict: there is a file of that name that was not exported.
    """
    text, notes = HOSTS[request.to](outline_of(context.root, request.name))
    path = None if request.out is None else context.root / request.out
    if path is not None:
        _write(path, text)
    return ExportedPipeline(
        request.name, request.to, text, notes, None if path is None else str(path)
    )


def _write(path: Path, text: str) -> None:
    try:
        if path.exists() and MARK not in path.read_text(encoding="utf-8")[:N_LOOKED]:
            raise Conflict(
                f"{path} is there already and was not exported",
                mend="name another file, or move away what lies there",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(
            f"{path} cannot be written: {error}", mend="name a file: --out FILE"
        ) from error
