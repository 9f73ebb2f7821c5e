"""A project, and short words for what tests of serving do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest

from headgate.core.nouns import Snapshot
from headgate.core.times import now
from headgate.serve import operations
from headgate.serve.nouns import (
    CreateDeployment,
    CreateRelease,
    ListPredictions,
    LogPredictions,
    LogReport,
    PromoteDeployment,
    Release,
)
from headgate.spine.context import Context, open_context
from headgate.spine.init import init
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


class Serving:
    """A project's serving stage in short words."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def register(self, *refs: str) -> None:
        """Let models and prompts exist, as the stage that makes them tells it."""
        with Work(self.context) as work:
            for ref in refs:
                work.record("model_registered", ref, {})

    def commit(self, name: str, n_rows: int, *, source: str | None = None) -> Snapshot:
        """Append rows to a dataset."""
        kind: Any = "ingest" if source else "commit"
        origin = Origin(kind=kind, arrived_at=now(), source=source)
        with Work(self.context) as work:
            rows = pa.table({"x": pa.array(range(n_rows), pa.int64())})
            return work.write(Write(dataset=name, mode="append"), [Part(rows, origin)])

    def release(self, name: str = "api", **parts: Any) -> Release:
        return operations.create_release(self.context, CreateRelease(name=name, **parts))

    def deploy(self, name: str, release: str | None = None) -> None:
        operations.create_deployment(self.context, CreateDeployment(name, release))

    def promote(self, name: str, release: str) -> Any:
        return operations.promote_deployment(self.context, PromoteDeployment(name, release, "why"))

    def log(self, rows: Sequence[dict[str, Any]] | pa.Table, **defaults: Any) -> LogReport:
        if not isinstance(rows, pa.Table):
            names = dict.fromkeys(name for row in rows for name in row)
            rows = pa.table({name: [row.get(name) for row in rows] for name in names})
        return operations.log_predictions(self.context, LogPredictions(**defaults), rows)

    def listed(self, **request: Any) -> list[dict[str, Any]]:
        return operations.list_predictions(self.context, ListPredictions(**request)).to_pylist()

    def events(self, kind: str) -> list[Any]:
        from headgate.spine.lineage.events import list_events

        with self.context.catalog.read() as connection:
            events = list_events(connection, self.context.tenant, limit=10_000)
        return [event for event in events[::-1] if event.kind == kind]


@contextmanager
def fresh() -> Iterator[Serving]:
    """Open a project of its own, for examples that hypothesis makes."""
    with TemporaryDirectory() as folder:
        init(Path(folder) / "shop")
        context = open_context(Path(folder) / "shop")
        try:
            yield Serving(context)
        finally:
            context.opened.close()


@pytest.fixture
def serving(context: Context) -> Serving:
    return Serving(context)


@pytest.fixture
def refuses() -> Callable[..., str]:
    """Run something that must be refused, and return the message with its mend."""

    def check(family: type[Exception], deed: Callable[[], Any]) -> str:
        with pytest.raises(family) as caught:
            deed()
        assert getattr(caught.value, "mend", "")
        return str(caught.value)

    return check
