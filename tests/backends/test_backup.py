"""A backup knows no back end: it is taken on any and restored onto any other."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Conflict
from headgate.spine.archive import load_archive
from headgate.spine.backup import back_up
from headgate.spine.restore import restore
from headgate.spine.store.catalog import open_catalog
from headgate.spine.upgrade import upgrade
from tests.backends.places import NAMES
from tests.fixtures.formats.make import expected, unpack

if TYPE_CHECKING:
    from tests.backends.places import Backends

PLACES = {
    "HEADGATE_STORE_CATALOG": "store.catalog",
    "HEADGATE_STORE_OBJECTS": "store.objects",
    "HEADGATE_STORE_ENDPOINT": "store.endpoint",
}


def places(backends: Backends, name: str) -> dict[str, str]:
    """Make a place and say where it is, as settings do."""
    environment = backends.make(name).environment
    return {PLACES[variable]: value for variable, value in environment.items()}


@pytest.mark.parametrize(
    "name", ["postgres-s3", *(pytest.param(name, marks=pytest.mark.full) for name in NAMES[1:3])]
)
def test_a_backup_goes_to_another_back_end_and_returns(
    backends: Backends, tmp_path: Path, name: str
) -> None:
    root, told = unpack("0.1.0", tmp_path)
    upgrade(root, apply=True)

    first = back_up(root, tmp_path / "first")
    restore(tmp_path / "first", tmp_path / "there", places=places(backends, name))
    second = back_up(tmp_path / "there", tmp_path / "second")
    restore(tmp_path / "second", tmp_path / "back")

    there, back = expected(tmp_path / "there"), expected(tmp_path / "back")
    assert json.dumps([there, back]) == json.dumps([told, told])
    assert (second.n_blobs, second.n_bytes) == (first.n_blobs, first.n_bytes)
    tables = [load_archive(tmp_path / folder).tables for folder in ("first", "second")]
    assert tables[0] == tables[1]


def test_a_place_that_is_taken_is_not_restored_into(backends: Backends, tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)
    upgrade(root, apply=True)
    back_up(root, tmp_path / "backup")
    taken = places(backends, "postgres-s3")
    restore(tmp_path / "backup", tmp_path / "there", places=taken)

    for name in ("store.catalog", "store.objects"):
        others = {key: value for key, value in taken.items() if key in (name, "store.endpoint")}
        with pytest.raises(Conflict):
            restore(tmp_path / "backup", tmp_path / f"no-{name}", places=others)

    assert expected(tmp_path / "there")["model"] == "always 27.5"


def test_the_environment_does_not_lead_a_restore_back_to_the_old_places(
    backends: Backends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, told = unpack("0.1.0", tmp_path)
    upgrade(root, apply=True)
    back_up(root, tmp_path / "backup")

    monkeypatch.setenv("HEADGATE_STORE_CATALOG", backends.catalog())
    restore(tmp_path / "backup", tmp_path / "again")

    monkeypatch.delenv("HEADGATE_STORE_CATALOG")
    assert json.dumps(expected(tmp_path / "again")) == json.dumps(told)
    assert "HEADGATE_STORE_CATALOG" not in os.environ


def test_a_catalog_on_postgresql_is_upgraded_after_its_tables_were_written_down(
    backends: Backends, tmp_path: Path
) -> None:
    root, _ = unpack("0.1.0", tmp_path)
    address = backends.catalog()
    older = open_catalog(address, root / ".headgate")
    older.create(to="0001")
    older.close()
    text = (root / "headgate.toml").read_text()
    (root / "headgate.toml").write_text(text.replace("sqlite:///catalog.db", address))

    report = upgrade(root, apply=True)

    assert (report.stands_at, report.is_applied) == ("0001", True)
    assert (Path(str(report.copy)) / "versions.jsonl").read_bytes() == b""
    assert upgrade(root).steps == ()
