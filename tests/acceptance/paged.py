"""Runs a page of the documentation twice, as it stands and with every step on a cluster, among the
libraries of bench/ray.txt; writes the lines of the blocks whose output differs, as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from tools.docs_run import Stage, run_page

BEGIN = re.compile(r"headgate init (\w+)[^&\n]*&& cd \1")
ON_RAY = r"""\g<0> && sed -i '1i engine = "ray"' headgate.toml"""
PATIENT = Stage(limit_s=400.0)


def main() -> None:
    """Run it; the arguments are the page and an empty folder."""
    page, folder = Path(sys.argv[1]), Path(sys.argv[2])
    text = page.read_text(encoding="utf-8")
    other = folder / page.name
    other.write_text(BEGIN.sub(ON_RAY, text), encoding="utf-8")
    outputs: list[dict[int, str]] = []
    for number, one in enumerate((page, other)):
        place = folder / str(number)
        place.mkdir()
        outputs.append(run_page(one, place, PATIENT))
    projects = list((folder / "1").glob("*/headgate.toml"))
    if not projects or any(not one.read_text().startswith("engine") for one in projects):
        raise SystemExit("the page was not run on Ray")
    here, there = outputs
    differing = {
        line: (here[line], there[line])
        for line in here
        if in_order(here[line]) != in_order(there[line])
    }
    sys.stdout.write(json.dumps({"n_blocks": len(here), "differing": differing}))


def in_order(output: str) -> list[str]:
    """Sort lines, and leave out the numbers of snapshots.

    What is made in several seconds lands in several snapshots, in the order in which it comes.
    """
    return sorted(re.sub(r"@\d+", "@", output).splitlines())


if __name__ == "__main__":
    main()
