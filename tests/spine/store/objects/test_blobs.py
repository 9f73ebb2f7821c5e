"""Blobs are written once, whole or not at all, in the folder of their tenant."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from headgate.core.errors import Invalid, NotFound, Unavailable
from headgate.spine.settings import Settings, load
from headgate.spine.store.blobs import LocalBlobs, open_blobs


def files(root: Path) -> list[str]:
    """List the files of a folder, hidden ones too."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def settings_of(root: Path, *, objects: str, tenant: str = "default") -> Settings:
    """Return the settings of a project whose objects lie at a place."""
    (root / "headgate.toml").write_text('name = "shop"\n', encoding="utf-8")
    return load(root, {"store.objects": objects, "tenant": tenant})


def test_what_was_put_is_read_and_lies_in_the_tenants_folder(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")

    blobs.put("segments/ab/abc.parquet", b"rows")
    blobs.settle()

    assert blobs.get("segments/ab/abc.parquet") == b"rows"
    assert blobs.has("segments/ab/abc.parquet")
    assert files(tmp_path) == ["segments/acme/ab/abc.parquet"]
    assert Path(blobs.locate("segments/ab/abc.parquet")).read_bytes() == b"rows"


def test_another_tenant_does_not_see_it(tmp_path: Path) -> None:
    LocalBlobs(tmp_path, "acme").put("manifests/x", b"1")

    other = LocalBlobs(tmp_path, "umbrella")

    assert not other.has("manifests/x")
    with pytest.raises(NotFound):
        other.get("manifests/x")


def test_a_key_is_written_once(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")
    blobs.put("a/x", b"first")

    blobs.put("a/x", b"second")

    assert blobs.get("a/x") == b"first"


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        LocalBlobs(tmp_path, "acme").get("a/x")

    assert caught.value.message == "the store has no a/x"


def test_a_folder_that_is_a_file_is_an_error_with_a_mend(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"in the way")

    with pytest.raises(Unavailable) as caught:
        LocalBlobs(tmp_path, "acme").put("a/x", b"1")

    assert "could not be written" in caught.value.message
    assert "nothing was changed" in caught.value.mend
    assert files(tmp_path) == ["a"]


def test_two_threads_may_put_the_same_key(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")
    data = os.urandom(100_000)

    threads = [threading.Thread(target=blobs.put, args=("a/x", data)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    blobs.settle()

    assert blobs.get("a/x") == data
    assert files(tmp_path) == ["a/acme/x"]


def test_a_place_is_seen_from_the_home_folder(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, tenant="acme", objects="../elsewhere")

    open_blobs(settings, tmp_path / "home").put("a/x", b"1")

    assert files(tmp_path / "elsewhere") == ["a/acme/x"]


def test_an_address_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        open_blobs(settings_of(tmp_path, objects="gs://bucket"), tmp_path)

    assert caught.value.mend == "give a folder, or s3://bucket/prefix"


def test_what_a_killed_process_left_half_written_is_listed(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")
    blobs.put("a/x", b"1")
    (tmp_path / "a" / "acme" / ".y.1.2").write_bytes(b"half")

    assert sorted(one.key for one in blobs.listed()) == ["a/.y.1.2", "a/x"]


def test_keys_and_caches_beside_the_blobs_are_no_blobs(tmp_path: Path) -> None:
    (tmp_path / "keys" / "acme").mkdir(parents=True)
    (tmp_path / "keys" / "acme" / "signing.pem").write_bytes(b"secret")

    assert list(LocalBlobs(tmp_path, "acme").listed()) == []
    assert list(LocalBlobs(tmp_path / "none", "acme").listed()) == []


def test_putting_a_blob_again_makes_it_young(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")
    blobs.put("a/x", b"1")
    os.utime(tmp_path / "a" / "acme" / "x", (0, 0))

    blobs.put("a/x", b"1")

    assert (tmp_path / "a" / "acme" / "x").stat().st_mtime > 0


def test_a_replacement_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, "acme")
    blobs.put("a/x", b"1")
    name = f".x.{os.getpid()}.{threading.get_ident()}"
    (tmp_path / "a" / "acme" / name).mkdir()

    with pytest.raises(Unavailable):
        blobs.replace("a/x", b"2")

    assert blobs.get("a/x") == b"1"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that are opened from now on, which is done to bring them to disk."""
    found: list[str] = []
    opened = os.open

    def note(path: str | Path, flags: int, *more: int, **names: int) -> int:
        if Path(path).is_dir():
            found.append(Path(path).relative_to(tmp_path).as_posix())
        return opened(path, flags, *more, **names)

    monkeypatch.setattr(os, "open", note)
    return found


def test_the_name_of_a_folder_that_another_process_made_is_brought_to_disk_once(
    tmp_path: Path, folders: list[str]
) -> None:
    # that process may have been killed before it came to that
    (tmp_path / "segments/acme/ab").mkdir(parents=True)
    blobs = LocalBlobs(tmp_path, "acme")

    for key in ("segments/ab/first", "segments/ab/second"):
        blobs.put(key, b"rows")
        blobs.settle()

    assert sorted(folders) == ["segments/acme", "segments/acme/ab", "segments/acme/ab"]


def test_a_folder_that_files_are_spread_over_is_made_with_those_beside_it(
    tmp_path: Path, folders: list[str]
) -> None:
    blobs = LocalBlobs(tmp_path, "acme")
    blobs.put("segments/c1/first", b"rows")
    blobs.settle()
    folders.clear()

    blobs.put("segments/cf/second", b"rows")
    blobs.settle()
    blobs.put("segments/d0/third", b"rows")
    blobs.settle()

    assert sorted(folders) == ["segments/acme", "segments/acme/cf", "segments/acme/d0"]
