"""A source that is held: what it brings waits with its text, and comes in once it is lifted."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from headgate.core.errors import Conflict, Invalid, NotFound
from headgate.spine.context import Context
from headgate.surfaces.python import Project

FIRST = "id,city\n1,Oslo\n2,Rome\n"
SECOND = "id,city\n3,Bonn\n4,Kyiv,again\n"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / "first.csv", tmp_path / "second.csv"]
    for path, text in zip(paths, (FIRST, SECOND), strict=True):
        path.write_text(text, encoding="utf-8")
    return [str(path) for path in paths]


def test_what_a_held_source_brings_waits_and_the_dataset_stays(
    project: Project, files: list[str]
) -> None:
    first = project.source.ingest("places", files[0], source="north")
    held = project.source.hold("north", because="cities are wrong")

    report = project.source.ingest("places", files[1], source="north")

    assert (held.is_held, held.is_changed, held.because) == (True, True, "cities are wrong")
    assert report.reasons == {"fields": 1, "held": 1}
    assert report.snapshot.content_root == first.snapshot.content_root


def test_records_keep_line_text_and_reason_while_they_wait(
    project: Project, files: list[str]
) -> None:
    project.source.ingest("places", files[0], source="north")
    project.source.hold("north")

    project.source.ingest("places", files[1], source="north")

    waiting = project.quarantine.show("places").to_pylist()
    held = next(one for one in waiting if one["rule"] == "held")
    assert (held["line"], held["raw"].strip()) == (2, "3,Bonn")
    assert held["reason"] == "held: source north is held"


def test_another_source_is_not_held(project: Project, files: list[str]) -> None:
    project.source.hold("north")

    report = project.source.ingest("places", files[0], source="south")

    assert (report.n_taken, report.n_quarantined) == (2, 0)


def test_nothing_is_released_while_the_source_is_held_and_all_of_it_afterwards(
    project: Project, files: list[str]
) -> None:
    project.source.ingest("places", files[0], source="north")
    project.source.hold("north")
    project.source.ingest("places", files[1], source="north")

    with pytest.raises(Conflict, match="source north is held") as told:
        project.quarantine.release("places", apply=True)
    lifted = project.source.lift("north")
    released = project.quarantine.release("places", reason="held", apply=True)

    assert "headgate source lift north" in told.value.mend
    assert (lifted.n_waiting, lifted.datasets) == (2, ("places",))
    assert released.n_released == 1
    ids = sorted(one["id"] for one in project.dataset.read("places").to_pylist())
    assert ids == [1, 2, 3]


def test_a_dataset_that_a_held_source_begins_gets_its_types_from_what_is_released(
    project: Project, files: list[str]
) -> None:
    project.source.hold("north")
    project.source.ingest("places", files[0], source="north")
    project.source.lift("north")

    project.quarantine.release("places", apply=True)

    assert [one["id"] for one in project.dataset.read("places").to_pylist()] == [1, 2]


@pytest.mark.parametrize(("mode", "where"), [("replace", None), ("overwrite", "id > 2")])
def test_what_would_replace_rows_is_refused_whole(
    project: Project, files: list[str], mode: Literal["replace", "overwrite"], where: str | None
) -> None:
    project.source.ingest("places", files[0], source="north")
    project.source.hold("north")

    with pytest.raises(Conflict, match=f"mode {mode} cannot wait"):
        project.source.ingest("places", files[1], source="north", mode=mode, where=where)

    assert len(project.dataset.read("places")) == 2


def test_holding_and_lifting_twice_is_done_once(project: Project) -> None:
    first = project.source.hold("north", because="first")
    again = project.source.hold("north", because="second")
    lifted = project.source.lift("north") if again.is_held else None

    assert (again.is_changed, again.because) == (False, "first")
    assert again.held_at == first.held_at
    assert lifted is not None
    assert [one.kind for one in project.event.list(subject="source:north").events] == [
        "source_lifted",
        "source_held",
    ]


def test_a_source_that_brought_something_can_be_lifted_without_being_held(
    project: Project, files: list[str]
) -> None:
    project.source.ingest("places", files[0], source="north")

    lifted = project.source.lift("north")

    assert (lifted.is_held, lifted.is_changed) == (False, False)
    with pytest.raises(NotFound, match="no source named 'nroth'"):
        project.source.lift("nroth")


def test_a_list_of_sources_says_which_are_held(project: Project, files: list[str]) -> None:
    for name in ("north", "south"):
        project.source.ingest(f"of-{name}", files[0], source=name)
    held = project.source.hold("south")

    north, south = project.source.list().sources

    assert (north.held_at, south.held_at) == (None, held.held_at)


def test_a_name_that_can_be_none_of_a_source_is_refused(project: Project) -> None:
    with pytest.raises(Invalid):
        project.source.hold("a b")


def test_the_action_plans_without_a_change_then_holds_and_is_undone(
    project: Project, context: Context, files: list[str]
) -> None:
    project.source.ingest("places", files[0], source="north", at="2026-11-02")
    action = context.registry.action("quarantine_source")
    window = {"since": "2026-11-01", "until": "2026-11-03"}

    plan = action.plan(context, "north", window)
    done = action.apply(context, "north", window | {"because": "drift"})

    assert (plan["is_held"], plan["n_rows_that_passed"]) == (False, {"places": 2})
    assert plan["see"] == [
        "headgate blast source:north --from 2026-11-01T00:00:00Z --to 2026-11-03T00:00:00Z"
    ]
    assert (done["is_held"], done["is_changed"]) == (True, True)
    assert project.source.list().sources[0].held_at is not None


def test_a_subjects_name_is_rubbed_out_of_why_a_source_is_held(project: Project) -> None:
    project.dataset.commit("people", [{"id": 1, "name": "Ann Marlowe"}])
    project.source.hold("north", because="Ann Marlowe says so")

    project.dataset.erase("people", "id = 1", apply=True, aliases=["Ann Marlowe"])

    assert "Marlowe" not in project.source.hold("north").because
