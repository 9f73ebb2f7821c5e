"""Reads OpenLineage events of any producer and version: lenient in what is left out or unknown.

Only what the graph stands on must be right: when it was, which job or dataset, which run. A facet
that cannot be read is as if it were not there; the event itself is kept as it came in any case.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from headgate.core.errors import Invalid
from headgate.core.times import parse
from headgate.spine.lineage.foreign.told import (
    Mention,
    Named,
    Parent,
    Told,
    one_spelling,
    ticks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME = 2000
"""Signs of a name or a run's id at most [count]."""
MAX_NAMESPACE = 500
"""Signs of a namespace at most: PostgreSQL takes 2,704 bytes into an index [count]."""
MAX_VERSION = 200
MAX_TYPE = 64
KINDS = frozenset({"START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER"})


class _Identifier(msgspec.Struct, gc=False):
    namespace: str
    name: str


class _Facet(msgspec.Struct, rename="camel", gc=False):
    """The fields of the facets that the graph is read from."""

    dataset_version: str | None = None
    dataset_type: str | None = None
    job_type: str | None = None
    identifiers: list[_Identifier] | None = None


class _RunRef(msgspec.Struct, rename="camel", gc=False):
    run_id: str


class _JobRef(msgspec.Struct, gc=False):
    namespace: str
    name: str


class _Parent(msgspec.Struct, gc=False):
    run: _RunRef
    job: _JobRef


class _RunFacets(msgspec.Struct, rename="camel", gc=False):
    parent: _Parent | None = None
    parent_run: _Parent | None = None


class _JobFacets(msgspec.Struct, rename="camel", gc=False):
    job_type: _Facet | None = None
    documentation: Raw = Raw()
    source_code_location: Raw = Raw()


class _DatasetFacets(msgspec.Struct, rename="camel", gc=False):
    version: _Facet | None = None
    dataset_version: _Facet | None = None
    dataset_type: _Facet | None = None
    symlinks: _Facet | None = None
    schema: Raw = Raw()
    data_source: Raw = Raw()
    documentation: Raw = Raw()
    lifecycle_state_change: Raw = Raw()


class _Run(msgspec.Struct, rename="camel", gc=False):
    run_id: str
    facets: _RunFacets | None = None


class _Job(msgspec.Struct, gc=False):
    namespace: str
    name: str
    facets: _JobFacets | None = None


class _Dataset(msgspec.Struct, gc=False):
    namespace: str
    name: str
    facets: _DatasetFacets | None = None


class _Event(msgspec.Struct, rename="camel", gc=False):
    event_time: str
    event_type: str | None = None
    run: _Run | None = None
    job: _Job | None = None
    dataset: _Dataset | None = None
    inputs: list[_Dataset] | None = None
    outputs: list[_Dataset] | None = None


def read_event(raw: bytes) -> Told:
    """Read one event.

    Args:
        raw: the event as JSON.

    Raises:
        Invalid: it is no JSON object, or does not say when it was and what it is about.
    """
    event = _decoded(raw)
    at_us = ticks(parse(event.event_time))
    if event.job is None:
        return _of_dataset(raw, event, at_us)
    job, run = event.job, event.run
    facets = job.facets
    kind = facets.job_type.job_type if facets and facets.job_type else None
    return Told(
        raw=raw,
        at_us=at_us,
        kind="JOB" if run is None else _state(event.event_type),
        job=_named(job.namespace, job.name, "job"),
        job_type=_type(kind),
        has_job_facets=_is_told(facets),
        run_id=None if run is None else _text(run.run_id, "run.runId"),
        parent=None if run is None else _parent(run.facets),
        inputs=_mentions(event.inputs, "inputs"),
        outputs=_mentions(event.outputs, "outputs"),
    )


def split(body: bytes) -> list[bytes]:
    """Cut a JSON array, JSON lines, or a single JSON object into its events, as they stand.

    Raises:
        Invalid: it is an array that cannot be read.
    """
    start = body.lstrip()[:1]
    if start == b"[":
        try:
            return [bytes(one) for one in _ARRAY.decode(body)]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Invalid(
                f"the array of events cannot be read: {error}",
                mend="send a JSON array, or one event a line",
            ) from error
    lines = [line.strip() for line in body.split(b"\n")]
    lines = [line for line in lines if line]
    if start == b"{" and len(lines) > 1 and _is_json(body):
        return [body.strip()]
    return lines


_EVENT = msgspec.json.Decoder(_Event)
_ARRAY = msgspec.json.Decoder(list[Raw])
_KNOWN: dict[str, dict[str, Any]] = {
    "run": {"parent": _Parent, "parentRun": _Parent},
    "job": {"jobType": _Facet},
    "dataset": dict.fromkeys(("version", "datasetVersion", "datasetType", "symlinks"), _Facet),
}
"""The facets that are read, by what they are told of."""
_SHOWN = {
    "run": frozenset[str](),
    "job": frozenset({"documentation", "sourceCodeLocation"}),
    "dataset": frozenset({"schema", "dataSource", "documentation", "lifecycleStateChange"}),
}
"""The facets of which it counts alone that they are told."""
_MEND = "send a RunEvent, a JobEvent or a DatasetEvent as OpenLineage defines them"


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _of_dataset(raw: bytes, event: _Event, at_us: int) -> Told:
    if event.dataset is None or event.run is not None:
        raise Invalid(
            "no OpenLineage event: it has a run but no job"
            if event.run is not None
            else "no OpenLineage event: it has neither a job nor a dataset",
            mend=_MEND,
        )
    others = _mentions([event.dataset], "dataset")
    return Told(raw=raw, at_us=at_us, kind="DATASET", others=others)


def _state(kind: str | None) -> str:
    """Read the state that an event tells; one that OpenLineage does not know says nothing."""
    known = (kind or "OTHER").upper()
    return known if known in KINDS else "OTHER"


@lru_cache(maxsize=100_000)
def _named(namespace: str, name: str, place: str) -> Named:
    _text(namespace, f"{place}.namespace", MAX_NAMESPACE)
    return Named(namespace, _text(name, f"{place}.name"))


@lru_cache(maxsize=100_000)
def _dataset(namespace: str, name: str, place: str) -> Named:
    return one_spelling(_named(namespace, name, place))


def _text(text: str, place: str, most: int = MAX_NAME) -> str:
    if not text or len(text) > most or "\0" in text:
        said = "is empty" if not text else "holds a NUL" if "\0" in text else "is too long"
        raise Invalid(f"{place} {said}", mend=f"give 1 to {most:,} signs, none of them NUL")
    return text


def _mentions(datasets: Iterable[_Dataset] | None, place: str) -> tuple[Mention, ...]:
    return tuple(_mention(one, place) for one in datasets or ())


def _mention(one: _Dataset, place: str) -> Mention:
    named, facets = _dataset(one.namespace, one.name, place), one.facets
    if facets is None:
        return Mention(named)
    told = facets.version or facets.dataset_version
    version = (told.dataset_version or "") if told else ""
    kind = facets.dataset_type.dataset_type if facets.dataset_type else None
    linked = facets.symlinks.identifiers if facets.symlinks else None
    rest = facets.schema or facets.data_source or facets.documentation
    return Mention(
        named=named,
        version=version.replace("\0", "")[:MAX_VERSION],
        type=_type(kind),
        aliases=_aliases(linked) if linked else (),
        has_facets=bool(version or rest or facets.lifecycle_state_change),
    )


def _aliases(identifiers: Iterable[_Identifier]) -> tuple[Named, ...]:
    found = (Named(one.namespace, one.name) for one in identifiers)
    return tuple(one_spelling(one) for one in found if _is_named(one))


def _is_named(one: Named) -> bool:
    return _is_name(one.name) and _is_name(one.namespace, MAX_NAMESPACE)


def _is_name(text: str, most: int = MAX_NAME) -> bool:
    return 0 < len(text) <= most and "\0" not in text


def _type(text: str | None) -> str | None:
    return text.replace("\0", "").lower()[:MAX_TYPE] or None if text else None


def _is_told(facets: _JobFacets | None) -> bool:
    return bool(facets and (facets.job_type or facets.documentation or facets.source_code_location))


def _parent(facets: _RunFacets | None) -> Parent | None:
    told = (facets.parent or facets.parent_run) if facets else None
    if told is None:
        return None
    named = Named(told.job.namespace, told.job.name)
    is_whole = _is_named(named) and _is_name(told.run.run_id)
    return Parent(told.run.run_id, named) if is_whole else None


def _decoded(raw: bytes) -> _Event:
    try:
        raw.decode()
        return _EVENT.decode(raw)
    except msgspec.ValidationError as error:
        return _without_broken_facets(raw, error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"no OpenLineage event: {error}", mend=_MEND) from error


def _without_broken_facets(raw: bytes, error: msgspec.ValidationError) -> _Event:
    """Read an event once more without those facets that are not what they should be.

    It is read by the standard library, to which a number beyond a float is infinite, not an error.
    """
    try:
        event = json.loads(raw, parse_int=float)
        if isinstance(event, dict):
            for name in ("run", "job", "dataset"):
                _drop_broken(event.get(name), name)
            for side in ("inputs", "outputs"):
                many = event.get(side)
                for one in many if isinstance(many, list) else ():
                    _drop_broken(one, "dataset")
        return msgspec.convert(event, _Event)
    except (ValueError, RecursionError):
        raise Invalid(f"no OpenLineage event: {error}", mend=_MEND) from error


def _drop_broken(one: Any, kind: str) -> None:
    if not isinstance(one, dict) or "facets" not in one:
        return
    facets = one["facets"] if isinstance(one["facets"], dict) else {}
    known = _KNOWN[kind]
    one["facets"] = {
        name: facet for name, facet in facets.items() if name in known and _fits(facet, known[name])
    } | dict.fromkeys(_SHOWN[kind] & facets.keys(), Raw(b"{}"))


def _fits(facet: Any, shape: Any) -> bool:
    try:
        msgspec.convert(facet, shape)
    except msgspec.ValidationError:
        return False
    return True
