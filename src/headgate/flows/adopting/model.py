"""Takes a model that is in service already: its bytes, what it learned from, what it answered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.compute as pc
from blake3 import blake3

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.formats import SUFFIXES, load
from headgate.dataset.reads import remember
from headgate.flows.adopting.predictions import ID, adopt_predictions, mapped
from headgate.flows.adopting.reports import AdoptPredictions, ServiceAdopted
from headgate.ingest.operations import ingest
from headgate.ingest.requests import IngestRequest
from headgate.model.operations import register
from headgate.model.queries import same_model
from headgate.model.requests import RegisterModel
from headgate.pipeline.operations import FinishRun, StartRun, finish, start
from headgate.serve.deployments import get_deployment, promote
from headgate.serve.labelling import log_feedback
from headgate.serve.nouns import LogFeedback, PromoteDeployment
from headgate.serve.releases import get_release
from headgate.spine.context import Step
from headgate.spine.lineage.reads import readers_among
from headgate.spine.store.snapshots import find_snapshot

if TYPE_CHECKING:
    import pyarrow as pa

    from headgate.core.nouns import Snapshot
    from headgate.flows.adopting.reports import AdoptModel
    from headgate.spine.context import Context

FLAGS = ("at", "user", "id", "output", "confidence", "label")
"""What names a column of the answers."""
PICKLES = frozenset({".pickle", ".pkl", ".joblib"})


class _Counted(NamedTuple):
    """What came of one file of answers."""

    n_adopted: int
    n_known: int
    n_labels: int


def adopt_model(context: Context, request: AdoptModel) -> ServiceAdopted:
    """Register a model with what it learned from, deploy it, and log what it answered.

    Raises:
        NotFound: a file or column is not there.
        Invalid: a file is not what it claims to be, or there are no answers.
    """
    content = _bytes(request.weights)
    files = _files(request.answers) if request.answers else []
    if files:
        _require_columns(load(files[0]), request)
    training = f"{request.name}-training"
    ingest(context, IngestRequest(dataset=training, uri=request.training, source=training))
    snapshot = find_snapshot(context, training)
    model = _registered(context, request, content, snapshot)
    deployment = request.deployment or request.name
    release: str | None = None
    found: list[_Counted] = []
    for done, file in enumerate(files):
        context.progress(Step("adopting", done, len(files), "files"))
        counted, release = _answers(context, request, load(file), (model, deployment))
        found.append(counted)
    points_at, moved_from = _in_service(context, deployment, release, model)
    return ServiceAdopted(
        model=model,
        learned_from=f"{snapshot.dataset}@{snapshot.number}",
        deployment=deployment,
        release=release,
        points_at=points_at,
        moved_from=moved_from,
        n_files=len(files),
        n_adopted=sum(one.n_adopted for one in found),
        n_known=sum(one.n_known for one in found),
        n_labels=sum(one.n_labels for one in found),
    )


def _require_columns(rows: pa.Table, request: AdoptModel) -> None:
    """Refuse a flag that names no column, before anything is written."""
    there = rows.column_names
    for flag in FLAGS:
        name = getattr(request, flag)
        if name is not None and name not in there:
            raise NotFound(
                f"the answers have no column {name!r}",
                mend=f"name one with --{flag}: {', '.join(there)}",
            )


def _registered(context: Context, request: AdoptModel, content: bytes, snapshot: Snapshot) -> str:
    """Register the model under a run that read the snapshot; the same once."""
    tenant = context.tenant
    with context.catalog.read() as connection:
        readers = readers_among(connection, tenant, snapshot.dataset, [snapshot.number])
        digest = blake3(content).hexdigest()
        for reader in sorted(readers):
            known = same_model(connection, tenant, request.name, digest, reader)
            if known is not None:
                return known.ref
    run_id = start(context, StartRun(name=f"train-{request.name}")).run_id
    remember(context, run_id, snapshot)
    finish(context, FinishRun(run_id=run_id, state="done"))
    path = Path(request.weights)
    asked = RegisterModel(
        request.name,
        run=run_id,
        filename=path.name,
        format="pickle" if path.suffix in PICKLES else "file",
        notes="adopted",
    )
    return register(context, asked, content).ref


def _answers(
    context: Context, request: AdoptModel, rows: pa.Table, about: tuple[str, str]
) -> tuple[_Counted, str | None]:
    model, deployment = about
    own = {request.at, request.user, request.id, request.output, request.confidence, request.label}
    asked = AdoptPredictions(
        deployment=deployment,
        model=model,
        at=request.at,
        user=request.user,
        id=request.id,
        input=tuple(name for name in rows.column_names if name not in own),
        output=request.output,
        confidence=request.confidence,
    )
    labels = None
    if request.label is not None:
        if request.label not in rows.column_names:
            raise NotFound.among("column", request.label, rows.column_names)
        labels = rows[request.label]
        rows = rows.drop_columns([request.label])
    told = adopt_predictions(context, asked, rows)
    n_labels = 0 if labels is None else _labelled(context, mapped(rows, asked), labels)
    return _Counted(told.n_adopted, told.n_known, n_labels), told.release


def _in_service(
    context: Context, deployment: str, release: str | None, model: str
) -> tuple[str | None, str | None]:
    """Point a deployment at a model that is new to it; one it was taken back from stays back.

    Returns:
        The release the deployment points at, and where it pointed if it was moved.
    """
    if release is None:
        return None, None
    with context.catalog.read() as connection:
        standing = get_deployment(connection, context.tenant, deployment)
        held = standing.release and get_release(connection, context.tenant, standing.release).model
    if held == model or any(one.to_release == release for one in standing.moves):
        return standing.release, None
    moved = promote(context, PromoteDeployment(deployment, release, reason="adopted"))
    return moved.to_release, moved.from_release


def _labelled(context: Context, predictions: pa.Table, labels: Any) -> int:
    table = predictions.select([ID, "at"]).append_column("value", labels)
    table = table.filter(pc.invert(labels.is_null(nan_is_null=True)))
    return log_feedback(context, LogFeedback(), table).n_logged if table.num_rows else 0


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"no file {path}", mend="name the file the model was saved to") from None


def _is_answers(path: Path) -> bool:
    return path.suffix in SUFFIXES and path.is_file()


def _files(path: str) -> list[str]:
    """List files of answers, a folder's by name."""
    place = Path(path)
    if not place.exists():
        raise NotFound(f"nothing is at {path}", mend="name a file or folder of past answers")
    if not place.is_dir():
        return [path]
    found = sorted(str(one) for one in place.iterdir() if _is_answers(one))
    if not found:
        known = ", ".join(sorted(SUFFIXES))
        raise Invalid(f"no file of {path} ends in one of {known}", mend="name another folder")
    return found
