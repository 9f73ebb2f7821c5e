"""Writes a workflow for GitHub Actions that inspects every change."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.core.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = Path(".github") / "workflows" / "headgate.yml"
WORKFLOW = """\
# Looks at contracts, data and drift on every change. The same command works in any CI system.
name: data checks
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
  security-events: write
jobs:
  headgate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0  # the contracts before the change are read from git
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install "headgate[monitor]"
      - name: Contracts, data and drift
        env:
          BASE: ${{ github.event.pull_request.base.sha || github.event.before }}
        run: |
          %COMMAND%
      - name: Show findings beside the lines
        if: always() && hashFiles('headgate.sarif') != ''
        continue-on-error: true  # needs code scanning, which a private repository may not have
        uses: github/codeql-action/upload-sarif@v3
        with:
          sarif_file: headgate.sarif
      - name: Keep the reports
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: headgate
          path: |
            headgate.html
            headgate.sarif
            headgate-junit.xml
"""


def workflow(data: Mapping[str, str], reference: Mapping[str, str]) -> str:
    """Return the workflow for some data files and what they are held against."""
    words = ["headgate", "ci"]
    for flag, files in (("--data", data), ("--reference", reference)):
        words += [word for name, file in files.items() for word in (flag, f"{name}={file}")]
    reports = ("--junit", "headgate-junit.xml", "--sarif", "headgate.sarif")
    command = shlex.join([*words, *reports, "--html", "headgate.html"])
    return WORKFLOW.replace("%COMMAND%", f'{command} --base "$BASE"')


def write_workflow(root: Path, text: str) -> str:
    """Write the workflow into a folder; return its path seen from there.

    Raises:
        Conflict: there is another one of that name.
    """
    path = root / PLACE
    if path.exists() and path.read_bytes() != text.encode():
        raise Conflict(
            f"there is a {PLACE.as_posix()} already", mend="move it away, or change it by hand"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return PLACE.as_posix()
