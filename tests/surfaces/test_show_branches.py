"""What a stranger reads at a terminal about branches, merges, differences and restores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show import dataset as show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from headgate.surfaces.python import Project

PAINT = Paint()


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[Project]:
    """Orders keyed by id; on dev row 2 is changed and row 4 added."""
    with headgate.init(tmp_path / "project") as project:
        rows = [{"id": 1, "city": "Oslo"}, {"id": 2, "city": "Rome"}]
        project.dataset.commit("orders", rows, key=["id"])
        project.dataset.branch("orders", "dev")
        later = [{"id": 2, "city": "Roma"}, {"id": 4, "city": "Bern"}]
        project.dataset.commit("orders", later, mode="upsert", branch="dev")
        yield project


def text(lines: Callable[[Any, Paint], list[str]], answer: Any) -> str:
    """Write an answer as a terminal shows it."""
    return "\n".join(lines(answer, PAINT))


def test_a_difference_shows_rows_side_by_side_with_changed_cells_marked(orders: Project) -> None:
    shown = text(show.diff_lines, orders.dataset.diff("orders", from_="main", to="dev"))

    assert "+  row:3   4  Bern" in shown
    assert "~  row:2   2  'Rome' -> 'Roma'" in shown


def test_a_long_difference_says_how_to_see_the_rest(orders: Project) -> None:
    report = orders.dataset.diff("orders", from_="main", to="dev", limit=1)
    rows = [{"id": n, "city": "x"} for n in range(10, 20)]
    orders.dataset.commit("orders", rows, mode="append", branch="dev")

    shown = text(show.diff_lines, orders.dataset.diff("orders", to="dev", limit=1))

    assert report.n_added == 1
    assert "1 of 10 rows; all of them: headgate dataset changes orders --from 2 --to 3" in shown


def test_a_difference_of_columns_says_whether_it_breaks_a_reader(orders: Project) -> None:
    orders.dataset.commit("orders", [{"id": 1, "town": "Oslo"}])

    shown = text(show.diff_lines, orders.dataset.diff("orders"))

    assert "columns  breaking" in shown
    assert "  column 'city' was removed" in shown


def test_a_merge_says_what_it_did_and_how_to_undo_it(orders: Project) -> None:
    planned = text(show.merge_lines, orders.dataset.merge("orders", "dev", plan=True))
    merged = text(show.merge_lines, orders.dataset.merge("orders", "dev"))
    again = text(show.merge_lines, orders.dataset.merge("orders", "dev"))

    assert "do it  headgate dataset merge orders dev --into main" in planned
    assert merged.startswith("orders@3: dev (orders@2) merged into main, 3 rows (1 added, 1 chan")
    assert "undo  headgate dataset restore orders --to 1 --branch main" in merged
    assert again == "nothing to merge: main (orders@3) stands on dev (orders@2) already"


def test_a_conflict_is_shown_as_each_side_has_the_row(orders: Project) -> None:
    orders.dataset.commit("orders", [{"id": 2, "city": "Rooma"}], mode="upsert")

    shown = text(show.merge_lines, orders.dataset.merge("orders", "dev")).splitlines()

    assert shown[0] == "not merged: dev (orders@2) has 1 conflict with main, both from orders@1"
    assert shown[2] == "row:2 id=2: changed by both, not alike"
    assert [line.split() for line in shown[4:7]] == [
        ["before", "Rome", "2"],
        ["main", "Rooma", "2"],
        ["dev", "Roma", "2"],
    ]


def test_a_removed_row_and_a_column_in_conflict_are_named(orders: Project) -> None:
    orders.dataset.commit("orders", [{"id": 1, "city": "Oslo", "new": True}])
    orders.dataset.commit("orders", [{"id": 4, "new": "x"}], mode="upsert", branch="dev")

    shown = text(show.merge_lines, orders.dataset.merge("orders", "dev", limit=1))

    assert "removed on main, changed on dev" in shown
    assert "main    not there" in shown
    assert "both sides changed it, each its own way" in shown


def test_the_log_tells_branches_and_merges_where_there_are_any(orders: Project) -> None:
    orders.dataset.tag("orders", "clean", at="1")
    orders.dataset.merge("orders", "dev")

    shown = text(show.log_lines, orders.dataset.log("orders")).splitlines()

    assert shown[0].split()[:4] == ["snapshot", "branch", "made", "by"]
    assert shown[1].startswith("orders@3 (main)  main    merge of @2")
    assert shown[3].startswith("orders@1 clean")


def test_branches_and_tags_are_listed_under_one_another(orders: Project) -> None:
    orders.dataset.tag("orders", "clean", protect=True)

    shown = text(show.branches_lines, orders.dataset.branches("orders")).splitlines()

    assert shown[2].split()[:6] == ["dev", "orders@2", "3", "1", "0", "no"]
    assert shown[-1].split() == ["clean", "orders@1", "2", "yes"]


def test_what_was_done_to_a_name_can_be_undone_by_what_is_shown(orders: Project) -> None:
    deleted = text(show.branch_lines, orders.dataset.branch("orders", "dev", delete=True))
    orders.dataset.tag("orders", "clean")
    orders.dataset.commit("orders", [{"id": 9, "city": "Pisa"}])
    moved = text(show.tag_lines, orders.dataset.tag("orders", "clean", move=True))

    assert "undo  headgate dataset branch orders dev --at 2" in deleted
    assert moved.startswith("orders@clean: moved to orders@3, it stood at @1, 1 row")
    assert "undo  headgate dataset tag orders clean --at 1 --move" in moved


def test_a_restore_names_who_stands_on_the_rest_one_a_line(orders: Project) -> None:
    with orders.run("train") as run:
        orders.dataset.read("orders", at="dev")
    planned = orders.dataset.restore("orders", "1", branch="dev", plan=True)

    shown = text(show.restore_lines, planned).splitlines()

    assert shown[0].startswith("orders@2 can be restored to orders@1 (1 changed back, 1 taken")
    assert shown[-2:] == ["1 thing was made from what is left behind:", f"  run:{run.id}"]
