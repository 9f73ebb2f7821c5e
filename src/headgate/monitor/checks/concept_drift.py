"""When a model began to err more: the errors of labelled rows, one by one, in the order of time.

Two detectors of river read the stream: ADWIN (Bifet and Gavaldà 2007), which compares the newer
part of what it remembers with the older, and Page-Hinkley (Page 1954), which adds up what errors
exceed their mean by. What they remember is kept as errors and moments, and read to them again
before the next window: no object of a library is stored.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from headgate.core.errors import Invalid
from headgate.monitor.documents import Count
from headgate.monitor.metrics._libraries import needing
from headgate.monitor.metrics._numbers import Floats
from headgate.monitor.nouns import Measured
from headgate.monitor.performance.answered import (
    Columns,
    Kind,
    column_of,
    finite_in,
    given,
    kind_in,
    labelled,
    names_of,
)
from headgate.monitor.performance.scored import Scores, as_answers, scores_in

if TYPE_CHECKING:
    import pyarrow as pa

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
N_BEFORE = 30
"""Errors that are read before a detector may speak [count]."""


class ConceptSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a stream of errors is watched.

    Args:
        columns: where answers and labels stand.
        time: when a row came.
        n_kept: newest errors that are remembered between windows [count].
        floor: a rise of the mean error below this raises no alert [standard deviations of an error
            of the reference].
        confidence: ADWIN takes a change for chance up to here [ratio].
        tolerance: Page-Hinkley bears errors above their mean up to here [standard deviations].
        limit: Page-Hinkley speaks once the rest adds up to more [standard deviations]. Without
            forgetting and at these two, 600,000 errors of three frequencies gave three false calls.
    """

    columns: Columns = Columns()
    time: str = "at"
    n_kept: Count = 20_000
    floor: float = 0.1
    confidence: Annotated[float, Meta(gt=0, le=0.5)] = 0.002
    tolerance: float = 0.1
    limit: float = 50.0


DEFAULT = ConceptSettings()


class ConceptReference(msgspec.Struct, frozen=True):
    """How large errors were, and the newest of them.

    Args:
        mean: of the reference [1 for a wrong class, or the unit of the labels].
        spread: standard deviation of one error of the reference.
        n: labelled rows of the reference [count].
        errors: the newest, oldest first, float64, shape (k,).
        moments: when each came, int64, shape (k,) [µs since 1970, UTC].
        forgotten: how many of them each detector passes over, for they lie before a change that
            it has told of [count].
        kind: whether labels are classes or numbers.
        scores: what predictions are scores of, if they are.
    """

    mean: float
    spread: float
    n: int
    errors: bytes = b""
    moments: bytes = b""
    forgotten: dict[str, int] = {}
    kind: Kind | None = None
    scores: Scores | None = None


class Stream(NamedTuple):
    """Errors in the order of time.

    Args:
        errors: shape (n,).
        moments: when each came, shape (n,) [µs since 1970, UTC].
    """

    errors: Floats
    moments: NDArray[np.int64]


class Change(NamedTuple):
    """A change of the mean error; ADWIN notices falls too, which raise no alert.

    Args:
        start: the first error of the newer part.
        seen: the error at which it was noticed.
        before: mean error of the older part.
        after: mean error of the newer part.
    """

    start: int
    seen: int
    before: float
    after: float


def fit_concept_drift(table: pa.Table, settings: ConceptSettings = DEFAULT) -> ConceptReference:
    """Measure the errors of a reference, and remember the newest.

    Args:
        table: answers and labels; rows without a label or a moment are left out.
        settings: where they stand.

    Raises:
        NotFound: a column is not there.
        Invalid: fewer than thirty rows are labelled, or a label, prediction or moment is none.
    """
    rows = labelled(table, settings.columns)
    scores = scores_in(rows, settings.columns)
    kind = kind_in(as_answers(rows, settings.columns, scores).rows, settings.columns)
    bare = ConceptReference(0.0, 1.0, rows.num_rows, kind=kind, scores=scores)
    stream = _stream(bare, rows, settings)
    if len(stream.errors) < N_BEFORE:
        raise Invalid(
            f"{len(stream.errors)} rows of the reference have a label; {N_BEFORE} are needed",
            mend="give a reference whose labels are known",
        )
    mean, spread = float(np.mean(stream.errors)), float(np.std(stream.errors))
    measured = msgspec.structs.replace(bare, mean=mean, spread=spread or 1.0, n=len(stream.errors))
    return _keeping(measured, stream, settings)


def concept_drift(
    reference: ConceptReference, window: pa.Table, settings: ConceptSettings = DEFAULT
) -> list[Measured]:
    """Read the errors of a window after those that are remembered.

    Args:
        reference: as fitted, or as carried on from the window before.
        window: its rows; those without a label or a moment are left out.
        settings: as for the reference.

    Returns:
        What each detector says, `adwin` and `page_hinkley`: the mean error after the first change
        that it noticed within this window, else that of the window; with `changed_at`, the
        moment from which errors are others, and `noticed_at` as evidence. Nothing without labels.

    Raises:
        NotFound: a column is not there.
        Invalid: a label, prediction or moment is none.
        Unavailable: river is not installed.
    """
    new = _stream(reference, window, settings)
    if not len(new.errors):
        return []
    known = _remembered(reference)
    stream = _joined(known, new)
    return [
        _measured(reference, name, (stream, new), change, settings)
        for name, change in _changes(reference, stream, len(known.errors), settings).items()
    ]


def carry_concept_drift(
    reference: ConceptReference, window: pa.Table, settings: ConceptSettings = DEFAULT
) -> ConceptReference:
    """Remember a window's errors for the next one; what lies before a change is forgotten.

    Args:
        reference: as the window was read by.
        window: its rows.
        settings: as for the reference.

    Raises:
        NotFound: a column is not there.
        Invalid: a label, prediction or moment is none.
        Unavailable: river is not installed.
    """
    new, known = _stream(reference, window, settings), _remembered(reference)
    stream = _joined(known, new)
    starts = {
        name: change.start if change else reference.forgotten.get(name, 0)
        for name, change in _changes(reference, stream, len(known.errors), settings).items()
    }
    n_spare = max(0, len(stream.errors) - settings.n_kept, min(starts.values()))
    rest = Stream(stream.errors[n_spare:], stream.moments[n_spare:])
    forgotten = {name: max(0, start - n_spare) for name, start in starts.items()}
    kept = _keeping(reference, rest, settings)
    return msgspec.structs.replace(kept, forgotten=forgotten)


def _changes(
    reference: ConceptReference, stream: Stream, n_known: int, settings: ConceptSettings
) -> dict[str, Change | None]:
    """Let each detector read what it has not forgotten; places are those in the whole stream."""
    found: dict[str, Change | None] = {}
    for name, detect in (("adwin", _adwin), ("page_hinkley", _page_hinkley)):
        start = min(reference.forgotten.get(name, 0), n_known)
        rest = Stream(stream.errors[start:], stream.moments[start:])
        change = detect(reference, rest, n_known - start, settings)
        found[name] = change and change._replace(
            start=change.start + start, seen=change.seen + start
        )
    return found


def _adwin(
    reference: ConceptReference, stream: Stream, n_known: int, settings: ConceptSettings
) -> Change | None:
    with needing("concept drift"):
        from river.drift import ADWIN
    detector = ADWIN(delta=settings.confidence, grace_period=N_BEFORE)
    for at, error in enumerate(_scaled(reference, stream)):
        width = detector.width
        detector.update(error)
        if detector.drift_detected and at >= n_known:
            change = _change(stream, at, since=at - int(width))
            if change.after - change.before >= settings.floor * reference.spread:
                return change
    return None


def _page_hinkley(
    reference: ConceptReference, stream: Stream, n_known: int, settings: ConceptSettings
) -> Change | None:
    with needing("concept drift"):
        from river.drift import PageHinkley
    detector = PageHinkley(
        min_instances=N_BEFORE,
        delta=settings.tolerance,
        threshold=settings.limit,
        alpha=1.0,
        mode="up",
    )
    since = 0
    for at, error in enumerate(_scaled(reference, stream)):
        detector.update(error)
        if not detector.drift_detected:
            continue
        change = _change(stream, at, since=since)
        since = at + 1
        if at >= n_known and change.after - change.before >= settings.floor * reference.spread:
            return change
    return None


def _change(stream: Stream, seen: int, *, since: int) -> Change:
    """Date a change that was noticed: where the means of both sides differ most (CUSUM)."""
    errors = stream.errors[max(0, since) : seen + 1]
    n = len(errors)
    older = np.arange(1, n)
    sums = np.cumsum(errors)
    gaps = (sums[-1] - sums[:-1]) / (n - older) - sums[:-1] / older
    split = int(np.argmax(np.abs(gaps) * np.sqrt(older * (n - older)))) + 1
    before, after = float(np.mean(errors[:split])), float(np.mean(errors[split:]))
    return Change(max(0, since) + split, seen, before, after)


def _measured(
    reference: ConceptReference,
    name: str,
    streams: tuple[Stream, Stream],
    change: Change | None,
    settings: ConceptSettings,
) -> Measured:
    stream, new = streams
    before = change.before if change else reference.mean
    evidence: dict[str, Any] = {"reference": reference.mean}
    if change is not None:
        evidence |= {
            "changed_at": _moment(stream, change.start),
            "noticed_at": _moment(stream, change.seen),
            "n_after": change.seen + 1 - change.start,
        }
    return Measured(
        check="concept_drift",
        subject="error",
        metric=name,
        value=change.after if change else float(np.mean(new.errors)),
        threshold=before + settings.floor * reference.spread,
        before=before,
        n=evidence.get("n_after", len(new.errors)),
        is_exceeded=change is not None,
        evidence=evidence,
    )


def _moments(came: Any, name: str) -> NDArray[np.int64]:
    """Read when rows came, shape (n,) [µs since 1970, UTC]; what is finer is cut off."""
    import pyarrow as pa

    try:
        moments = came.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64())
    except pa.ArrowException as error:
        raise Invalid(
            f"{name} holds {came.type}, which tells no moments",
            mend="name a column of times as `time`",
        ) from error
    return np.asarray(moments.to_numpy(zero_copy_only=False), dtype=np.int64)


def _stream(reference: ConceptReference, table: pa.Table, settings: ConceptSettings) -> Stream:
    rows, columns = as_answers(table, settings.columns, reference.scores)
    rows = labelled(rows, columns)
    if not rows.num_rows:
        return Stream(np.empty(0), np.empty(0, np.int64))
    rows = rows.filter(given(rows, settings.time))
    moments = _moments(column_of(rows, settings.time), settings.time)
    if (reference.kind or kind_in(rows, columns)) == "numbers":
        pair = [finite_in(rows, each) for each in (columns.label, columns.prediction)]
        errors = np.abs(pair[0] - pair[1])
    else:
        names = [names_of(rows[each]) for each in (columns.label, columns.prediction)]
        errors = (names[0] != names[1]).astype(np.float64)
    order = np.argsort(moments, kind="stable")
    return Stream(errors[order], moments[order])


def _scaled(reference: ConceptReference, stream: Stream) -> list[float]:
    return ((stream.errors - reference.mean) / reference.spread).tolist()


def _remembered(reference: ConceptReference) -> Stream:
    return Stream(
        np.frombuffer(reference.errors, np.float64), np.frombuffer(reference.moments, np.int64)
    )


def _joined(one: Stream, other: Stream) -> Stream:
    return Stream(
        np.concatenate([one.errors, other.errors]), np.concatenate([one.moments, other.moments])
    )


def _keeping(
    reference: ConceptReference, stream: Stream, settings: ConceptSettings
) -> ConceptReference:
    n_spare = max(0, len(stream.errors) - settings.n_kept)
    return msgspec.structs.replace(
        reference,
        errors=stream.errors[n_spare:].tobytes(),
        moments=stream.moments[n_spare:].tobytes(),
    )


def _moment(stream: Stream, at: int) -> str:
    return (EPOCH + timedelta(microseconds=int(stream.moments[at]))).isoformat()
