"""Runs a page of the documentation twice, as it stands and with every step on a cluster, among the
libraries of bench/ray.txt; writes the lines of the blocks whose output differs, as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from tools import docs_run
from tools.docs_run import run_page

BEGIN = "headgate init shop && cd shop"
ON_RAY = f"{BEGIN} && sed -i '1i engine = \"ray\"' headgate.toml"


def main() -> None:
    """Run it; the arguments are the page and an empty folder."""
    docs_run.LIMIT_S = 400.0
    page, folder = Path(sys.argv[1]), Path(sys.argv[2])
    text = page.read_text(encoding="utf-8")
    other = folder / page.name
    other.write_text(text.replace(BEGIN, ON_RAY), encoding="utf-8")
    outputs: list[dict[int, str]] = []
    for number, one in enumerate((page, other)):
        place = folder / str(number)
        place.mkdir()
        outputs.append(run_page(one, place))
    if not (folder / "1" / "shop" / "headgate.toml").read_text().startswith('engine = "ray"'):
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
