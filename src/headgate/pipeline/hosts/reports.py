"""What `pipeline.export` is asked and answers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class ExportPipeline(msgspec.Struct, frozen=True):
    """Write a pipeline as a file that another orchestrator runs.

    Args:
        name: which pipeline.
        to: who is to run it.
        out: the file to write, seen from the project's folder; none is written if not given.
    """

    name: Annotated[str, Meta(description="a file of pipelines/ without .py")]
    to: Annotated[Literal["airflow", "dagster"], Meta(description="airflow or dagster")]
    out: Annotated[str | None, Meta(description="the file to write; the text alone if none")] = None


class ExportedPipeline(msgspec.Struct, frozen=True):
    """A pipeline as another orchestrator runs it.

    Args:
        name: the pipeline.
        to: who is to run it.
        text: the file's text.
        notes: what it does in another way, or not at all, a line each.
        path: the file that was written, if one was.
    """

    name: str
    to: str
    text: str
    notes: tuple[str, ...]
    path: str | None = None
