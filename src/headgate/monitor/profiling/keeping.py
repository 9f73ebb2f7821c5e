"""Profiles of snapshots, put together from those of their segments, each made once.

A segment never changes, so its profile is kept under its digest and that of what is deleted in
it. The next snapshot, a branch or a rollback shares segments and so their profiles; the profile
of what came after a snapshot is that of the segments which that one has not.
"""

from __future__ import annotations

import zlib
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from headgate.monitor import queries
from headgate.monitor.profiling.columns import ColumnSketch, merged, sketch
from headgate.spine.context import Step
from headgate.spine.store.reading import fitted
from headgate.spine.store.segments import read_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest, Segment

AT_ONCE = 8
"""Segments whose profiles are written together, so that little is lost when it is stopped."""

Sketches = dict[str, ColumnSketch]


class Profiled(msgspec.Struct, frozen=True):
    """Columns of some rows.

    Args:
        columns: each column's sketch by its name.
        n_rows: rows [count].
        n_segments: segments they lie in [count].
        n_made: segments that were read for it; the others were known [count].
    """

    columns: Sketches
    n_rows: int
    n_segments: int
    n_made: int


def profiled(context: Context, manifest: Manifest, without: Manifest | None = None) -> Profiled:
    """Profile a snapshot, or what came after another.

    Args:
        context: the project.
        manifest: the snapshot.
        without: a snapshot whose segments are left out.
    """
    old = {place_of(one) for one in without.segments} if without is not None else set()
    segments = [one for one in manifest.segments if place_of(one) not in old]
    schema = manifest.schema
    layout = blake2b(str(schema).encode(), digest_size=16).hexdigest()
    with context.catalog.read() as connection:
        places = [place_of(one) for one in segments]
        known = queries.profiles_of(connection, context.tenant, layout, places)
    lacking = [one for one in segments if place_of(one) not in known]
    for start in range(0, len(lacking), AT_ONCE):
        part = {place_of(one): _packed(context, one, schema) for one in lacking[start:][:AT_ONCE]}
        with context.catalog.write() as connection:
            queries.put_profiles(connection, context.tenant, layout, part)
        known |= part
        done = min(start + AT_ONCE, len(lacking))
        context.progress(Step("profiling", done, len(lacking), "segments"))
    found = [_unpacked(known[place_of(one)]) for one in segments]
    columns = {name: _column(found, name, schema) for name in schema.names}
    return Profiled(columns, sum(one.n_live for one in segments), len(segments), len(lacking))


def place_of(segment: Segment) -> queries.Place:
    """Return under which name a segment's profile is kept."""
    return segment.digest, segment.deletions or ""


def _column(found: Sequence[Sketches], name: str, schema: pa.Schema) -> ColumnSketch:
    if found:
        return merged([one[name] for one in found])
    return sketch(schema.empty_table()[name])


def _packed(context: Context, segment: Segment, schema: pa.Schema) -> bytes:
    rows = read_segment(context.blobs, segment, schema.names)
    rows = fitted(rows, schema, rows.num_rows)
    found = {name: sketch(rows[name]) for name in schema.names}
    return zlib.compress(msgspec.msgpack.encode(found), 1)


def _unpacked(body: bytes) -> Sketches:
    return msgspec.msgpack.decode(zlib.decompress(body), type=Sketches)
