"""Takes past predictions into the log, each under an id made of its content.

So the same predictions are known again, in whatever order or beside whatever others they come.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.core.errors import Invalid, NotFound
from headgate.flows.adopting.reports import PredictionsAdopted
from headgate.serve import queries
from headgate.serve.deployments import create_deployment
from headgate.serve.log import log_predictions
from headgate.serve.nouns import CreateDeployment, CreateRelease, LogPredictions
from headgate.serve.releases import create_release
from headgate.spine.store.canonical import canonical, row_hashes

if TYPE_CHECKING:
    from headgate.flows.adopting.reports import AdoptPredictions
    from headgate.spine.context import Context

ID = "prediction_id"


def adopt_predictions(
    context: Context, request: AdoptPredictions, rows: pa.Table
) -> PredictionsAdopted:
    """Write past predictions to the log; those that are there already are skipped.

    Raises:
        NotFound: there is no such column or model version.
        Invalid: a value is of the wrong type, or a time is missing.
    """
    table = mapped(rows, request)
    release = _release(context, request)
    _make_deployment(context, request.deployment, release)
    defaults = LogPredictions(deployment=request.deployment, release=release)
    logged = log_predictions(context, defaults, table)
    return PredictionsAdopted(
        deployment=request.deployment,
        release=release,
        n_adopted=logged.n_logged,
        n_known=logged.n_skipped,
        extra=logged.extra,
    )


def mapped(rows: pa.Table, request: AdoptPredictions) -> pa.Table:
    """Give columns the names that the log has for them, and each row an id.

    Raises:
        NotFound: there is no such column.
        Invalid: a time is missing, or two columns would bear one name.
    """
    wanted = {"at": request.at, "user_key": request.user, ID: request.id}
    wanted |= {"output": request.output, "confidence": request.confidence}
    named = {theirs: ours for ours, theirs in wanted.items() if theirs is not None}
    if len(named) < sum(theirs is not None for theirs in wanted.values()):
        raise Invalid("two flags name one column", mend="give each flag a column of its own")
    for name in (*named, *request.input):
        if name not in rows.column_names:
            raise NotFound.among("column", name, rows.column_names)
    n_empty = rows[request.at].null_count
    if n_empty:
        raise Invalid(
            f"{n_empty} predictions have no time in column {request.at!r}",
            mend="leave them out, or name another column: --at COLUMN",
        )
    inputs = _inputs(rows, request.input)
    kept = rows.drop_columns([name for name in request.input if name not in named])
    renamed = kept.rename_columns([named.get(name, name) for name in kept.column_names])
    _check_distinct([*renamed.column_names, *(["input"] if request.input else [])])
    table = renamed if inputs is None else renamed.append_column("input", inputs)
    if ID in table.column_names:
        return table
    return table.append_column(ID, pa.array(_ids(table, request.deployment), pa.string()))


def _inputs(rows: pa.Table, names: tuple[str, ...]) -> Any:
    """Return the inputs as one column: an object a row, but text or nested if it is alone."""
    if not names:
        return None
    kind = rows.schema.field(names[0]).type
    if len(names) == 1 and not (pa.types.is_primitive(kind) or pa.types.is_null(kind)):
        return rows[names[0]]
    columns: Any = [rows[name].combine_chunks() for name in names]
    return pa.StructArray.from_arrays(columns, names=list(names))


def _check_distinct(names: list[str]) -> None:
    for name, n_times in Counter(names).items():
        if n_times > 1:
            raise Invalid(
                f"two columns would be {name!r} of the log",
                mend=f"rename the column {name!r}, or name it with a flag of its own",
            )


def _ids(table: pa.Table, deployment: str | None) -> list[str]:
    """Make ids of deployment and content; rows alike are told apart by counting them."""
    place = pa.array([deployment] * table.num_rows, pa.string())
    hashes = row_hashes(canonical(table.append_column("_deployment", place)))
    seen: Counter[int] = Counter()
    ids: list[str] = []
    for high, low in hashes.tolist():
        value = (high << 64) | low
        ids.append(f"adopted_{value:032x}_{seen[value]}")
        seen[value] += 1
    return ids


def _release(context: Context, request: AdoptPredictions) -> str | None:
    """Return the release that stands for a model alone, made with its first predictions."""
    if request.model is None:
        return None
    name = request.deployment or request.model.partition("@")[0]
    return release_of(context, name, request.model)[0]


def release_of(context: Context, name: str, model: str) -> tuple[str, bool]:
    """Return the newest release of a name that holds a model and nothing else, made if need be.

    Returns:
        Its id, and whether it was made by this call.

    Raises:
        NotFound: there is no such model version.
        Invalid: the model is named without its version.
    """
    asked = CreateRelease(name, model=model, notes="adopted")
    with context.catalog.read() as connection:
        known = queries.release_rows(connection, context.tenant, name)
    for one in known:
        parts = (one.prompt, one.index, one.provider_model)
        if one.model == model and not any(parts) and not one.tools and not one.parameters:
            return one.release_id, False
    return create_release(context, asked).release_id, True


def _make_deployment(context: Context, name: str | None, release: str | None) -> None:
    if name is None:
        return
    with context.catalog.read() as connection:
        is_there = queries.find_deployment(connection, context.tenant, name) is not None
    if not is_there:
        create_deployment(context, CreateDeployment(name, release))
