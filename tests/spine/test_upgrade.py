"""A project of any release is brought to the present, and says then what it said before."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import headgate
from headgate.core.errors import Conflict, NotFound
from headgate.spine.store.catalog import HEAD
from headgate.spine.upgrade import upgrade
from tests.fixtures.formats.make import HERE, expected, releases, unpack

LIMIT_BYTES = 300_000


def same(found: Any, wanted: Any) -> bool:
    """Compare as text, for a value that is no number is not equal to itself."""
    return json.dumps(found) == json.dumps(wanted)


@pytest.mark.parametrize("release", releases())
def test_a_project_of_every_release_reads_as_that_release_read_it(
    tmp_path: Path, release: str
) -> None:
    root, told = unpack(release, tmp_path)

    upgrade(root, apply=True)

    found = expected(root)
    assert {name: same(found[name], told[name]) for name in told} == dict.fromkeys(told, True)


@pytest.mark.parametrize("release", releases())
def test_an_upgraded_project_can_be_written_to(tmp_path: Path, release: str) -> None:
    root, told = unpack(release, tmp_path)
    newest = told["datasets"]["orders"][-1]
    upgrade(root, apply=True)

    with headgate.open(root) as project:
        added = project.dataset.commit("orders", [{"id": 70, "shop": "new"}], mode="append")
        back = project.dataset.restore("orders", to=newest["number"]).snapshot

    assert added.n_rows == newest["n_rows"] + 1
    assert back.content_root == newest["content_root"]


def test_a_fixture_is_small_and_names_no_machine() -> None:
    for release in releases():
        assert (HERE / f"{release}.tar.gz").stat().st_size < LIMIT_BYTES


def test_an_older_catalog_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)

    with pytest.raises(Conflict) as refused, headgate.open(root) as project:
        project.dataset.list()

    assert "stands at migration 0001" in refused.value.message
    assert refused.value.mend == "run: headgate project upgrade"


def test_a_plan_changes_nothing(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)

    plan = upgrade(root)

    assert (plan.stands_at, plan.brings_to, plan.is_applied, plan.copy) == (
        "0001",
        HEAD,
        False,
        None,
    )
    assert plan.steps[0].startswith("0002 ")
    assert upgrade(root) == plan


def test_the_catalog_as_it_was_is_kept(tmp_path: Path) -> None:
    root, told = unpack("0.1.0", tmp_path)

    report = upgrade(root, apply=True)

    assert report.copy == str(root / ".headgate" / "catalog-at-0001.db")
    with sqlite3.connect(str(report.copy)) as connection:
        number = connection.execute("select version_num from alembic_version").fetchone()
        count = connection.execute("select count(*) from versions").fetchone()
    assert number == ("0001",)
    assert count == (sum(len(one) for one in told["datasets"].values()),)


def test_going_back_is_putting_the_copy_in_place(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)
    first = upgrade(root, apply=True)
    catalog = root / ".headgate" / "catalog.db"

    Path(str(first.copy)).replace(catalog)
    again = upgrade(root, apply=True)

    assert again == first


def test_a_copy_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)
    copy = root / ".headgate" / "catalog-at-0001.db"
    copy.write_bytes(b"precious")

    with pytest.raises(Conflict) as refused:
        upgrade(root, apply=True)

    assert "is there already" in refused.value.message
    assert copy.read_bytes() == b"precious"
    assert upgrade(root).stands_at == "0001"


def test_a_project_of_the_present_is_left_alone(tmp_path: Path) -> None:
    headgate.init(tmp_path / "new").close()

    report = upgrade(tmp_path / "new", apply=True)

    assert (report.steps, report.copy, report.is_applied) == ((), None, False)


def test_a_catalog_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    headgate.init(tmp_path / "new").close()
    with sqlite3.connect(tmp_path / "new" / ".headgate" / "catalog.db") as connection:
        connection.execute("update alembic_version set version_num = '9999'")

    with pytest.raises(Conflict) as refused:
        upgrade(tmp_path / "new")

    assert "9999" in refused.value.message
    assert "newer" in refused.value.mend


def test_a_folder_without_a_project_cannot_be_upgraded(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        upgrade(tmp_path)
