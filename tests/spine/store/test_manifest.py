"""Manifests: names for states, and a content root that counts nothing but content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.spine.store.blobs import LocalBlobs
from headgate.spine.store.manifest import (
    FORMAT_VERSION,
    columns_of,
    empty_manifest,
    load_manifest,
    manifest_key,
    save_manifest,
    schema_of,
    shifted,
)
from tests.asking import root_of

if TYPE_CHECKING:
    from pathlib import Path

HASHES = st.lists(st.tuples(*[st.integers(0, 2**64 - 1)] * 2), max_size=5).map(
    lambda pairs: np.array(pairs, np.uint64).reshape(-1, 2)
)


def test_the_format_of_content_roots_has_not_changed() -> None:
    # fixed on 2026-11-21; a change here makes every recorded content root wrong
    assert root_of({"id": [1, 2], "name": ["ann", None]}) == (
        "4038d4f616df54e948deed658ae7211a4d0702b6fde338fbddcc65229b03574d"
    )


def test_a_saved_manifest_is_read_back(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")
    manifest = msgspec.structs.replace(
        empty_manifest("acme", "orders"), number=1, key=("id",), lanes=(2**64 - 1, 0)
    )

    version_id = save_manifest(blobs, manifest)

    assert load_manifest(blobs, version_id) == manifest


@pytest.mark.row("S3-43", part="ids")
def test_a_manifest_holds_its_tenant_and_format(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    version_id = save_manifest(blobs, empty_manifest("acme", "orders"))

    written = msgspec.json.decode(blobs.get(manifest_key(version_id)))
    assert written["tenant"] == "acme"
    assert written["format_version"] == FORMAT_VERSION


def test_another_state_has_another_version_id(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")
    empty = empty_manifest("acme", "orders")
    changes: list[dict[str, Any]] = [
        {},
        {"number": 1},
        {"parent": "00"},
        {"key": ("id",)},
        {"tenant": "umbrella"},
        {"dataset": "users"},
    ]

    ids = {save_manifest(blobs, msgspec.structs.replace(empty, **change)) for change in changes}

    assert len(ids) == len(changes)


def test_a_manifest_of_a_newer_headgate_is_refused(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")
    newer = msgspec.structs.replace(empty_manifest("acme", "orders"), format_version=99)
    version_id = save_manifest(blobs, newer)

    with pytest.raises(Invalid) as caught:
        load_manifest(blobs, version_id)

    assert caught.value.mend == "upgrade Headgate"


@given(HASHES, HASHES)
def test_what_is_added_and_taken_away_again_changes_nothing(one: Any, other: Any) -> None:
    nothing = np.empty((0, 2), np.uint64)
    start = shifted((0, 0), added=one, removed=nothing)

    there = shifted(start, added=other, removed=nothing)
    back = shifted(there, added=nothing, removed=other)

    assert back == start


@given(HASHES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_count(hashes: Any, chance: Any) -> None:
    nothing = np.empty((0, 2), np.uint64)
    order = chance.sample(range(len(hashes)), len(hashes))

    straight = shifted((0, 0), added=hashes, removed=nothing)

    assert shifted((0, 0), added=hashes[order], removed=nothing) == straight


def test_the_content_root_counts_names_of_columns_even_where_all_is_null() -> None:
    one, other = {"a": [1]}, {"a": pa.array([1]), "b": pa.nulls(1, pa.int64())}

    assert root_of(one) != root_of(other)


def test_the_content_root_does_not_count_the_order_or_width_of_columns() -> None:
    one = pa.table({"a": pa.array([1], pa.int8()), "b": pa.array(["x"])})
    other = pa.table({"b": pa.array(["x"], pa.large_string()), "a": pa.array([1.0])})

    assert root_of(one) == root_of(other)


def test_a_row_twice_is_not_a_row_once() -> None:
    roots = {root_of({"a": [1] * count}) for count in range(1, 5)}

    assert len(roots) == 4


def test_a_schema_is_written_and_read() -> None:
    schema = pa.schema([("a", pa.int64()), ("b b", pa.list_(pa.struct([("c", pa.string())])))])

    assert schema_of(columns_of(schema)) == schema


@pytest.mark.parametrize(
    "kind",
    [
        pa.struct([("a: b", pa.int64())]),
        pa.struct([("a, b", pa.int64())]),
        pa.map_(pa.string(), pa.int64()),
        pa.list_(pa.dictionary(pa.int8(), pa.string())),
    ],
)
def test_a_type_that_could_not_be_read_again_is_refused_before_it_is_written(
    kind: pa.DataType,
) -> None:
    with pytest.raises(Invalid):
        columns_of(pa.schema([("v", kind)]))
