"""The catalog's SQL on versions of models and prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import desc, func, insert, select

from headgate.model.numbering import missing
from headgate.model.prompts import Prompt
from headgate.model.tables import model_versions, prompts
from headgate.model.versions import ModelVersion, blob_key
from headgate.spine.store.tables import runs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, RowMapping, Select, Table

_TABLES: dict[str, Table] = {"model": model_versions, "prompt": prompts}


def newest(connection: Connection, tenant: str, kind: str) -> dict[str, int]:
    """Return for each name of a kind, `model` or `prompt`, the number of its newest version."""
    table = _TABLES[kind]
    query = (
        select(table.c.name, func.max(table.c.number))
        .where(table.c.tenant == tenant)
        .group_by(table.c.name)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def put_model(connection: Connection, tenant: str, version: ModelVersion) -> None:
    """Add a version of a model."""
    row = _row(version, ("signature", "metrics", "environment"))
    row["blob"] = blob_key(version.digest)
    connection.execute(insert(model_versions).values(tenant=tenant, **row))


def model_blobs(connection: Connection, tenant: str) -> list[str]:
    """List the keys of the bytes of every version."""
    query = select(model_versions.c.blob).where(model_versions.c.tenant == tenant).distinct()
    return list(connection.execute(query).scalars())


def find_model(
    connection: Connection, tenant: str, name: str, number: int | None = None
) -> ModelVersion | None:
    """Return one version of a model; the newest if no number is given."""
    row = _one(connection, tenant, "model", (name, number))
    return None if row is None else _model_of(row)


def get_model(
    connection: Connection, tenant: str, name: str, number: int | None = None
) -> ModelVersion:
    """Return one version of a model; the newest if no number is given.

    Raises:
        NotFound: there is none.
    """
    found = find_model(connection, tenant, name, number)
    if found is None:
        raise missing("model", name, number, newest(connection, tenant, "model"))
    return found


def same_model(
    connection: Connection, tenant: str, name: str, digest: str, run_id: str | None
) -> ModelVersion | None:
    """Return the version with the same bytes from the same run, the oldest if there are several."""
    table = model_versions
    query = select(table).where(
        table.c.tenant == tenant,
        table.c.name == name,
        table.c.digest == digest,
        table.c.run_id == run_id,
    )
    row = connection.execute(query.order_by(table.c.number).limit(1)).mappings().first()
    return None if row is None else _model_of(row)


def list_models(
    connection: Connection, tenant: str, name: str | None = None, *, limit: int | None = None
) -> list[ModelVersion]:
    """List versions of models, the newest first; of one model if it is named."""
    return [_model_of(row) for row in _many(connection, tenant, "model", name, limit=limit)]


def put_prompt(connection: Connection, tenant: str, prompt: Prompt) -> None:
    """Add a version of a prompt."""
    row = _row(prompt, ("variables", "parameters", "tools"))
    connection.execute(insert(prompts).values(tenant=tenant, **row))


def find_prompt(
    connection: Connection, tenant: str, name: str, number: int | None = None
) -> Prompt | None:
    """Return one version of a prompt; the newest if no number is given."""
    row = _one(connection, tenant, "prompt", (name, number))
    return None if row is None else _prompt_of(row)


def get_prompt(connection: Connection, tenant: str, name: str, number: int | None = None) -> Prompt:
    """Return one version of a prompt; the newest if no number is given.

    Raises:
        NotFound: there is none.
    """
    found = find_prompt(connection, tenant, name, number)
    if found is None:
        raise missing("prompt", name, number, newest(connection, tenant, "prompt"))
    return found


def list_prompts(
    connection: Connection, tenant: str, name: str | None = None, *, limit: int | None = None
) -> list[Prompt]:
    """List versions of prompts, the newest first; of one prompt if it is named."""
    return [_prompt_of(row) for row in _many(connection, tenant, "prompt", name, limit=limit)]


def has_run(connection: Connection, tenant: str, run_id: str) -> bool:
    """Say whether there is such a run."""
    query = select(runs.c.run_id).where(runs.c.tenant == tenant, runs.c.run_id == run_id)
    return connection.execute(query).first() is not None


def _of_kind(tenant: str, kind: str, name: str | None) -> Select[Any]:
    table = _TABLES[kind]
    query = select(table).where(table.c.tenant == tenant)
    return query if name is None else query.where(table.c.name == name)


def _one(
    connection: Connection, tenant: str, kind: str, place: tuple[str, int | None]
) -> RowMapping | None:
    table, (name, number) = _TABLES[kind], place
    query = _of_kind(tenant, kind, name)
    if number is not None:
        query = query.where(table.c.number == number)
    return connection.execute(query.order_by(desc(table.c.number)).limit(1)).mappings().first()


def _many(
    connection: Connection, tenant: str, kind: str, name: str | None, *, limit: int | None
) -> Iterable[RowMapping]:
    table = _TABLES[kind]
    query = _of_kind(tenant, kind, name)
    query = query.order_by(desc(table.c.created_at), table.c.name, desc(table.c.number))
    return connection.execute(query.limit(limit)).mappings()


def _row(version: ModelVersion | Prompt, as_text: tuple[str, ...]) -> dict[str, Any]:
    row = msgspec.structs.asdict(version)
    del row["ref"]
    return row | {name: msgspec.json.encode(row[name]).decode() for name in as_text}


def _model_of(row: RowMapping) -> ModelVersion:
    values = {name: row[name] for name in ModelVersion.__struct_fields__ if name != "ref"}
    for name in ("signature", "metrics", "environment"):
        values[name] = msgspec.json.decode(row[name])
    return ModelVersion(ref=_ref(row), **values)


def _prompt_of(row: RowMapping) -> Prompt:
    values = {name: row[name] for name in Prompt.__struct_fields__ if name != "ref"}
    values["parameters"] = msgspec.json.decode(row["parameters"])
    for name in ("variables", "tools"):
        values[name] = msgspec.json.decode(row[name], type=tuple[str, ...])
    return Prompt(ref=_ref(row), **values)


def _ref(row: RowMapping) -> str:
    return f"{row['name']}@{row['number']}"
