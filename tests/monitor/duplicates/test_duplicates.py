"""Duplicates and leaks by the verb: each planted one by its row id, and none that is not there."""

from __future__ import annotations

from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from headgate.core.errors import Invalid, NotFound
from tests.monitor.texts.prose import prose

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

RNG = np.random.default_rng(21)


def changed(text: str) -> str:
    words = text.split()
    words[4] = "other"
    return " ".join(words)


def notes(texts: list[Any]) -> list[dict[str, Any]]:
    return [{"id": number, "note": text} for number, text in enumerate(texts)]


def row_ids(project: Project, dataset: str) -> list[Any]:
    return project.dataset.read(dataset, row_ids=True)["_rid"].to_pylist()


@pytest.mark.row("S3-05")
def test_planted_copies_are_counted_with_what_they_waste(project: Project) -> None:
    texts = prose(RNG, 300, length=60)
    project.dataset.commit(
        "train", notes([*texts, *texts[:20], *map(changed, texts[20:30])]), key=["id"]
    )

    found = project.dataset.duplicates("train", cost_per_token=0.001)

    assert (found.columns, found.texts) == (("note",), ("note",))
    assert (found.n_rows, found.n_exact, found.n_near) == (330, 20, 10)
    assert found.duplicate_ratio == pytest.approx(30 / 330)
    wasted = sum(len(each.split()) for each in texts[:30])
    assert found.n_wasted_tokens == wasted
    assert found.wasted_cost == pytest.approx(wasted * 0.001)
    ids = row_ids(project, "train")
    listed = {(each.kind, each.row_ids) for each in found.groups}
    assert ("exact", (ids[0], ids[300])) in listed
    assert found.has_findings


@pytest.mark.row("S3-05")
def test_leaks_from_training_to_test_are_told_in_pairs_of_row_ids(project: Project) -> None:
    texts = prose(RNG, 200, length=60)
    held = [texts[7], changed(texts[9]), texts[7], *prose(RNG, 17, length=60, shift=1500)]
    project.dataset.commit("train", notes(texts), key=["id"])
    project.dataset.commit("test", notes(held), key=["id"])

    found = project.dataset.duplicates("train", against="test")

    train, test = row_ids(project, "train"), row_ids(project, "test")
    assert [(each.kind, each.row_id, each.other_row_id) for each in found.leaks] == [
        ("exact", train[7], test[0]),
        ("exact", train[7], test[2]),
        ("near", train[9], test[1]),
    ]
    assert found.leaks[2].similarity > 0.8
    assert (found.against, found.n_leaked) == ("test@1", 3)
    assert found.leaked_ratio == pytest.approx(3 / 20)
    assert found.n_exact == found.n_near == 0


@pytest.mark.row("S3-05")
def test_of_real_texts_only_the_planted_copies_are_found(project: Project) -> None:
    described = {
        each.metadata["Name"]: each.read_text("METADATA") or "" for each in distributions()
    }
    readmes = {name: text.partition("\n\n")[2] for name, text in described.items()}
    texts = sorted({text for text in readmes.values() if len(text) > 1000})
    assert len(texts) > 20
    project.dataset.commit("clean", notes(texts), key=["id"])
    before = project.dataset.duplicates("clean", limit=200)
    copies = [text.replace(text.split()[30], "another", 1) for text in texts[:5]]
    project.dataset.commit("readmes", notes([*texts, texts[0], *copies]), key=["id"])

    found = project.dataset.duplicates("readmes", limit=200)

    assert found.n_exact == 1
    assert found.n_exact + found.n_near == before.n_near + 6


def test_rows_without_free_text_are_compared_whole_but_for_the_key(project: Project) -> None:
    rows = [{"id": 1, "plan": "basic", "age": 30}, {"id": 2, "plan": "basic", "age": 30}]
    project.dataset.commit("people", [*rows, {"id": 3, "plan": "gold", "age": 30}], key=["id"])

    whole, by_age = (
        project.dataset.duplicates("people", columns=columns) for columns in ((), ("age",))
    )

    assert (whole.columns, whole.texts) == (("plan", "age"), ())
    assert (whole.n_exact, whole.n_near, whole.n_tokens) == (1, 0, 0)
    assert by_age.n_exact == 2
    assert by_age.groups[0].n_rows == 3


def test_an_older_snapshot_can_be_asked_and_an_empty_dataset_has_none(project: Project) -> None:
    project.dataset.commit("notes", notes(["same"] * 3), key=["id"])
    project.dataset.commit("notes", notes(["one"]), key=["id"])
    project.dataset.commit("empty", project.dataset.read("notes", where="id < 0"))

    assert project.dataset.duplicates("notes@1").n_exact == 2
    assert not project.dataset.duplicates("notes").has_findings
    assert project.dataset.duplicates("empty").duplicate_ratio == 0.0


def test_how_alike_near_copies_must_be_can_be_said(project: Project) -> None:
    text = prose(RNG, 1, length=60)[0]
    project.dataset.commit("notes", notes([text, changed(text)]), key=["id"])

    strict, usual = (project.dataset.duplicates("notes", similarity=each) for each in (0.99, 0.8))

    assert (strict.n_near, usual.n_near) == (0, 1)


def test_what_cannot_be_compared_is_refused(project: Project) -> None:
    project.dataset.commit("keys", [{"id": 1}], key=["id"])
    project.dataset.commit("notes", notes(["one"]), key=["id"])

    with pytest.raises(Invalid, match="keys@1 has nothing but its key to compare"):
        project.dataset.duplicates("keys")
    with pytest.raises(NotFound, match="no column named 'note'"):
        project.dataset.duplicates("notes", columns=["note"], against="keys")
    with pytest.raises(NotFound, match="no dataset named 'nots'"):
        project.dataset.duplicates("nots")


def test_text_is_not_compared_with_what_is_none(project: Project) -> None:
    texts = prose(RNG, 30, length=20)
    project.dataset.commit("train", notes(texts), key=["id"])
    project.dataset.commit("numbers", notes(list(range(30))), key=["id"])
    project.dataset.commit("lists", notes([[each] for each in texts]), key=["id"])

    with pytest.raises(Invalid, match="note is text, but int64 in numbers@1"):
        project.dataset.duplicates("train", against="numbers")
    with pytest.raises(Invalid, match=r"note is text, but list<item: string> in lists@1"):
        project.dataset.duplicates("train", against="lists")
    assert project.dataset.duplicates("numbers", against="train").n_leaked == 0


def test_a_column_named_twice_counts_once_and_rows_all_leak_into_themselves(
    project: Project,
) -> None:
    project.dataset.commit("notes", notes(prose(RNG, 25, length=20)), key=["id"])

    found = project.dataset.duplicates("notes", columns=["note", "note"], against="notes")

    assert found.columns == ("note",)
    assert (found.n_leaked, found.leaked_ratio) == (25, 1.0)
    assert {(each.kind, each.similarity) for each in found.leaks} == {("exact", 1.0)}
    assert all(each.row_id == each.other_row_id for each in found.leaks)
    assert (found.n_exact, len(found.leaks)) == (0, 20)


def test_what_is_listed_can_be_limited_and_counts_stay_whole(project: Project) -> None:
    texts = prose(RNG, 12, length=20)
    project.dataset.commit("notes", notes([*texts, *texts, *texts[:2]]), key=["id"])

    none, one = (project.dataset.duplicates("notes", limit=limit) for limit in (0, 1))

    assert (none.groups, none.n_exact) == ((), 14)
    assert [each.n_rows for each in one.groups] == [3]
    assert one.duplicate_ratio == pytest.approx(14 / 26)


def test_missing_and_empty_texts_and_texts_of_marks_alone_are_near_to_nothing(
    project: Project,
) -> None:
    texts = prose(RNG, 20, length=20)
    strange = [
        None,
        "",
        "!!! ???",
        "... ---",
        "\U0001f600",
        "e\u0301te\u0301 " * 9,
        "\u00e9t\u00e9 " * 9,
    ]
    project.dataset.commit("notes", notes([*texts, *strange]), key=["id"])

    found = project.dataset.duplicates("notes", cost_per_token=0.5)

    ids = row_ids(project, "notes")
    # the same word in signs that are composed otherwise
    assert [(each.kind, each.row_ids) for each in found.groups] == [("near", (ids[25], ids[26]))]
    assert (found.n_exact, found.n_near) == (0, 1)
    assert found.wasted_cost == pytest.approx(0.5 * found.n_wasted_tokens)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"similarity": 0.2}, "similarity"),
        ({"similarity": 1.5}, "similarity"),
        ({"cost_per_token": -1.0}, "cost_per_token"),
        ({"limit": -1}, "limit"),
    ],
)
def test_settings_out_of_bounds_are_refused_by_their_name(
    project: Project, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(Invalid, match=f"field '{message}' of dataset.duplicates"):
        project.dataset.duplicates("notes", **given)
