"""What of serving can be watched: the predictions of a deployment, with features and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.core.refs import split_at
from headgate.serve.deployments import get_deployment
from headgate.serve.releases import get_release
from headgate.serve.watching.columns import Wanted, columns_of, look_through
from headgate.serve.watching.labels import labelled_after
from headgate.serve.watching.slices import slices_in, span_of
from headgate.spine.lineage.learned import learned_from, read_by
from headgate.spine.ports import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import pyarrow as pa

    from headgate.serve.nouns import Release
    from headgate.spine.context import Context


class DeploymentWatch:
    """Reads the prediction log of a deployment by windows; the target is its name.

    A prediction whose content was erased or has expired is not among the rows.
    """

    name = "deployment"

    def rows(
        self,
        context: Context,
        target: str,
        since: datetime,
        until: datetime,
        /,
        *,
        columns: tuple[str, ...] = (),
    ) -> Iterator[pa.Table]:
        """Read what was answered in a window, by parts whose columns have the same types.

        Args:
            context: the project.
            target: the deployment.
            since: when the window begins.
            until: when it ends; what was answered then is not in it.
            columns: which columns beside `at`; all if none is named. One that the window has not
                is left out.

        Raises:
            NotFound: there is no such deployment.
        """
        wanted = Wanted(columns)
        slices = slices_in(context, target, since, until)
        window = look_through(context, slices, wanted)
        return (columns_of(context, one, window, wanted) for one in slices)

    def span(self, context: Context, target: str, /) -> tuple[datetime, datetime] | None:
        """Say when the deployment answered first and last; nothing if it never did.

        Raises:
            NotFound: there is no such deployment.
        """
        return span_of(context, target)

    def references(self, context: Context, target: str, /) -> tuple[Reference, ...]:
        """List the snapshots behind the release it points at, the nearest first.

        They are those that the run of its model read, the snapshot its index was made from, and
        then what these were made of.

        Raises:
            NotFound: there is no such deployment.
        """
        with context.catalog.read() as connection:
            standing = get_deployment(connection, context.tenant, target)
            if standing.release is None:
                return ()
            release = get_release(connection, context.tenant, standing.release)
        path = (target, release.release_id)
        return learned_from(
            context, [*_of_model(context, release, path), *_of_index(release, path)]
        )

    def late(self, context: Context, target: str, after: datetime, /) -> tuple[datetime, ...]:
        """List when those predictions were made whose label came here after a moment, ascending.

        Raises:
            NotFound: there is no such deployment.
        """
        with context.catalog.read() as connection:
            get_deployment(connection, context.tenant, target)
        return labelled_after(context, target, after)


OFFERS = [DeploymentWatch()]


def _of_model(context: Context, release: Release, path: tuple[str, ...]) -> list[Reference]:
    """List what the run read that made a release's model."""
    if release.model is None:
        return []
    facts: dict[str, Any] | None = None
    for holder in context.registry.holders:
        facts = facts or holder.explain(context, f"model:{release.model}")
    run = (facts or {}).get("run")
    return [] if run is None else read_by(context, run, (*path, release.model))


def _of_index(release: Release, path: tuple[str, ...]) -> list[Reference]:
    if release.index is None:
        return []
    dataset, number = split_at(release.index)
    return [Reference(dataset=dataset, number=int(number or 0), path=(*path, "index"))]
