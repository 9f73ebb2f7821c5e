"""Which types a format holds: inside lists and structs as well as by themselves."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.dataset.formats.known import FORMATS
from headgate.dataset.formats.types import changes, written_as


def deep(kind: Any) -> list[pa.DataType]:
    """A type inside each kind of nest."""
    return [
        pa.list_(kind),
        pa.large_list(kind),
        pa.list_(kind, 2),
        pa.struct([("a", pa.int64()), ("b", kind)]),
        pa.list_(pa.struct([("a", pa.list_(kind))])),
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("jsonl", pa.binary()),
        ("jsonl", pa.timestamp("ns")),
        ("jsonl", pa.date32()),
        ("delta", pa.uint64()),
        ("delta", pa.time64("us")),
        ("iceberg", pa.duration("us")),
        ("iceberg", pa.time64("ns")),
        ("parquet", pa.decimal128(5, -2)),
        ("csv", pa.int64()),
    ],
)
def test_what_a_format_cannot_hold_it_cannot_hold_inside(name: str, kind: Any) -> None:
    form = FORMATS[name]

    for nest in deep(kind):
        with pytest.raises(Invalid) as caught:
            written_as(
                pa.schema([("ok", pa.int64()), ("it", nest)]), name, form.types, lambda _: None
            )

        assert f"{name} cannot hold column 'it' of type" in caught.value.message
        assert "--columns" in caught.value.mend


@pytest.mark.parametrize(
    ("name", "kind", "held"),
    [
        ("parquet", pa.time32("s"), pa.time32("ms")),
        ("delta", pa.uint32(), pa.int64()),
        ("delta", pa.binary(4), pa.binary()),
        ("iceberg", pa.int8(), pa.int32()),
    ],
)
def test_what_a_format_widens_it_widens_inside(name: str, kind: Any, held: Any) -> None:
    form = FORMATS[name]
    before = pa.schema([("it", pa.struct([("a", pa.list_(kind))])), ("n", pa.int64())])

    after = written_as(before, name, form.types, lambda _: None)

    assert after.field("it").type == pa.struct([("a", pa.list_(held))])
    assert changes(before, after) == (f"it: {before.field(0).type} to {after.field(0).type}",)


@pytest.mark.parametrize(
    ("name", "is_plain"), [("delta", True), ("iceberg", True), ("arrow", False)]
)
def test_lists_become_plain_ones_only_where_a_format_has_no_others(
    name: str, is_plain: bool
) -> None:
    nests = {"long": pa.large_list(pa.int64()), "pair": pa.list_(pa.int64(), 2)}

    held = written_as(pa.schema(list(nests.items())), name, FORMATS[name].types, lambda _: None)

    for one in held:
        assert one.type == (pa.list_(pa.int64()) if is_plain else nests[one.name])
