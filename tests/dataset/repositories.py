"""Makes DVC repositories by hand, as DVC lays them out, in a git repository."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from pathlib import Path

NEW, OLD = "files/md5/", ""


def git(root: Path, *words: str) -> str:
    """Run git as a person who is always the same."""
    person = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", *person, *words], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def md5(data: bytes) -> str:
    """Name data as DVC does."""
    return hashlib.md5(data).hexdigest()


def start(root: Path) -> Path:
    """Make an empty repository."""
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc" / "config").write_text("")
    (root / ".dvc" / ".gitignore").write_text("/cache\n")
    git(root, "init", "-q")
    return root


def keep(root: Path, data: bytes, *, layout: str = NEW, suffix: str = "") -> str:
    """Put data into the cache; return its name."""
    digest = md5(data)
    place = root / ".dvc" / "cache" / f"{layout}{digest[:2]}" / (digest[2:] + suffix)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return digest + suffix


def name_file(root: Path, path: str, digest: str) -> None:
    """Write the .dvc file of an output."""
    file = root / f"{path}.dvc"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"outs": [{"md5": digest, "hash": "md5", "path": file.stem}]}))


def add(root: Path, path: str, data: bytes, *, layout: str = NEW) -> str:
    """Keep a file's data and name it; the workspace stays empty."""
    digest = keep(root, data, layout=layout)
    name_file(root, path, digest)
    return digest


def add_folder(root: Path, path: str, files: dict[str, bytes]) -> str:
    """Keep a folder's files and their list."""
    entries = [{"md5": keep(root, data), "relpath": name} for name, data in sorted(files.items())]
    digest = keep(root, json.dumps(entries).encode(), suffix=".dir")
    name_file(root, path, digest)
    return digest


def commit(root: Path, message: str, when: str) -> str:
    """Commit what stands in the repository at a time; return the commit."""
    git(root, "add", "-A")
    git(root, "-c", "commit.gpgsign=false", "commit", "-q", "-m", message, f"--date={when}")
    return git(root, "rev-parse", "HEAD")
