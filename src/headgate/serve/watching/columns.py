"""The columns of a window of predictions: features, answers, labels, each with one type throughout.

A field of the input stands under its name, a field of an object in it as `object.field`, and a
field of the answer as `output.field`. A field whose name is taken stands as `input.field`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from headgate.serve.schema import whole
from headgate.serve.watching import standing
from headgate.serve.watching.labels import Labels, newest_labels
from headgate.serve.watching.slices import read_slice
from headgate.spine.store.settling import as_kind, common
from headgate.spine.store.unpacking import WHOLE, Path, Shape, shape_of, type_of, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.serve.watching.slices import Slice
    from headgate.spine.context import Context

ANSWERS = ("prediction", "label", "class", "score", "answer")
"""Fields of an answer that is an object under which its answer proper usually stands, in order."""
KEPT = ("confidence", "latency_ms", "n_tokens_in", "n_tokens_out", "cost")
FIXED = ("prediction_id", "at", "release", "prediction", *KEPT, "label", "labelled_at")
"""Columns that are always there, before the features."""
_OUTPUT = "output."


class Wanted(msgspec.Struct, frozen=True):
    """Which columns are asked for; all if none is named."""

    names: tuple[str, ...] = ()

    def has(self, *names: str) -> bool:
        """Say whether one of some columns is asked for."""
        return not self.names or any(name in self.names for name in names)

    @property
    def has_output(self) -> bool:
        """Say whether something of the answer is asked for."""
        return self.has("prediction") or any(name.startswith(_OUTPUT) for name in self.names)

    @property
    def has_input(self) -> bool:
        """Say whether a feature is asked for."""
        known = [name for name in self.names if name in FIXED or name.startswith(_OUTPUT)]
        return not self.names or len(known) < len(self.names)


class Window(NamedTuple):
    """What stands in the columns of a window.

    Args:
        input: fields of the inputs.
        output: fields of the answers.
        rows: columns of the rows that predictions without an input were computed from.
        labels: the newest label of each prediction.
        truth: fields of the labels.
    """

    input: Shape
    output: Shape
    rows: dict[str, pa.DataType]
    labels: Labels
    truth: Shape


def look_through(context: Context, slices: Sequence[Slice], wanted: Wanted) -> Window:
    """Find out which columns a window has, and their types."""
    given, answers = Shape(), Shape()
    snapshots: set[str] = set()
    ids: list[Any] = []
    needed = _needed(wanted)
    for one in slices:
        table = read_slice(context, one, needed)
        if wanted.has_input:
            given |= shape_of(whole(table, "input"))
            snapshots |= standing.snapshots_named(table)
        if wanted.has_output:
            answers |= shape_of(whole(table, "output"))
        ids.append(whole(table, "prediction_id"))
    has_labels = wanted.has("label", "labelled_at")
    listed = pa.concat_arrays(ids) if ids and has_labels else pa.array([], pa.string())
    labels = newest_labels(context, listed)
    rows = standing.types_of(context, snapshots)
    return Window(given, answers, rows, labels, shape_of(labels.values))


def columns_of(context: Context, one: Slice, window: Window, wanted: Wanted) -> pa.Table:
    """Read a slice of a window, its columns unpacked."""
    plain = ("prediction_id", "at", "release", *KEPT)
    table = read_slice(context, one, list(dict.fromkeys([*_needed(wanted), *plain])))
    found: dict[str, Any] = {name: whole(table, name) for name in plain}
    if wanted.has_output:
        found |= _answers(whole(table, "output"), window.output)
    if wanted.has("label", "labelled_at"):
        found |= _truths(found["prediction_id"], window)
    if wanted.has_input:
        found |= _features(context, table, window, wanted)
    order = [name for name in FIXED if name in found]
    order += [name for name in found if name not in FIXED]
    return pa.table({name: found[name] for name in order if name == "at" or wanted.has(name)})


def _needed(wanted: Wanted) -> list[str]:
    names = ["prediction_id"]
    names += standing.COLUMNS if wanted.has_input else ()
    return [*names, "output"] if wanted.has_output else names


def _answers(texts: Any, shape: Shape) -> dict[str, Any]:
    found = {"prediction": _answer(texts, shape)}
    fields = {path: type_of(shape, path) for path in shape.leaves()}
    for path, column in unpack(texts, fields).items():
        found[_OUTPUT + ".".join(path)] = column
    return found


def _answer(texts: Any, shape: Shape) -> Any:
    """Read what is the answer proper: the whole text, or its field that usually is."""
    paths: list[Path] = [WHOLE]
    paths += [(name,) for name in ANSWERS if (name,) in shape.kinds][:1]
    kind = type_of(shape, *paths)
    return pc.coalesce(*unpack(texts, dict.fromkeys(paths, kind)).values())


def _truths(ids: Any, window: Window) -> dict[str, Any]:
    values, at = window.labels.aligned(ids)
    return {"label": _answer(values, window.truth), "labelled_at": at}


def _features(context: Context, table: pa.Table, window: Window, wanted: Wanted) -> dict[str, Any]:
    """Read features from the inputs, and from rows where predictions have no input."""
    paths = {name: path for name, path in _named(window.input).items() if wanted.has(name)}
    kinds = {path: type_of(window.input, path) for path in paths.values()}
    given = unpack(whole(table, "input"), kinds)
    found = {name: given[path] for name, path in paths.items()}
    rows = {name: kind for name, kind in window.rows.items() if wanted.has(_free(name, ()))}
    for column, held in standing.features_of(context, table, rows).items():
        name = _free(column, ())
        other = found.get(name, held)
        kind = common(other.type, held.type)
        found[name] = pc.coalesce(as_kind(other, kind), as_kind(held, kind))
    return found


def _named(shape: Shape) -> dict[str, Path]:
    """Name the column of each field of the inputs."""
    names: dict[str, Path] = {"input": WHOLE} if shape.has_whole else {}
    for path in shape.leaves():
        names[_free(".".join(path), names)] = path
    return names


def _free(name: str, taken: Iterable[str]) -> str:
    is_taken = name in FIXED or name in taken or name.startswith(_OUTPUT)
    return f"input.{name}" if is_taken else name
