"""What serving keeps of rows: the predictions made by what learned from them, or from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.serve import queries, reach, trace
from headgate.spine.ports import Holding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.serve.nouns import Deployment, Release
    from headgate.serve.queries import Count
    from headgate.spine.context import Context
    from headgate.spine.lineage.affected import Affected


class PredictionHolder:
    """Finds predictions, releases and deployments in reach of rows."""

    name = "predictions"

    def find(self, context: Context, affected: Affected, models: frozenset[str]) -> Holding:
        """Count predictions in reach of affected rows.

        Args:
            context: the project.
            affected: the rows.
            models: what learned from them: `churn@3`, and prompts as `prompt:answer@2`.

        Returns:
            Both radii. `n_known` counts predictions of the log that name the rows they were made
            from, or whose release names a model or an index; `n_unknown` all others. `detail`
            holds `releases` in reach, `deployments` with what they made, distinct users of both
            radii, `by_release` for every release of the log, `unknown` for the makers of
            predictions without lineage, and `n_total`.
        """
        with context.catalog.read() as connection:
            releases = queries.release_rows(connection, context.tenant)
            deployments = queries.deployment_rows(connection, context.tenant)
            segments = queries.segment_rows(connection, context.tenant)
            counts = queries.count_rows(connection, context.tenant)
        reached = reach.reached_releases(context, releases, affected, models)
        log = reach.Log(segments, counts)
        exposed, exact = reach.count_reach(context, log, set(reached), affected)
        by_release = _by_release(releases, counts, set(reached))
        n_total = sum(count.n_rows for count in counts)
        n_known = sum(row["n_known"] for row in by_release.values())
        return Holding(
            kind=self.name,
            n_exposed=exposed.n,
            n_exact=exact.n,
            n_known=n_known,
            n_unknown=n_total - n_known,
            detail={
                "releases": reached,
                "deployments": _deployments(deployments, counts, reached),
                "n_users_exposed": exposed.n_users,
                "n_users_exact": exact.n_users,
                "by_release": by_release,
                "unknown": [
                    f"release:{release_id}" if release_id else "no release"
                    for release_id, row in sorted(by_release.items())
                    if row["n_known"] < row["n"]
                ],
                "n_total": n_total,
            },
        )

    def explain(self, context: Context, ref: str) -> dict[str, Any] | None:
        """Say where a prediction, release or deployment comes from; nothing if it is none.

        Args:
            context: the project.
            ref: `prediction:ID`, `release:ID`, `deployment:NAME`, or a prediction's bare id.
        """
        return trace.explain(context, ref)


OFFERS = [PredictionHolder()]


def _by_release(
    releases: Sequence[Release], counts: Sequence[Count], reached: set[str]
) -> dict[str, dict[str, Any]]:
    """Sum up the log by release; predictions without one stand under the empty name."""
    known = {release.release_id: release for release in releases}
    rows: dict[str, dict[str, Any]] = {}
    for count in counts:
        release = known.get(count.release_id)
        has_lineage = release is not None and bool(release.model or release.index)
        row = rows.setdefault(
            count.release_id,
            {
                "model": release.model if release else None,
                "prompt": release.prompt if release else None,
                "index": release.index if release else None,
                "is_reached": count.release_id in reached,
                "n": 0,
                "n_with_rows": 0,
                "n_known": 0,
            },
        )
        row["n"] += count.n_rows
        row["n_with_rows"] += count.n_with_rows
        row["n_known"] += count.n_rows if has_lineage else count.n_with_rows
    return rows


def _deployments(
    deployments: Sequence[Deployment], counts: Sequence[Count], reached: Sequence[str]
) -> list[dict[str, Any]]:
    """List the deployments that served a release in reach or point at one now."""
    made: dict[tuple[str, str], int] = {}
    live = {(one.name, one.release) for one in deployments}
    for name, release in live:
        if release is not None and release in reached:
            made[name, release] = 0
    for count in counts:
        if count.release_id in reached and count.deployment:
            key = (count.deployment, count.release_id)
            made[key] = made.get(key, 0) + count.n_rows
    return [
        {"name": key[0], "release": key[1], "is_live": key in live, "n_exposed": n}
        for key, n in sorted(made.items())
    ]
