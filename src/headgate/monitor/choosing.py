"""Chooses for a new monitor what is normal, which columns count, and says why of each choice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.times import render
from headgate.monitor.baseline import family, is_told, plain
from headgate.monitor.documents import Columns, Days, Labels, Monitor
from headgate.monitor.performance import answered
from headgate.monitor.performance.scored import scores_in
from headgate.monitor.requests import Choice, InitMonitor
from headgate.monitor.seen import Reservoir
from headgate.monitor.watching import Stretch, Watch
from headgate.monitor.windows import floored
from headgate.spine.store.reading import target_of
from headgate.spine.store.scanning import live_dataset
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.ports import Reference

DAY = timedelta(days=1)
N_DAYS, N_ANSWERED = 28, 7
"""Days of a dataset, and of answers, that count as normal at most [days]."""
N_LOOKED = 20_000
"""Rows by which columns are chosen [count]."""
N_IMPORTANT = 10
"""Columns that count as important at most where the model ranks them [count]."""
CARRIED = 0.9
"""Share of all weights that important columns carry together [ratio]."""
N_IDS = 100
"""So many different values, and no two alike, make an id of a column [count]."""
ID_NAMES = re.compile(r"(^|[_.-])(id|uuid|guid|key)$", re.IGNORECASE)
RANKED = ("importances", "feature_importances", "importance")
LISTED = ("inputs", "features", "takes", "columns")


class Found:
    """What a new monitor is chosen by.

    Args:
        watch: what is watched.
        request: what was asked for.

    Attributes:
        references: the snapshots it is held against.
        learned: their columns.
    """

    def __init__(self, watch: Watch, request: InitMonitor) -> None:
        self.request = request
        self.watch = watch
        self.span = watch.span()
        self.references = () if request.reference not in (None, "lineage") else watch.references()
        self.learned: frozenset[str] = frozenset()
        self.choices: list[Choice] = []

    def chose(self, key: str, value: str, why: str) -> None:
        """Note a choice."""
        self.choices.append(Choice(key, value, why))

    @property
    def recent(self) -> pa.Table:
        """Some of what came."""
        if self.span is None:
            return pa.table({})
        kept = Reservoir(N_LOOKED)
        newest = Stretch(self.span[1] - DAY * N_ANSWERED, self.span[1] + timedelta(seconds=1))
        for part in self.watch.rows(newest):
            kept.add(part)
        return kept.rows()


def reference_of(found: Found) -> str | Days:
    """Choose what data is held against."""
    asked, watch = found.request.reference, found.request.watch
    if asked is not None and asked != "lineage":
        found.chose("reference", asked, "as asked")
        return asked
    if asked == "lineage" or found.references:
        named = " and ".join(
            f"{one.dataset}@{one.number}, by {' > '.join(one.path) or 'lineage'}"
            for one in found.references
        )
        found.chose("reference", "lineage", f"{watch} learned from {named or 'nothing known'}")
        return "lineage"
    if found.span is None:
        found.chose("reference", "lineage", f"nothing came from {watch} yet")
        return "lineage"
    ending = floored(found.span[1], DAY)
    days = max(1, min(N_DAYS, (ending - floored(found.span[0], DAY)).days))
    if ending <= found.span[0]:
        ending += DAY
    said = f"{days} days to {render(ending)[:10]}"
    found.chose("reference", said, "lineage leads to no snapshot, so the days until now are normal")
    return Days(days, render(ending)[:10])


def answers_of(found: Found) -> Days | None:
    """Choose which answers count as normal: the first days of the deployment."""
    if found.span is None or not found.request.watch.startswith("deployment:"):
        return None
    first = floored(found.span[0], DAY)
    days = max(1, min(N_ANSWERED, (floored(found.span[1], DAY) - first).days))
    ending = render(first + DAY * days)[:10]
    why = "predictions, confidence and outcome of the first days are taken for normal"
    found.chose("answers", f"{days} days to {ending}", why)
    return Days(days, ending)


def excluded(found: Found, data: pa.Table, recent: pa.Table) -> tuple[str, ...]:
    """Choose columns that are not looked at, for time or chance alone moves them.

    Args:
        found: what is chosen by.
        data: rows of the reference.
        recent: rows that came lately.
    """
    left: list[str] = []
    served = set(recent.column_names) if recent.num_rows else None
    is_answering = found.request.watch.startswith("deployment:")
    for name in dict.fromkeys([*data.column_names, *recent.column_names]):
        if (is_answering and is_told(name)) or name == "at":
            continue
        column = (data if name in data.column_names else recent)[name]
        why = _reason(name, column)
        if not why and is_answering and served is not None and name not in served:
            why = "it is not served: what the model is to tell, or was left out"
        if not why and found.learned and name not in found.learned:
            why = "it is served, but nothing was learned from it"
        if why:
            left.append(name)
            found.chose("columns.exclude", name, why)
    return tuple(left)


def positive(found: Found, recent: pa.Table) -> str | None:
    """Choose the class that confidence is of: the one of two where it is higher.

    Where confidence never falls below one half it is that of whatever was answered.
    """
    needed = {"label", "confidence"}
    if not needed <= set(recent.column_names):
        return None
    known = recent.select(sorted(needed)).drop_null()
    low: Any = pc.min(known["confidence"])
    means = known.group_by("label").aggregate([("confidence", "mean")]).to_pylist()
    if len(means) != 2 or low.as_py() >= 0.5:  # noqa: PLR2004 - of two classes; one half
        return None
    highest = max(means, key=lambda one: one["confidence_mean"])
    name = str(highest["label"])
    found.chose("labels.positive", name, "confidence is higher where this came true")
    return name


def labels_of(found: Found, recent: pa.Table) -> Labels:
    """Choose how what was answered is held against what came true.

    Args:
        found: what is chosen by.
        recent: rows that came lately.
    """
    columns = answered.Columns()
    if {columns.label, columns.prediction} <= set(recent.column_names):
        scores = scores_in(answered.labelled(recent, columns), columns)
        if scores is not None:
            why = "predictions lie from 0 to 1 beside two classes, so they are taken for scores"
            found.chose("labels.predictions", f"scores of {scores.positive}", why)
            return Labels(positive=scores.positive, predictions="scores")
    return Labels(positive=positive(found, recent))


def important(context: Context, found: Found, columns: Iterable[str]) -> tuple[str, ...]:
    """Choose the columns that matter to the model, as it was registered."""
    known = list(columns)
    for part in dict.fromkeys(part for one in found.references for part in one.path):
        explained = _explained(context, part)
        signature = explained.get("signature") if explained else None
        if isinstance(signature, Mapping):
            ranked, why = _ranked(signature, known)
            if ranked:
                text = f"{part} {why}"
                found.chose("columns.important", ", ".join(ranked), text)
                return ranked
    return ()


def learned_of(context: Context, references: Iterable[Reference]) -> frozenset[str]:
    """Name the columns of some snapshots."""
    snapshots = [find_snapshot(context, one.dataset, str(one.number)) for one in references]
    return frozenset(column.name for one in snapshots for column in one.columns)


def data_of(context: Context, references: Iterable[Reference]) -> pa.Table:
    """Read some rows of the nearest snapshot."""
    for one in references:
        snapshot = find_snapshot(context, one.dataset, str(one.number))
        manifest = manifest_of(context, snapshot)
        rows = live_dataset(context.blobs, manifest.segments, target_of(manifest))
        kept = Reservoir(N_LOOKED)
        for batch in rows.scanner().to_batches():
            kept.add(pa.Table.from_batches([batch]))
        return kept.rows()
    return pa.table({})


def _reason(name: str, column: Any) -> str:
    values = plain(column).drop_null()
    kind = family(values.type)
    if kind == "time":
        return "time goes on"
    is_whole = pa.types.is_integer(values.type)
    if kind not in ("text", "number") or not (is_whole or kind == "text") or not len(values):
        return ""
    n_distinct: Any = pc.count_distinct(values)
    is_unique = n_distinct.as_py() == len(values) and len(values) >= N_IDS
    if is_unique and (is_whole or ID_NAMES.search(name)):
        return "no two rows have the same: an id"
    if ID_NAMES.search(name) and n_distinct.as_py() > len(values) / 2:
        return "an id, by its name and its many values"
    return ""


def _explained(context: Context, part: str) -> dict[str, Any] | None:
    if not re.fullmatch(r"[A-Za-z][\w.-]*@\d+", part):
        return None
    return context.registry.holder("models").explain(context, f"model:{part}")


def _ranked(signature: Mapping[str, Any], known: list[str]) -> tuple[tuple[str, ...], str]:
    """Take the columns from a model's signature: ranked ones, else those that it lists."""
    for key in RANKED:
        weights = signature.get(key)
        if isinstance(weights, Mapping):
            why = f"says in {key} that these carry nine tenths of its answers"
            return _heaviest(weights, known), why
    for key in LISTED:
        listed = signature.get(key)
        names = list(listed) if isinstance(listed, (list, tuple, Mapping)) else []
        chosen = tuple(name for each in names if (name := _name_of(each)) in known)
        if chosen:
            return chosen, f"takes these, by {key} of its signature"
    return (), ""


def _heaviest(weights: Mapping[str, Any], known: list[str]) -> tuple[str, ...]:
    """Take the columns of the largest weights, until they carry nine tenths of all."""
    numbers = {
        name: abs(weight)
        for name, weight in weights.items()
        if name in known and isinstance(weight, (int, float))
    }
    order = sorted(numbers, key=lambda name: -numbers[name])
    reached = list(accumulate((numbers[name] for name in order), initial=0.0))
    wanted = CARRIED * reached[-1]
    return tuple(name for name, below in zip(order, reached, strict=False) if below < wanted)[
        :N_IMPORTANT
    ]


def _name_of(each: Any) -> str:
    return str(each.get("name", "")) if isinstance(each, Mapping) else str(each)


def monitor_of(
    context: Context, watch: Watch, request: InitMonitor
) -> tuple[Monitor, list[Choice]]:
    """Choose everything of a new monitor.

    Args:
        context: the project.
        watch: what is watched.
        request: what was asked for.
    """
    from headgate.monitor.referencing import references_of

    found = Found(watch, request)
    reference = reference_of(found)
    answers = answers_of(found)
    bare = Monitor(
        monitor=request.name,
        watch=request.watch,
        reference=reference,
        answers=answers,
        window=request.window,
        time=request.time,
        owner=request.owner,
    )
    if isinstance(reference, str):
        found.references = references_of(watch, bare)
    found.learned = learned_of(context, found.references)
    data, recent = data_of(context, found.references), found.recent
    left = excluded(found, data, recent)
    names = [name for name in data.column_names or recent.column_names if name not in left]
    columns = Columns(exclude=left, important=important(context, found, names))
    labels = labels_of(found, recent)
    return msgspec.structs.replace(bare, columns=columns, labels=labels), found.choices
