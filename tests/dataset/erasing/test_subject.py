"""Finding a subject: every file of every snapshot is looked through, whatever its types were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.dataset.erasing.subject import files_of, find_rows, named_columns, require_rows
from headgate.dataset.erasing.survey import history_of
from tests.asking import commit, ids

if TYPE_CHECKING:
    from headgate.dataset.erasing.subject import Found
    from headgate.spine.context import Context


def _find(context: Context, condition: str, name: str = "people") -> Found:
    history = history_of(context, name)
    return find_rows(context.blobs, list(history.manifests.values()), condition)


@pytest.mark.parametrize(
    ("condition", "columns"),
    [
        ("email = 'x'", ("email",)),
        ("EMAIL = 'age'", ("email",)),
        ("\"full name\" = 'x' or age > 3", ("full name", "age")),
        ("lower(email) in ('a', 'b')", ("email",)),
        ("note = 'it''s email'", ("note",)),
        ("emails = 1", ()),
        ("1 = 1", ()),
    ],
)
def test_the_columns_of_a_condition_are_those_it_names_outside_of_text(
    condition: str, columns: tuple[str, ...]
) -> None:
    assert set(named_columns(condition, ["email", "full name", "age", "note"])) == set(columns)


def test_rows_are_found_in_every_snapshot_and_each_once(context: Context) -> None:
    commit(context, "people", {"id": [1, 2], "name": ["ann", "bo"]}, key=("id",))
    commit(context, "people", {"id": [1], "name": ["anna"]}, mode="upsert")
    commit(context, "people", {"id": [3], "name": ["ann"]}, mode="append")
    known = ids(context, "people", "id")

    found = _find(context, "name = 'ann'")

    assert list(found.rids) == [known[1], known[3]]
    assert found.values.to_pylist() == [{"name": "ann"}]
    assert found.words == ("ann",)


def test_a_column_that_came_later_is_null_before(context: Context) -> None:
    commit(context, "people", {"id": [1]})
    commit(context, "people", {"id": [2], "name": ["bo"]}, mode="append")
    known = ids(context, "people", "id")

    assert list(_find(context, "name is null").rids) == [known[1]]


def test_a_column_that_was_widened_is_compared_as_what_it_is_now(context: Context) -> None:
    commit(context, "people", {"age": [41, 52]})
    commit(context, "people", {"age": [41.5]}, mode="append")

    assert len(_find(context, "age > 41").rids) == 2


def test_words_are_texts_alone_and_long_enough(context: Context) -> None:
    rows: Any = {"id": [1, 2, 3], "name": ["ann", "bo", "Zoë"], "age": [4123, 5, 6]}
    commit(context, "people", rows)

    found = _find(context, "name is not null and age > 0")

    assert found.words == ("Zo\\u00eb", "Zoë", "ann")


def test_a_file_that_snapshots_share_is_looked_through_once(context: Context) -> None:
    commit(context, "people", {"id": [1, 2]})
    commit(context, "people", {"id": [3]}, mode="append")
    manifests = history_of(context, "people").manifests.values()

    assert len(files_of(manifests)) == 2


def test_a_condition_that_cannot_be_read_or_names_nothing_says_so(context: Context) -> None:
    commit(context, "people", pa.table({"id": [1], "name": ["ann"]}))

    with pytest.raises(Invalid) as unread:
        _find(context, "name = = 'x'")
    with pytest.raises(Invalid) as nameless:
        _find(context, "true")

    assert "did not run" in unread.value.message
    assert nameless.value.mend == "name one of id, name"


def test_nothing_found_is_told_with_the_condition(context: Context) -> None:
    commit(context, "people", {"name": ["ann"]})
    found = _find(context, "name = 'bo'")

    with pytest.raises(NotFound) as refused:
        require_rows(found, "people", "name = 'bo'")

    assert "name = 'bo'" in refused.value.message


def test_text_that_became_a_number_is_still_found_as_text_and_as_a_number(
    context: Context,
) -> None:
    commit(context, "people", {"id": [1, 2, 3], "code": ["a17", "17", "18"]})
    commit(context, "people", {"id": [1, 2], "code": [17, 18]})

    as_number = _find(context, "code = 17")
    as_text = _find(context, "code = 'a17'")

    assert as_number.values.to_pylist() == [{"code": 17}]
    assert len(as_number.rids) == 2
    assert (len(as_text.rids), as_text.words) == (1, ("a17",))
