"""Bad input on the command line: a message with a mend, exit code 2, and nothing changed."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import headgate
from headgate.surfaces.verbs import table
from tests.surfaces.shell import shell

GOOD = "id,age\n1,20\n2,30\n"


@dataclass(frozen=True)
class Shop:
    """A project with one snapshot, and the command line, in a process of its own or in ours."""

    folder: Path
    project: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "headgate", *arguments, "--project", str(self.project)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)

    def type(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = shell(table(), self.folder)(*arguments, "--project", self.project)
        return subprocess.CompletedProcess(arguments, done.code, done.out, done.err)

    def state(self) -> list[tuple]:
        """Read what a change would show in: snapshots, batches, events."""
        path = self.project / ".headgate" / "catalog.db"
        with contextlib.closing(sqlite3.connect(path)) as catalog:
            queries = (
                "select version_id from versions",
                "select digest from batches",
                "select digest from events",
                "select name from sources",
            )
            return [tuple(catalog.execute(query).fetchall()) for query in queries]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "new.csv").write_text("id,age\n9,90\n", encoding="utf-8")
    with headgate.init(tmp_path / "shop") as project:
        project.source.ingest("people", str(tmp_path / "good.csv"))
    return Shop(tmp_path, tmp_path / "shop")


def write(shop: Shop, name: str, content: bytes) -> str:
    path = shop.folder / name
    path.write_bytes(content)
    return str(path)


BAD_FILES = {
    "binary.csv": (b"\x7fELF\x00\x01\x02\x00" * 50, "binary"),
    "latin.csv": ("id,name\n1,J\xfcrgen\n".encode("latin-1"), "encoding"),
    "long.csv": (b"id,note\n1," + b"x" * 10_000_000 + b"\n", "line 2"),
    "broken.parquet": (b"PAR1 and no more", "parquet"),
    "prose.db": (b"this is no database", "database"),
    "list.json": (b'{"not": "an array"', "json"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_not_what_it_claims_is_refused(shop: Shop, name: str) -> None:
    content, word = BAD_FILES[name]
    settings = ["--settings", "table=t"] if name.endswith(".db") else []
    before = shop.state()

    done = shop.type("source", "ingest", "people", write(shop, name, content), *settings)

    assert done.returncode == 2, done.stderr
    assert "mend:" in done.stderr
    assert word in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert shop.state() == before


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("source", "ingest", "people", "nowhere.csv"), "nowhere.csv"),
        (("source", "ingest", "people", "new.csv", "--mode", "upsert", "--key", "nmae"), "nmae"),
        (("source", "ingest", "9lives", "good.csv"), "9lives"),
        (("source", "ingest", "people", "good.csv", "--at", "yesterday"), "yesterday"),
        (("source", "ingest", "people", "good.csv", "--connector", "cvs"), "did you mean csv?"),
        (("dataset", "read", "poeple"), "did you mean people?"),
        (("dataset", "read", "people@7"), "people@7"),
        (("dataset", "commit", "people", "nowhere.parquet"), "nowhere.parquet"),
        (("dataset", "restore", "people", "--to", "9"), "9"),
        (("query", "select * from read_csv('/etc/passwd')"), "disabled"),
        (("query", "drop table people"), "query"),
        (("dataset", "explode"), "explode"),
        (("blast", "source:people", "--from", "2026-13-01"), "2026-13-01"),
        (("release", "create", "api", "--model", "none@1"), "none@1"),
        (("prediction", "feedback", "none", "thumb", "up"), "none"),
    ],
)
def test_a_wrong_word_is_answered_with_a_mend(
    shop: Shop, arguments: tuple[str, ...], word: str
) -> None:
    before = shop.state()

    done = shop.type(*arguments)

    assert done.returncode == 2, done.stderr + done.stdout
    assert "mend:" in done.stderr
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert shop.state() == before


def test_a_malformed_row_costs_only_itself(shop: Shop) -> None:
    path = write(shop, "mixed.csv", b"id,age\n3,40\n4,50,60\n5,abc\n6,70\n")

    done = shop.run("source", "ingest", "people", path, "--json")

    assert done.returncode == 0, done.stderr
    with headgate.open(shop.project) as project:
        waiting = project.quarantine.show("people").to_pylist()
        assert project.dataset.read("people")["id"].to_pylist() == [1, 2, 3, 6]
    assert [(row["line"], row["raw"]) for row in waiting] == [(3, "4,50,60"), (4, "5,abc")]


def test_broken_settings_name_file_and_line(shop: Shop) -> None:
    (shop.project / "headgate.toml").write_text('name = "shop\n', encoding="utf-8")

    done = shop.run("dataset", "list")

    assert done.returncode == 2
    assert "headgate.toml" in done.stderr
    assert "line 1" in done.stderr
    assert "mend:" in done.stderr


def test_a_folder_without_a_project_names_init(tmp_path: Path) -> None:
    done = Shop(tmp_path, tmp_path / "empty").run("dataset", "list")

    assert done.returncode == 2
    assert "headgate init" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_full_disk_leaves_the_project_as_it_was(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], check=False
    )
    if mounted.returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        rows = "".join(f"{n},{os.urandom(40).hex()}\n" for n in range(60_000))
        (tmp_path / "big.csv").write_text("id,noise\n" + rows, encoding="utf-8")
        (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
        shop = Shop(tmp_path, small / "shop")
        with headgate.init(shop.project) as project:
            project.source.ingest("people", str(tmp_path / "good.csv"))
        before = shop.state()

        full = shop.run("source", "ingest", "big", "big.csv")
        after = shop.state()
        with headgate.open(shop.project) as project:
            kept = project.dataset.read("people").num_rows
    finally:
        subprocess.run(["umount", str(small)], check=True)

    assert full.returncode == 2, full.stderr
    assert "mend:" in full.stderr
    assert (after, kept) == (before, 2)
