"""What an event of another tool tells: a job, its run, and the datasets it read and wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec
from blake3 import blake3

Kind = Literal["job", "dataset"]
Role = Literal["input", "output", "parent", "alias", "shared"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UUID_DIGITS = 32
SAME_SCHEMES = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "postgresql": "postgres"}
"""Schemes that tools write for one and the same kind of place."""
OBJECT_STORES = frozenset({"s3", "gs"})
SHARING = 1 << 20
"""Numbers that the jobs have which share the id of a run [count]."""
_TICK = timedelta(microseconds=1)


class Named(NamedTuple):
    """A job or a dataset as its tool names it."""

    namespace: str
    name: str


def one_spelling(named: Named) -> Named:
    """Return the name of a dataset as all tools would spell it, had they kept to one spelling.

    Airflow writes `file://` and a path, MLflow and Spark `file`; Spark reads `s3a://`, others `s3://`.
    Source: OpenLineage's naming conventions, and what these tools send.

    >>> one_spelling(Named("file://", "lake/a.csv")), one_spelling(Named("s3a://lake", "/a.csv"))
    (Named(namespace='file', name='/lake/a.csv'), Named(namespace='s3://lake', name='a.csv'))
    """
    scheme, mark, place = named.namespace.partition("://")
    if not mark:
        return named
    if scheme == "file" and not place:
        return Named("file", "/" + named.name.lstrip("/"))
    scheme = SAME_SCHEMES.get(scheme, scheme)
    name = named.name.lstrip("/") if scheme in OBJECT_STORES else named.name
    return Named(f"{scheme}://{place}", name or named.name)


class Mention(NamedTuple):
    """A dataset as one event speaks of it.

    Args:
        named: the dataset.
        version: the state of it that was meant; empty if that is not told.
        type: what it is, such as `table` or `dashboard`; nothing if that is not told.
        aliases: other names of the same dataset.
        has_facets: more is told of it than its name.
    """

    named: Named
    version: str = ""
    type: str | None = None
    aliases: tuple[Named, ...] = ()
    has_facets: bool = False


class Parent(NamedTuple):
    """The run that started another one, and its job."""

    run_id: str
    job: Named


class Told(msgspec.Struct, frozen=True, gc=False):
    """One event, read.

    Args:
        raw: the event as it came.
        at_us: when it happened [microseconds since 1970 UTC].
        kind: `START`, `RUNNING`, `COMPLETE`, `FAIL`, `ABORT` or `OTHER` of a run; else `JOB` or
            `DATASET`.
        job: what ran; nothing if the event is about a dataset alone.
        job_type: what kind of job it is, as its tool calls it.
        has_job_facets: more is told of the job than its name.
        run_id: the run; nothing if the event is about no run.
        parent: what started the run.
        inputs: what was read.
        outputs: what was written.
        others: datasets told of without being read or written.
    """

    raw: bytes
    at_us: int
    kind: str
    job: Named | None = None
    job_type: str | None = None
    has_job_facets: bool = False
    run_id: str | None = None
    parent: Parent | None = None
    inputs: tuple[Mention, ...] = ()
    outputs: tuple[Mention, ...] = ()
    others: tuple[Mention, ...] = ()


@lru_cache(maxsize=200_000)
def node_of(kind: Kind, named: Named) -> int:
    """Return the number of a job or dataset, made of its name (64 bits of blake3).

    A dataset has one number however its name is spelt. Two of a million nodes share a number with a
    chance of 3 in 10^8.
    """
    if kind == "dataset":
        named = one_spelling(named)
    return _number(f"{kind}\0{named.namespace}\0{named.name}")


def run_of(run_id: str) -> int:
    """Return the number of a run's id, the same however its UUID is spelt."""
    return _number(f"run\0{plain_id(run_id)}") & -SHARING


def run_in(run_id: str, job: int) -> int:
    """Return the number of a run of a job, among the `SHARING` from that of its id on.

    An id is to be that of one job. Where a tool gives it to several, each has a run of its own.
    """
    return run_of(run_id) | (job & (SHARING - 1))


def plain_id(run_id: str) -> str:
    """Return a run's id, a UUID without dashes and in small letters.

    >>> plain_id("0190163D-8694-7B5B-b434-6906c6a03bb7")
    '0190163d86947b5bb4346906c6a03bb7'
    """
    plain = run_id.replace("-", "").lower()
    return plain if len(plain) == UUID_DIGITS else run_id


def ticks(moment: datetime) -> int:
    """Return a moment as microseconds since 1970.

    >>> ticks(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    return (moment - EPOCH) // _TICK


def moment(at_us: int) -> datetime:
    """Return the moment of microseconds since 1970.

    >>> moment(1_500_000).isoformat()
    '1970-01-01T00:00:01.500000+00:00'
    """
    return EPOCH + timedelta(microseconds=at_us)


def _number(text: str) -> int:
    return int.from_bytes(blake3(text.encode()).digest(length=8), "big", signed=True)
