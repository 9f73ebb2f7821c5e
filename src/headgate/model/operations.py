"""The verbs on models and prompts: register, create, list, show, fetch, diff.

Notes and messages may name people, so they stay in the tables, where they can be erased; the
events hold neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Invalid, NotFound
from headgate.core.refs import check_name
from headgate.core.times import now
from headgate.model.numbering import missing, read_ref
from headgate.model.prompts import (
    Prompt,
    PromptDiff,
    PromptList,
    content_digest,
    diff,
    variables_of,
)
from headgate.model.requests import (
    CreatePrompt,
    DiffPrompts,
    ListVersions,
    RegisterModel,
    WhichModel,
    WhichPrompt,
)
from headgate.model.versions import (
    ModelDetail,
    ModelList,
    ModelVersion,
    blob_key,
    checked_filename,
)
from headgate.spine.context import Context
from headgate.spine.operations import operation

if TYPE_CHECKING:
    from sqlalchemy import Connection


@operation("model.register", writes=True)
def register(context: Context, request: RegisterModel, content: bytes) -> ModelVersion:
    """Register a version of a model; the same bytes from the same run are registered once.

    Raises:
        Invalid: there are no bytes, or a name cannot be one.
        NotFound: there is no such run.
    """
    from blake3 import blake3

    from headgate.model import queries
    from headgate.spine.work import Work

    name = check_name("model", request.name)
    if not content:
        raise Invalid(f"model {name} holds no bytes", mend="give the file it was saved to")
    filename = checked_filename(request.filename, name, request.format)
    request = msgspec.structs.replace(request, filename=filename)
    digest = blake3(content).hexdigest()
    context.blobs.put(blob_key(digest), content)
    context.blobs.settle()
    with Work(context) as work:
        connection, tenant = work.connection, context.tenant
        _check_run(connection, tenant, request.run)
        work.require(blob_key(digest))
        known = queries.same_model(connection, tenant, name, digest, request.run)
        if known is not None:
            return known
        number = queries.newest(connection, tenant, "model").get(name, 0) + 1
        version = _version_of(context, request, digest, len(content), number=number)
        queries.put_model(connection, tenant, version)
        payload: dict[str, object] = {"run": version.run_id, "digest": digest}
        payload |= {"n_bytes": version.n_bytes, "format": version.format}
        work.record("model_registered", f"model:{version.ref}", payload)
        return queries.get_model(connection, tenant, name, number)


@operation("model.list")
def list_models(context: Context, request: ListVersions) -> ModelList:
    """List versions of models, the newest first.

    Raises:
        NotFound: no model has the name.
    """
    from headgate.model import queries

    with context.catalog.read() as connection:
        found = queries.list_models(connection, context.tenant, request.name, limit=request.limit)
        if request.name is not None and not found:
            names = queries.newest(connection, context.tenant, "model")
            raise missing("model", request.name, None, names)
    return ModelList(models=tuple(found))


@operation("model.show")
def show_model(context: Context, request: WhichModel) -> ModelDetail:
    """Show a version of a model and the snapshots it learned from.

    Raises:
        NotFound: there is no such version.
    """
    from headgate.model import queries
    from headgate.spine.lineage.reads import reads_of

    with context.catalog.read() as connection:
        version = queries.get_model(connection, context.tenant, *read_ref("model", request.ref))
        runs = [] if version.run_id is None else [version.run_id]
        reads = reads_of(connection, context.tenant, runs)
    learned = [read.seen for read in reads]
    return ModelDetail(
        version=version, reads=tuple(learned), lineage="known" if learned else "unknown"
    )


@operation("model.fetch")
def fetch(context: Context, request: WhichModel) -> bytes:
    """Fetch the bytes of a model, its digest verified first.

    Raises:
        NotFound: there is no such version, or the store has lost it.
        Invalid: the bytes are not those that were registered.
    """
    from blake3 import blake3

    from headgate.model import queries

    with context.catalog.read() as connection:
        version = queries.get_model(connection, context.tenant, *read_ref("model", request.ref))
    content = context.blobs.get(blob_key(version.digest))
    if blake3(content).hexdigest() != version.digest:
        raise Invalid(
            f"model {version.ref} does not have the digest it was registered with",
            mend=f"do not load it; restore {blob_key(version.digest)} from a backup",
        )
    return content


@operation("prompt.create", writes=True)
def create_prompt(context: Context, request: CreatePrompt) -> Prompt:
    """Make the next version of a prompt; the content of the newest version makes none.

    Raises:
        Invalid: the template is empty, the schema is no JSON object, or the name cannot be one.
    """
    from headgate.model import queries
    from headgate.spine.work import Work

    name = check_name("prompt", request.name)
    if not request.template.strip():
        raise Invalid(f"the template of prompt {name} is empty", mend="give its text")
    digest = content_digest(
        request.template, request.parameters, request.tools, request.output_schema
    )
    with Work(context) as work:
        known = queries.find_prompt(work.connection, context.tenant, name)
        if known is not None and known.digest == digest:
            return known
        number = 1 if known is None else known.number + 1
        prompt = _prompt_of(context, request, digest, number)
        queries.put_prompt(work.connection, context.tenant, prompt)
        work.record("prompt_created", f"prompt:{prompt.ref}", {"digest": digest})
    return prompt


@operation("prompt.list")
def list_prompts(context: Context, request: ListVersions) -> PromptList:
    """List versions of prompts, the newest first.

    Raises:
        NotFound: no prompt has the name.
    """
    from headgate.model import queries

    with context.catalog.read() as connection:
        found = queries.list_prompts(connection, context.tenant, request.name, limit=request.limit)
        if request.name is not None and not found:
            names = queries.newest(connection, context.tenant, "prompt")
            raise missing("prompt", request.name, None, names)
    return PromptList(prompts=tuple(found))


@operation("prompt.show")
def show_prompt(context: Context, request: WhichPrompt) -> Prompt:
    """Show a version of a prompt.

    Raises:
        NotFound: there is no such version.
    """
    from headgate.model import queries

    with context.catalog.read() as connection:
        return queries.get_prompt(connection, context.tenant, *read_ref("prompt", request.ref))


@operation("prompt.diff")
def diff_prompts(context: Context, request: DiffPrompts) -> PromptDiff:
    """Show how a version of a prompt differs from another.

    Raises:
        NotFound: there is no such version.
    """
    from headgate.model import queries

    with context.catalog.read() as connection:
        before, after = (
            queries.get_prompt(connection, context.tenant, *read_ref("prompt", ref))
            for ref in (request.a, request.b)
        )
    return diff(before, after)


def _check_run(connection: Connection, tenant: str, run: str | None) -> None:
    from headgate.model import queries
    from headgate.spine.lineage.runs import newest_runs

    if run is not None and not queries.has_run(connection, tenant, run):
        raise NotFound.among("run", run, newest_runs(connection, tenant))


def _version_of(
    context: Context, request: RegisterModel, digest: str, n_bytes: int, *, number: int
) -> ModelVersion:
    return ModelVersion(
        ref=f"{request.name}@{number}",
        name=request.name,
        number=number,
        digest=digest,
        filename=request.filename,
        format=request.format,
        n_bytes=n_bytes,
        signature=request.signature,
        metrics=request.metrics,
        code_hash=request.code_hash,
        environment=request.environment,
        run_id=request.run,
        created_at=now(),
        created_by=context.actor,
        notes=request.notes,
    )


def _prompt_of(context: Context, request: CreatePrompt, digest: str, number: int) -> Prompt:
    return Prompt(
        ref=f"{request.name}@{number}",
        name=request.name,
        number=number,
        template=request.template,
        variables=variables_of(request.template),
        parameters=request.parameters,
        tools=request.tools,
        output_schema=request.output_schema,
        digest=digest,
        message=request.message,
        created_at=now(),
        created_by=context.actor,
    )
