"""Words of a subject are found whole, whatever their case, and rubbed out of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.times import now
from headgate.spine.store.erasing.words import (
    ERASED,
    holds_word,
    rub_out,
    text_columns,
    without_words,
    words_of,
)
from headgate.spine.store.tables import datasets, versions

if TYPE_CHECKING:
    from headgate.spine.context import Context

ANN = "ann@x.org"
TEXTS = [
    (f"mail {ANN} now", True),
    (ANN, True),
    (f'{{"to":"{ANN}"}}', True),
    (ANN.upper(), True),
    (f"<{ANN}>", True),
    (f"jo{ANN}", False),
    (f"{ANN}x", False),
    (f"_{ANN}", False),
    ("annaxxorg", False),
    ("", False),
]


@pytest.mark.parametrize(("text", "is_held"), TEXTS)
def test_a_word_is_found_where_no_letter_stands_beside_it(text: str, is_held: bool) -> None:
    found = holds_word(pa.array([text, None]), [ANN])

    assert found.tolist() == [is_held, False]


@pytest.mark.parametrize(("text", "is_held"), TEXTS)
def test_what_is_found_in_a_column_is_what_is_rubbed_out_of_a_text(
    text: str, is_held: bool
) -> None:
    assert (ERASED in without_words(text, [ANN])) is is_held


@given(st.text(alphabet="ab.@_é \"'{}", max_size=20), st.text(alphabet="ab.é", min_size=3))
def test_finding_and_rubbing_out_agree_on_any_text(text: str, word: str) -> None:
    found = bool(holds_word(pa.array([text]), [word])[0])

    assert (without_words(text, [word]) != text) is found


def test_every_word_of_several_is_rubbed_out() -> None:
    text = without_words("Ann Berg <ann@x.org>, ann berg", ["ann@x.org", "Ann Berg"])

    assert text == f"{ERASED} <{ERASED}>, {ERASED}"


def test_short_text_and_other_values_are_no_words() -> None:
    assert words_of(["ab", "", None, 17, 1.5, b"bytes", "abc"]) == ("abc",)


def test_a_word_is_also_looked_for_as_json_writes_it() -> None:
    words = words_of(['Zoë "Z" Q'])

    assert words == ('Zo\\u00eb \\"Z\\" Q', 'Zoë "Z" Q')
    assert holds_word(pa.array(['{"n": "Zo\\u00eb \\"Z\\" Q"}']), words).tolist() == [True]


def test_signs_of_patterns_in_a_word_are_only_signs() -> None:
    assert holds_word(pa.array(["a.c+", "abcc"]), ["a.c+"]).tolist() == [True, False]


def test_text_columns_are_those_of_text() -> None:
    schema = pa.schema([("a", pa.string()), ("b", pa.int64()), ("c", pa.binary())])

    assert text_columns(schema) == ["a"]


def _dataset(context: Context, tenant: str, message: str) -> None:
    row = {"tenant": tenant, "name": "people", "key": "[]", "created_at": now()}
    version = {
        "tenant": tenant,
        "dataset": "people",
        "number": 1,
        "version_id": "0" * 64,
        "content_root": "0" * 64,
        "columns": "[]",
        "message": message,
        "created_at": now(),
        "created_by": "ada",
    }
    version |= dict.fromkeys(("n_rows", "n_added", "n_removed", "n_changed", "n_quarantined"), 0)
    with context.catalog.write() as connection:
        connection.execute(datasets.insert().values(row))
        connection.execute(versions.insert().values(version))


def _message(context: Context, tenant: str) -> str | None:
    with context.catalog.read() as connection:
        query = versions.select().where(versions.c.tenant == tenant)
        row = connection.execute(query).mappings().one()
    return row["message"]


def test_cells_of_the_catalog_lose_the_word_and_only_those_of_the_tenant(
    context: Context,
) -> None:
    for tenant in ("default", "other"):
        _dataset(context, tenant, f"asked by {ANN.title()}")

    with context.catalog.write() as connection:
        n_changed = rub_out(connection, "default", [versions.c.message], [ANN])

    assert n_changed == 1
    assert _message(context, "default") == f"asked by {ERASED}"
    assert _message(context, "other") == f"asked by {ANN.title()}"


def test_a_cell_with_the_word_inside_of_another_is_left(context: Context) -> None:
    _dataset(context, "default", f"asked by jo{ANN}")

    with context.catalog.write() as connection:
        assert rub_out(connection, "default", [versions.c.message], [ANN]) == 0


def test_signs_of_like_in_a_word_are_only_signs(context: Context) -> None:
    _dataset(context, "default", "100 of 100")

    with context.catalog.write() as connection:
        assert rub_out(connection, "default", [versions.c.message], ["1%0"]) == 0


def test_without_words_nothing_is_looked_for(context: Context) -> None:
    _dataset(context, "default", "x")

    with context.catalog.write() as connection:
        assert rub_out(connection, "default", [versions.c.message], []) == 0
