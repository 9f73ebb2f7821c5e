"""The stage of docs/switching.md: an environment with Great Expectations.

`python -m tests.acceptance.switching` runs that part of the page and writes its outputs anew.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.parts.peers import environment
from tools.docs import refreshed
from tools.docs_run import ROOT, Stage

PAGE = ROOT / "docs" / "switching.md"


def stage() -> Stage:
    """Return the stage, its environment installed."""
    return Stage("gx", {"GX_PYTHON": environment("gx")}, limit_s=400.0)


def main() -> None:
    """Write the page's outputs as they come out now."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(refreshed(PAGE, Path(folder), stage()), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE.name}\n")


if __name__ == "__main__":
    main()
