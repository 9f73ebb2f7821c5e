"""What a stranger reads at a terminal about datasets of files, parts and snapshots of a branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import headgate
from headgate.core.errors import Invalid, NotFound
from headgate.surfaces.cli.paint import Paint
from headgate.surfaces.cli.show import dataset as show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.surfaces.python import Project

PAINT = Paint(width=400)
NARROW = Paint(width=80)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """A project in a folder."""
    with headgate.init(tmp_path / "shop") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photos of a cat, one of a dog, and a note."""
    found = tmp_path / "pics"
    for name in ("cats/a.jpg", "cats/b.jpg", "dogs/c.png", "notes.txt"):
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        (found / name).write_text(name, encoding="utf-8")
    return found


@pytest.fixture
def first(shop: Project, folder: Path) -> Any:
    """The folder as a snapshot."""
    return shop.dataset.commit_folder("pics", folder)


def change(folder: Path) -> None:
    """Write one file anew, take one away and add one."""
    (folder / "cats/a.jpg").write_text("another", encoding="utf-8")
    (folder / "dogs/c.png").unlink()
    (folder / "d.jpg").write_text("new", encoding="utf-8")


def test_a_committed_folder_is_counted_in_files(first: Any) -> None:
    shown = show.commit_folder_lines(first, PAINT)

    assert shown[0] == "pics@1: 4 files (4 added)"
    assert shown[1] == f"version       {first.version_id}"
    assert shown[3].startswith("columns       path string, size_bytes int64, digest string")


def test_files_that_could_not_be_read_are_said_to_wait(shop: Project, folder: Path) -> None:
    (folder / "broken.jpg").symlink_to("nowhere")

    shown = show.commit_folder_lines(shop.dataset.commit_folder("pics", folder), PAINT)

    assert shown[-1] == "1 file in quarantine: headgate quarantine list"


def test_a_folder_that_did_not_change_is_told_so(shop: Project, folder: Path, first: Any) -> None:
    again = shop.dataset.commit_folder("pics", folder)

    assert show.commit_folder_lines(again, PAINT)[0] == "pics@1: nothing changed, 4 files"


def test_a_listing_shows_folders_first_and_how_to_look_into_one(shop: Project, first: Any) -> None:
    found = shop.dataset.files("pics")

    shown = show.files_lines(found, PAINT)

    assert shown[0] == f"pics@1: 4 files, {found.size_bytes} bytes"
    assert shown[1] == f"digest  {found.digest}"
    assert [line.split()[0] for line in shown[3:]] == [
        "name",
        "cats/",
        "dogs/",
        "notes.txt",
        "look",
    ]
    assert shown[-2].split()[-2:] == ["text/plain", "row:1"]
    assert shown[-1] == "look into one: headgate dataset files pics --folder cats"


def test_a_listing_of_a_folder_names_it_and_says_how_many_are_left_out(
    shop: Project, first: Any
) -> None:
    shown = show.files_lines(shop.dataset.files("pics", folder="cats", limit=1), PAINT)

    assert shown[0] == "pics@1:cats: 2 files, 20 bytes"
    assert shown[-2].startswith("a.jpg ")
    assert shown[-1] == "and 1 name more; list them with --limit N"


def test_a_folder_that_is_not_there_is_not_found(shop: Project, first: Any) -> None:
    with pytest.raises(NotFound) as refused:
        shop.dataset.files("pics", folder="cows")

    assert refused.value.message == "pics@1 has no folder 'cows'"
    assert refused.value.mend == "see: headgate dataset files pics"


def test_a_dataset_of_no_files_is_listed_as_such(shop: Project, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    shop.dataset.commit_folder("none", tmp_path / "empty")

    assert show.files_lines(shop.dataset.files("none"), PAINT) == ["none@1: 0 files, 0 bytes"]


def test_folders_that_differ_are_listed_with_their_counts(
    shop: Project, folder: Path, first: Any
) -> None:
    change(folder)
    shop.dataset.commit_folder("pics", folder)

    shown = show.folders_lines(shop.dataset.folders("pics"), PAINT)

    assert shown[:5] == [
        "pics@1 to pics@2",
        "added         1 file",
        "removed       1 file",
        "changed       1 file",
        "same folders  0",
    ]
    assert [line.split() for line in shown[7:10]] == [
        [".", "1", "0", "0"],
        ["cats", "0", "0", "1"],
        ["dogs", "0", "1", "0"],
    ]
    assert shown[-1] == "file by file: headgate dataset diff pics"


def test_equal_snapshots_list_no_folder(shop: Project, first: Any) -> None:
    shown = show.folders_lines(shop.dataset.folders("pics", from_="1", to="1"), PAINT)

    assert len(shown) == 5


def test_a_folder_that_is_the_snapshot_is_told_in_one_line(
    shop: Project, folder: Path, first: Any
) -> None:
    check = shop.dataset.verify_folder("pics", folder)

    shown = show.verify_folder_lines(check, PAINT)

    assert shown == [
        f"{folder} holds what pics@1 holds: 4 files, byte by byte",
        f"digest  {check.digest}",
    ]


def test_a_folder_that_differs_names_the_files_and_both_ways_out(
    shop: Project, folder: Path, first: Any
) -> None:
    change(folder)

    shown = show.verify_folder_lines(shop.dataset.verify_folder("pics", folder), PAINT)

    assert shown[0] == f"{folder} is not pics@1: 3 files differ"
    assert shown[3:12] == [
        *("", "missing: 1 file", "  dogs/c.png"),
        *("", "added: 1 file", "  d.jpg"),
        *("", "changed: 1 file", "  cats/a.jpg"),
    ]
    assert shown[-2] == f"commit the folder   headgate dataset commit_folder pics {folder}"
    assert shown[-1] == "get the files back  headgate dataset export pics@1 FOLDER"


def test_more_differing_files_than_are_named_are_counted(
    shop: Project, folder: Path, first: Any
) -> None:
    for number in range(5):
        (folder / f"more{number}.txt").write_text("x", encoding="utf-8")

    shown = show.verify_folder_lines(shop.dataset.verify_folder("pics", folder, limit=2), PAINT)

    start = shown.index("added: 5 files")
    assert shown[start + 1 : start + 4] == [
        "  more0.txt",
        "  more1.txt",
        "and 3 files more; list them with --limit N",
    ]


def test_what_could_not_be_read_is_told_though_all_else_is_alike(
    shop: Project, folder: Path, first: Any
) -> None:
    (folder / "broken.jpg").symlink_to("nowhere")

    check = shop.dataset.verify_folder("pics", folder)
    shown = show.verify_folder_lines(check, PAINT)

    assert check.has_findings
    assert shown[0].endswith("holds what pics@1 holds: 4 files, byte by byte")
    assert shown[-2:] == ["not read: 1 file", "  broken.jpg: link: not followed"]


def test_a_file_that_changed_shows_both_digests_short(
    shop: Project, folder: Path, first: Any
) -> None:
    change(folder)
    shop.dataset.commit_folder("pics", folder)

    report = shop.dataset.diff("pics")
    shown = "\n".join(show.diff_lines(report, PAINT))

    [row] = [one for one in report.examples if one.kind == "changed"]
    assert row.before
    assert row.after
    assert f"'{row.before['digest'][:12]}' -> '{row.after['digest'][:12]}'" in shown


def test_parts_say_how_to_read_one(shop: Project) -> None:
    shop.dataset.commit("orders", [{"id": 1}, {"id": 2}])
    shop.dataset.commit("orders", [{"id": 3}], mode="append")
    found = shop.dataset.parts("orders")

    shown = show.parts_lines(found, NARROW)

    assert shown[0] == "orders@2: 3 rows in 2 parts"
    assert [line.split()[:2] for line in shown[2:5]] == [["part", "rows"], ["0", "2"], ["1", "1"]]
    assert shown[6:] == [
        "columns   id",
        "read one  headgate dataset part orders --at 2 --part N",
        f"lease     {found.lease}",
    ]


def test_a_commit_to_a_branch_names_it_and_so_does_the_snapshot(shop: Project) -> None:
    shop.dataset.commit("orders", [{"id": 1}], key=["id"])
    shop.dataset.branch("orders", "dev")
    made = shop.dataset.commit("orders", [{"id": 2}], mode="append", branch="dev")

    shown = show.commit_lines(made, PAINT)
    detail = show.show_lines(shop.dataset.show("orders", at="dev"), PAINT)

    assert shown[0] == "orders@2: 2 rows on branch dev (1 added)"
    assert [line.split(maxsplit=2)[2] for line in detail if line.startswith("made by")] == [
        "commit on dev after @1"
    ]


def test_a_merge_is_shown_with_both_snapshots_it_stands_on(shop: Project) -> None:
    shop.dataset.commit("orders", [{"id": 1}], key=["id"])
    shop.dataset.branch("orders", "dev")
    shop.dataset.commit("orders", [{"id": 2}], mode="append", branch="dev")
    shop.dataset.commit("orders", [{"id": 3}], mode="append")
    shop.dataset.merge("orders", "dev")

    detail = show.show_lines(shop.dataset.show("orders"), PAINT)

    assert any(line.endswith("merge of @2 on main after @3") for line in detail)


def test_a_restore_that_is_planned_says_that_nothing_was_changed(shop: Project) -> None:
    shop.dataset.commit("orders", [{"id": 1}])
    shop.dataset.commit("orders", [{"id": 2}], mode="append")

    shown = show.restore_lines(shop.dataset.restore("orders", to="1", plan=True), PAINT)

    assert "nothing was changed; leave out --plan to do it" in shown


def test_what_an_erasure_leaves_to_do_fits_a_narrow_terminal(shop: Project, tmp_path: Path) -> None:
    shop.dataset.commit("people", [{"id": 1, "email": "ann@x.org"}], key=["id"])
    shop.dataset.export("people", tmp_path / "people.csv")
    plan = shop.dataset.erase("people", "id = 1")

    shown = show.erase_lines(plan, NARROW)

    start = shown.index("left to do")
    assert shown[start + 1] == f"  people@1 as csv in {tmp_path}/people.csv, 1 row"
    assert shown[start + 2].startswith("    delete the copy")
    assert shown[-1] == "do it: the same command with --apply"


def test_a_name_with_an_at_is_told_where_the_branch_goes(shop: Project, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id\n1\n", encoding="utf-8")

    with pytest.raises(Invalid) as refused:
        shop.source.ingest("orders@dev", str(tmp_path / "rows.csv"))

    assert refused.value.mend == "leave out what begins with the @; a branch is named with --branch"
