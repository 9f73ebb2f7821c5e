"""References, names and identifiers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.core.refs import ALPHABET, Ref, check_name, mint, parse_ref, split_at

KINDS = ("source", "row", "snapshot")


@pytest.mark.parametrize("name", ["a", "orders", "Orders_2", "a-b.c", "a" * 100])
def test_a_name_of_letters_digits_and_three_signs_may_stand(name: str) -> None:
    assert check_name("dataset", name) == name


@pytest.mark.parametrize(
    "name",
    ["", "1a", "_a", "a b", "a/b", "../a", "é", "a" * 101, "a\n", "a\x00", "a;b", "-a"],
)
def test_any_other_name_is_refused_with_what_may_stand(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_name("dataset", name)

    assert repr(name) in caught.value.message
    assert "start with a letter" in caught.value.mend


def test_a_dataset_named_with_its_branch_is_told_where_that_goes() -> None:
    with pytest.raises(Invalid) as caught:
        check_name("dataset", "orders@dev")

    assert "--branch" in caught.value.mend


@given(st.text())
def test_no_name_that_passes_can_leave_its_folder(name: str) -> None:
    try:
        passed = check_name("dataset", name)
    except Invalid:
        return

    assert "/" not in passed
    assert passed not in {".", ".."}


def test_a_reference_is_a_kind_and_a_name() -> None:
    ref = parse_ref("source:clinic", KINDS)

    assert ref == Ref(kind="source", name="clinic")
    assert str(ref) == "source:clinic"


def test_only_the_first_colon_parts_kind_and_name() -> None:
    assert parse_ref("snapshot:orders:3", KINDS).name == "orders:3"


@pytest.mark.parametrize("text", ["", "source", "source:", ":clinic", "model:churn", "clinic"])
def test_a_reference_to_nothing_names_the_kinds_there_are(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_ref(text, KINDS)

    assert caught.value.mend == "write source:… or row:… or snapshot:…"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("orders", ("orders", None)),
        ("orders@3", ("orders", "3")),
        ("orders@2026-11-03T10:00:00Z", ("orders", "2026-11-03T10:00:00Z")),
        ("orders@", ("orders", None)),
    ],
)
def test_a_version_stands_after_the_at(text: str, parts: tuple[str, str | None]) -> None:
    assert split_at(text) == parts


def test_minted_identifiers_differ_and_sort_by_their_time() -> None:
    minted = [mint("run") for _ in range(200)]

    stamps = [text[4:14] for text in minted]

    assert len(set(minted)) == 200
    assert stamps == sorted(stamps)
    assert all(text.startswith("run_") and len(text) == 24 for text in minted)
    assert set("".join(minted)[4:]) - set("run_") <= set(ALPHABET)
