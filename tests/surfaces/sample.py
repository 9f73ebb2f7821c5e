"""Operations that only tests declare: every kind of request, body and reply, on plain files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pyarrow as pa
from blake3 import blake3

from headgate.core.errors import Conflict, NotFound
from headgate.spine.context import Context, Step
from headgate.spine.operations import Rows, operation


class KeepShelf(msgspec.Struct, frozen=True):
    """What to keep on a shelf.

    Args:
        name: the shelf's name.
        mode: whether what is there stays.
        labels: words to find it by.
        limits: the most of each kind that may stand there.
        since: since when it is kept,
            seen from the keeper.
        from_: where it came from.
        run: the run that made it.
    """

    name: str
    mode: Literal["append", "replace"] = "append"
    labels: tuple[str, ...] = ()
    limits: dict[str, int] = {}
    since: datetime | None = None
    from_: str | None = msgspec.field(name="from", default=None)
    run: str | None = None


class Shelf(msgspec.Struct, frozen=True):
    """A shelf as it stands."""

    name: str
    n_rows: int
    actor: str
    request: dict[str, Any]
    notes: tuple[Note, ...] = ()


class Note(msgspec.Struct, frozen=True):
    """A remark on a shelf."""

    text: str
    weight: float


class ReadShelf(msgspec.Struct, frozen=True):
    """Which shelf to read."""

    name: Annotated[str, msgspec.Meta(description="the shelf's name")]
    columns: Annotated[list[str], msgspec.Meta(description="the columns wanted; all if none")] = []


class Nothing(msgspec.Struct, frozen=True):
    """A request that holds nothing."""


class Box(msgspec.Struct, frozen=True):
    """How to box bytes.

    Args:
        label: what stands on the box.
        times: how often the bytes go in [count].
    """

    label: str
    times: int = 1


class Judge(msgspec.Struct, frozen=True):
    """A judgment.

    Args:
        value: a word, a number or a truth.
    """

    value: str | bool | int | float


class Fail(msgspec.Struct, frozen=True):
    """How to fail.

    Args:
        kind: in which way.
    """

    kind: Literal["not-found", "conflict", "disk", "bug", "interrupt"]


@operation("shelf.keep", writes=True)
def keep(ctx: Context, request: KeepShelf, rows: Rows) -> Shelf:
    """Keep rows on a shelf.

    They stay there until the next call.
    """
    ctx.progress(Step("keep", rows.num_rows, rows.num_rows))
    path = str(ctx.root / f"{request.name}.arrow")
    with pa.OSFile(path, "wb") as sink, pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return Shelf(
        name=request.name,
        n_rows=rows.num_rows,
        actor=ctx.actor,
        request=_told(request),
        notes=(Note("kept", 0.5),),
    )


@operation("shelf.read")
def read(ctx: Context, request: ReadShelf) -> Rows:
    """Read the rows of a shelf."""
    path = ctx.root / f"{request.name}.arrow"
    if not path.exists():
        known = [file.stem for file in ctx.root.glob("*.arrow")]
        raise NotFound.among("shelf", request.name, known)
    with pa.OSFile(str(path), "rb") as source:
        rows = pa.ipc.open_stream(source).read_all()
    return rows.select(request.columns) if request.columns else rows


@operation("shelf.list")
def show_all(ctx: Context, request: Nothing) -> list[Note]:
    """List the shelves there are."""
    return [Note(file.stem, 1.0) for file in sorted(ctx.root.glob("*.arrow"))]


@operation("box")
def box(ctx: Context, request: Box, content: bytes) -> bytes:
    """Put bytes into a box."""
    return f"{request.label}:".encode() + content * request.times


@operation("judge")
def judge(ctx: Context, request: Judge) -> list[str]:
    """Say what kind of value a judgment is."""
    return [type(request.value).__name__, str(request.value)]


@operation("fail", bare=True)
def fail(ctx: Context, request: Fail) -> None:
    """Go wrong in the way asked for."""
    if request.kind == "conflict":
        raise Conflict("the shelf has moved", mend="read it again")
    if request.kind == "not-found":
        raise NotFound.among("shelf", "tols", ["tools", "toys"])
    if request.kind == "disk":
        raise OSError(28, "No space left on device", "/somewhere/segments")
    if request.kind == "interrupt":
        raise KeyboardInterrupt
    raise RuntimeError("a thing that cannot be")


class StartRun(msgspec.Struct, frozen=True):
    """What is run."""

    name: str
    parameters: dict[str, str] = {}
    code_hash: str | None = None
    environment: dict[str, str] = {}


class FinishRun(msgspec.Struct, frozen=True):
    """How it ended."""

    run_id: str
    state: Literal["done", "failed"]
    error: str | None = None
    metrics: dict[str, float | None] = {}


class RunMade(msgspec.Struct, frozen=True):
    """A run as it stands."""

    run_id: str
    told: dict[str, Any]


class RegisterModel(msgspec.Struct, frozen=True):
    """What is registered."""

    name: str
    run: str | None = None
    filename: str = ""
    format: str = ""
    signature: dict[str, Any] = {}
    metrics: dict[str, float] = {}
    code_hash: str | None = None
    environment: dict[str, str] = {}


class NameModel(msgspec.Struct, frozen=True):
    """Which model."""

    ref: str


class ModelKept(msgspec.Struct, frozen=True):
    """A model as it stands."""

    ref: str
    digest: str
    format: str
    told: dict[str, Any]


class ModelShown(msgspec.Struct, frozen=True):
    """A model with what is known of it."""

    version: ModelKept


@operation("run.start", writes=True)
def start(ctx: Context, request: StartRun) -> RunMade:
    """Start a run."""
    return RunMade(run_id=f"run_{request.name}", told=_told(request))


@operation("run.finish", writes=True)
def finish(ctx: Context, request: FinishRun) -> RunMade:
    """Finish a run."""
    (ctx.root / "finished.json").write_bytes(msgspec.json.encode(request))
    return RunMade(run_id=request.run_id, told=_told(request))


@operation("model.register", writes=True)
def register(ctx: Context, request: RegisterModel, content: bytes) -> ModelKept:
    """Register a model."""
    digest = blake3(content).hexdigest()
    kept = ModelKept(ref=request.name, digest=digest, format=request.format, told=_told(request))
    (ctx.root / f"{request.name}.model").write_bytes(content)
    (ctx.root / f"{request.name}.json").write_bytes(msgspec.json.encode(kept))
    return kept


@operation("model.show")
def show_model(ctx: Context, request: NameModel) -> ModelShown:
    """Show a model."""
    kept = (ctx.root / f"{request.ref}.json").read_bytes()
    return ModelShown(version=msgspec.json.decode(kept, type=ModelKept))


@operation("model.fetch")
def fetch(ctx: Context, request: NameModel) -> bytes:
    """Fetch a model's bytes."""
    return (ctx.root / f"{request.ref}.model").read_bytes()


def _told(request: msgspec.Struct) -> dict[str, Any]:
    return msgspec.json.decode(msgspec.json.encode(request))
