"""The kind of a column is told from its type, and of a form from what it is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from headgate.contract.kinds import kind_in, kinds_in
from headgate.core.checks import Given, Written, call, column


def test_every_type_has_a_kind() -> None:
    schema = pa.schema(
        {
            "t": pa.large_string(),
            "i": pa.uint8(),
            "m": pa.decimal128(9, 2),
            "f": pa.float16(),
            "b": pa.bool_(),
            "d": pa.date64(),
            "ts": pa.timestamp("s"),
            "tz": pa.timestamp("ns", "Asia/Tokyo"),
            "c": pa.dictionary(pa.int8(), pa.string()),
            "n": pa.null(),
            "l": pa.list_(pa.int8()),
        }
    )

    kinds = kinds_in(schema)

    assert list(kinds.values()) == [
        *("text", "integer", "decimal", "float", "boolean", "date", "timestamp", "zoned"),
        *("text", "", "other"),
    ]


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (column("f"), "float"),
        (column("away"), ""),
        (call("max", column("f")), "float"),
        (call("trim", call("text", column("f"))), "text"),
        (call("count"), ""),
        (Written("f + 1"), ""),
        (Given(value=True), "boolean"),
        (Given(1), "integer"),
        (Given(1.0), "float"),
        (Given(Decimal(1)), "decimal"),
        (Given("1"), "text"),
        (Given(datetime(2026, 1, 1, tzinfo=UTC)), "timestamp"),
        (Given(None), ""),
    ],
)
def test_a_form_is_of_the_kind_of_what_it_is_made_of(form: Any, kind: str) -> None:
    found = kind_in(form, {"f": "float"})

    assert found == kind
