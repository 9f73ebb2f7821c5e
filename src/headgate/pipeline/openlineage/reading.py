"""Reads OpenLineage events of any producer and version: lenient in what is left out or unknown.

Only what the graph stands on must be right: when it was, which job or dataset, which run. A facet
that cannot be read is as if it were not there; the event itself is kept as it came in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Raw

from headgate.core.errors import Invalid
from headgate.core.times import parse
from headgate.spine.lineage.foreign.told import Mention, Named, Parent, Told, ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_NAME = 2000
"""Signs of a namespace, a name or a run's id at most [count]."""
MAX_VERSION = 200
MAX_TYPE = 64
KINDS = frozenset({"START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER"})
Kind = TypeVar("Kind")


class _Facet(msgspec.Struct, rename="camel"):
    """The fields of the facets that the graph is read from."""

    dataset_version: str = ""
    dataset_type: str = ""
    job_type: str = ""
    identifiers: list[_Identifier] = []


class _Identifier(msgspec.Struct, rename="camel"):
    namespace: str
    name: str


class _Run(msgspec.Struct, rename="camel"):
    run_id: str
    facets: Raw = Raw()


class _Job(msgspec.Struct, rename="camel"):
    namespace: str
    name: str
    facets: Raw = Raw()


class _Dataset(msgspec.Struct, rename="camel"):
    namespace: str
    name: str
    facets: Raw = Raw()


class _Event(msgspec.Struct, rename="camel"):
    event_time: str
    event_type: str | None = None
    run: _Run | None = None
    job: _Job | None = None
    dataset: _Dataset | None = None
    inputs: list[_Dataset] | None = None
    outputs: list[_Dataset] | None = None


class _ParentRun(msgspec.Struct, rename="camel"):
    run: _Run
    job: _Job


class _RunFacets(msgspec.Struct, rename="camel"):
    parent: Raw = Raw()
    parent_run: Raw = Raw()


class _JobFacets(msgspec.Struct, rename="camel"):
    job_type: Raw = Raw()


class _DatasetFacets(msgspec.Struct, rename="camel"):
    version: Raw = Raw()
    dataset_version: Raw = Raw()
    dataset_type: Raw = Raw()
    symlinks: Raw = Raw()


def read_event(raw: bytes) -> Told:
    """Read one event.

    Args:
        raw: the event as JSON.

    Raises:
        Invalid: it is no JSON object, or does not say when it was and what it is about.
    """
    try:
        raw.decode()
        event = _EVENT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"no OpenLineage event: {error}", mend=_MEND) from error
    at_us = ticks(parse(event.event_time))
    if event.job is None:
        return _of_dataset(raw, event, at_us)
    return Told(
        raw=raw,
        at_us=at_us,
        kind="JOB" if event.run is None else _state(event.event_type),
        job=_named(event.job, "job"),
        job_type=_type(_job_type(event.job.facets)),
        has_job_facets=len(event.job.facets) > len(b"{}"),
        run_id=None if event.run is None else _text(event.run.run_id, "run.runId"),
        parent=None if event.run is None else _parent(event.run.facets),
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
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Invalid(
                f"the array of events cannot be read: {error}",
                mend="send a JSON array, or one event a line",
            ) from error
    lines = [line.strip() for line in body.split(b"\n")]
    lines = [line for line in lines if line]
    if start == b"{" and len(lines) > 1 and _is_json(body):
        return [body.strip()]
    return lines


_EVENT = msgspec.json.Decoder(_Event, strict=True)
_ARRAY = msgspec.json.Decoder(list[Raw])
_FACET = msgspec.json.Decoder(_Facet)
_RUN_FACETS = msgspec.json.Decoder(_RunFacets)
_JOB_FACETS = msgspec.json.Decoder(_JobFacets)
_DATASET_FACETS = msgspec.json.Decoder(_DatasetFacets)
_PARENT = msgspec.json.Decoder(_ParentRun)
_MEND = "send a RunEvent, a JobEvent or a DatasetEvent as OpenLineage defines them"


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
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


def _named(one: _Job | _Dataset, place: str) -> Named:
    return Named(_text(one.namespace, f"{place}.namespace"), _text(one.name, f"{place}.name"))


def _text(text: str, place: str) -> str:
    if not text or len(text) > MAX_NAME or "\0" in text:
        said = "is empty" if not text else "holds a NUL" if "\0" in text else "is too long"
        raise Invalid(f"{place} {said}", mend=f"give 1 to {MAX_NAME:,} signs, none of them NUL")
    return text


def _mentions(datasets: Iterable[_Dataset] | None, place: str) -> tuple[Mention, ...]:
    return tuple(_mention(one, place) for one in datasets or ())


def _mention(one: _Dataset, place: str) -> Mention:
    named = _named(one, place)
    if len(one.facets) <= len(b"{}"):
        return Mention(named)
    facets = _lenient(_DATASET_FACETS.decode, one.facets)
    if facets is None:
        return Mention(named)
    told = _fields(facets.version) or _fields(facets.dataset_version)
    kind, linked = _fields(facets.dataset_type), _fields(facets.symlinks)
    return Mention(
        named=named,
        version="" if told is None else told.dataset_version.replace("\0", "")[:MAX_VERSION],
        type=_type(kind.dataset_type if kind else ""),
        aliases=_aliases(linked.identifiers if linked else []),
        has_facets=True,
    )


def _aliases(identifiers: Iterable[_Identifier]) -> tuple[Named, ...]:
    found = (Named(one.namespace, one.name) for one in identifiers)
    return tuple(one for one in found if all(map(_is_name, one)))


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MAX_NAME and "\0" not in text


def _type(text: str) -> str | None:
    return text.replace("\0", "").lower()[:MAX_TYPE] or None


def _job_type(facets: Raw) -> str:
    found = _lenient(_JOB_FACETS.decode, facets)
    told = None if found is None else _fields(found.job_type)
    return "" if told is None else told.job_type


def _parent(facets: Raw) -> Parent | None:
    found = _lenient(_RUN_FACETS.decode, facets)
    if found is None:
        return None
    told = _lenient(_PARENT.decode, found.parent) or _lenient(_PARENT.decode, found.parent_run)
    if told is None:
        return None
    names = (told.run.run_id, told.job.namespace, told.job.name)
    if not all(map(_is_name, names)):
        return None
    return Parent(told.run.run_id, Named(told.job.namespace, told.job.name))


def _fields(facet: Raw) -> _Facet | None:
    return _lenient(_FACET.decode, facet)


def _lenient(decode: Callable[[Any], Kind], part: Raw) -> Kind | None:
    """Decode a part of an event; nothing if it is not there or is not what it should be."""
    if not part:
        return None
    try:
        return decode(part)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
