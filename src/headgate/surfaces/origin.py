"""What code and which environment a run or a model came from, as digests and versions."""

from __future__ import annotations

import inspect
import platform
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3

if TYPE_CHECKING:
    from types import FrameType

NOTED = ("numpy", "pandas", "scikit-learn", "torch")


def calling_frame() -> FrameType | None:
    """Find the nearest caller outside Headgate's surfaces."""
    frame = inspect.currentframe()
    while frame and str(frame.f_globals.get("__name__", "")).startswith("headgate.surfaces"):
        frame = frame.f_back
    return frame


def code_of(frame: FrameType | None) -> str | None:
    """Name the code of a frame: the digest of its file, and the git commit it lies in.

    Args:
        frame: whose code.

    Returns:
        `blake3:…`, followed by ` git:…` inside a repository; nothing for code without a file.
    """
    path = Path(frame.f_code.co_filename) if frame else None
    if path is None or not path.is_file():
        return None
    digest = f"blake3:{blake3(path.read_bytes()).hexdigest()}"
    commit = _git_commit(path.resolve().parent)
    return f"{digest} git:{commit}" if commit else digest


@cache
def environment() -> dict[str, str]:
    """Describe the environment: Python, a digest over all distributions, versions that matter.

    `distributions` is the blake3 over the sorted lines `name==version`, names in lower case.
    """
    from importlib.metadata import distributions

    versions = {
        str(each.metadata["Name"]).lower(): each.version
        for each in distributions()
        if each.metadata["Name"]
    }
    lines = "\n".join(f"{name}=={version}" for name, version in sorted(versions.items()))
    noted = {name: versions[name] for name in NOTED if name in versions}
    described = {
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "distributions": blake3(lines.encode()).hexdigest(),
    }
    return described | noted


def _git_commit(folder: Path) -> str | None:
    for place in (folder, *folder.parents):
        git = place / ".git"
        if git.is_dir():
            return _head_of(git)
    return None


def _head_of(git: Path) -> str | None:
    try:
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        if (git / name).is_file():
            return (git / name).read_text(encoding="utf-8").strip()
        packed = (git / "packed-refs").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)
