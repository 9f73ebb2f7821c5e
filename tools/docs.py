"""Keeps the documentation true: `python -m tools.docs` says what is stale, `--write` mends it.

It runs every page in a fresh folder and compares what stands there with what came out, and what
was generated with what the code says now.
"""

from __future__ import annotations

import argparse
import difflib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.docs_blocks import shown_outputs, with_outputs, with_parts
from tools.docs_parts import PARTS
from tools.docs_run import OWN, ROOT, run_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.docs_run import Stage

OTHERS = ("benchmarks.md",)


def pages() -> list[Path]:
    """List the pages whose blocks are run: README.md and docs/*.md."""
    found = sorted((ROOT / "docs").glob("*.md"))
    return [ROOT / "README.md", *(page for page in found if page.name not in OTHERS)]


def generated(page: Path) -> str:
    """Return a page with its generated parts as the code says now."""
    return with_parts(page.read_text(encoding="utf-8"), PARTS)


def refreshed(page: Path, folder: Path, stage: Stage = OWN) -> str:
    """Run a page and return it with the outputs and parts that came out.

    Args:
        page: the page.
        folder: an empty folder to run it in.
        stage: what is set up around it.

    Raises:
        AssertionError: a block failed.
    """
    text = page.read_text(encoding="utf-8")
    written = run_page(page, folder, stage)
    shown = shown_outputs(text, stage.name)
    outputs = {output.line: written[block.line] for block, output in shown}
    return with_parts(with_outputs(text, outputs), PARTS)


def stale(page: Path, wanted: str) -> str:
    """Return how a page differs from what it should be; nothing if it does not."""
    was = page.read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(was, wanted.splitlines(), page.name, "now", lineterm="", n=1)
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Check the pages named, or all of them; write them anew if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description=__doc__)
    parser.add_argument("pages", nargs="*", type=Path, help="pages; all if none is named")
    parser.add_argument("--write", action="store_true", help="write what is stale")
    parser.add_argument("--quick", action="store_true", help="generated parts only, run nothing")
    asked = parser.parse_args(arguments)
    n_stale = 0
    for page in [path.resolve() for path in asked.pages] or pages():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary).resolve() / "work"
            folder.mkdir()
            wanted = generated(page) if asked.quick else refreshed(page, folder)
        difference = stale(page, wanted)
        n_stale += bool(difference)
        if difference and asked.write:
            page.write_text(wanted, encoding="utf-8")
        sys.stdout.write(f"{page.name}: {'stale' if difference else 'fresh'}\n")
        sys.stdout.write(f"{difference}\n" if difference and not asked.write else "")
    return 1 if n_stale and not asked.write else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
