"""Checks that a tag may be released: it is the version, and the changelog has its heading."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def problems(root: Path, tag: str) -> Iterator[str]:
    """Yield what stands in the way of releasing a tag such as `v1.2.3`."""
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    if tag != f"v{version}":
        yield f"tag {tag!r} is not the version: pyproject.toml says {version}, so tag v{version}"
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text("utf-8") if changelog.exists() else ""
    if not re.search(rf"^## \[?{re.escape(version)}\b", text, re.MULTILINE):
        yield f"CHANGELOG.md has no heading for {version}: add `## {version}`"


def main(arguments: list[str]) -> int:
    """Print each problem; one is enough to stop."""
    if len(arguments) != 1:
        sys.stderr.write("name the tag: release.py v1.2.3\n")
        return 2
    found = list(problems(Path(), arguments[0]))
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
