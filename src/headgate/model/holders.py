"""What models keep of rows: a version that learned from affected rows is exposed to them.

Nothing here is exact: a row's mark on a model cannot be told apart from that of its neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyroaring import BitMap64

from headgate.core.refs import parse_ref
from headgate.core.times import render
from headgate.model import queries
from headgate.model.numbering import read_ref
from headgate.spine.lineage.reads import by_run, load_rowset, reads_of
from headgate.spine.ports import Holding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.model.prompts import Prompt
    from headgate.model.versions import ModelVersion
    from headgate.spine.context import Context
    from headgate.spine.lineage.affected import Affected
    from headgate.spine.lineage.reads import Read

KINDS = ("model", "prompt")


class ModelHolder:
    """Finds the model versions whose runs read affected rows, and tells what a version is."""

    name = "models"

    def find(self, context: Context, affected: Affected, models: frozenset[str]) -> Holding:
        """Count the model versions that learned from affected rows.

        Args:
            context: the project.
            affected: the rows asked about.
            models: what counts as exposed whatever it read: versions such as `churn@3`, and all
                that a run made, as `run:ID`.

        Returns:
            The versions, oldest first, each with its share of affected rows (0 to 1, rows read
            twice counted once), and the versions of which no reads are known.
        """
        with context.catalog.read() as connection:
            versions = queries.list_models(connection, context.tenant)[::-1]
            runs = {version.run_id for version in versions if version.run_id is not None}
            reads = by_run(reads_of(connection, context.tenant, sorted(runs)))
        shares = {run: _share(context, affected, own) for run, own in reads.items()}
        exposed: list[dict[str, Any]] = []
        for version in versions:
            n_bad, n_rows = shares.get(version.run_id or "", (0, 0))
            if n_bad or {version.ref, f"run:{version.run_id}"} & models:
                exposed.append(_exposure(version, n_bad, n_rows))
        unknown = [version.ref for version in versions if version.run_id not in reads]
        return Holding(
            kind=self.name,
            n_exposed=len(exposed),
            n_exact=0,
            n_known=len(versions) - len(unknown),
            n_unknown=len(unknown),
            detail={"models": exposed, "unknown": unknown},
        )

    def explain(self, context: Context, ref: str) -> dict[str, Any] | None:
        """Tell what a model or prompt version is and what it was made from.

        Args:
            context: the project.
            ref: `model:churn@3` or `prompt:greet@2`; without a number the newest.

        Returns:
            Its facts, or nothing if there is none of that name or it is of another kind.
        """
        if not ref.startswith(tuple(f"{kind}:" for kind in KINDS)):
            return None
        found = parse_ref(ref, KINDS)
        name, number = read_ref(found.kind, found.name)
        with context.catalog.read() as connection:
            if found.kind == "prompt":
                prompt = queries.find_prompt(connection, context.tenant, name, number)
                return None if prompt is None else _explained_prompt(prompt)
            version = queries.find_model(connection, context.tenant, name, number)
            if version is None:
                return None
            runs = [] if version.run_id is None else [version.run_id]
            return _explained_model(version, reads_of(connection, context.tenant, runs))


OFFERS = [ModelHolder()]


def _share(context: Context, affected: Affected, reads: Sequence[Read]) -> tuple[int, int]:
    """Count the affected rows and all rows a run read, each once per snapshot."""
    counts = [_share_of_snapshot(context, affected, own) for own in _by_version(reads)]
    return sum(n_bad for n_bad, _ in counts), sum(n_rows for _, n_rows in counts)


def _share_of_snapshot(
    context: Context, affected: Affected, reads: Sequence[Read]
) -> tuple[int, int]:
    whole = next((read for read in reads if read.rowset is None), None)
    single = reads[0] if len(reads) == 1 else whole
    if single is not None:
        n_bad = 0 if affected.is_empty else affected.count_in_read(single)
        return n_bad, single.n_rows
    rows = BitMap64.union(*(load_rowset(context.blobs, one.rowset) for one in reads if one.rowset))
    if affected.is_empty:
        return 0, len(rows)
    return len(BitMap64.union(*(affected.rows_in_read(one) for one in reads))), len(rows)


def _by_version(reads: Sequence[Read]) -> list[list[Read]]:
    found: dict[str, list[Read]] = {}
    for read in reads:
        found.setdefault(read.version_id, []).append(read)
    return list(found.values())


def _exposure(version: ModelVersion, n_bad: int, n_rows: int) -> dict[str, Any]:
    return {
        "ref": version.ref,
        "run": version.run_id,
        "n_bad": n_bad,
        "n_rows": n_rows,
        "bad_ratio": n_bad / n_rows if n_rows else 0.0,
        "created_at": render(version.created_at),
    }


def _explained_model(version: ModelVersion, reads: Sequence[Read]) -> dict[str, Any]:
    return {
        "kind": "model",
        "id": f"model:{version.ref}",
        "at": render(version.created_at),
        "run": version.run_id,
        "digest": version.digest,
        "metrics": version.metrics,
        "signature": version.signature,
        "reads": [_explained_read(read) for read in reads],
    }


def _explained_prompt(prompt: Prompt) -> dict[str, Any]:
    return {
        "kind": "prompt",
        "id": f"prompt:{prompt.ref}",
        "at": render(prompt.created_at),
        "run": None,
        "digest": prompt.digest,
        "metrics": {},
        "reads": [],
    }


def _explained_read(read: Read) -> dict[str, Any]:
    return {
        "dataset": read.dataset,
        "number": read.number,
        "version_id": read.version_id,
        "n_rows": read.n_rows,
        "condition": read.condition,
    }
