"""One record of 50 fields at a time, as a gateway looks at it. Run `python -m bench.validator`.

Every library gets the bytes a client sends and the same promises: types, ranges, lengths, patterns,
sets, dates. Ours, jsonschema-rs and pydantic tell every error of a bad record, msgspec alone the
first. All take their turns, each round in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from typing import Any

from bench.parts import peers
from bench.parts.timing import ROOT, process

LIMIT_US = 1000.0
"""What the validator may take for a record at the 99 % quantile [µs]."""
NAMES = ("headgate", "msgspec", "jsonschema_rs", "pydantic")
KINDS = ("good p50", "good p99", "bad p50", "bad p99")


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print each library's figures beside the limit."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=20_000)
    options.add_argument("--runs", type=int, default=5)
    asked = options.parse_args(arguments)
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in NAMES}
    for _ in range(asked.runs):
        for name in NAMES:
            rounds[name].append(_run(name, asked.records))
    print(f"{asked.records:,} records of 50 fields, {asked.runs} rounds, medians [µs]")
    print(f"{'':24}{''.join(f'{kind:>11}' for kind in KINDS)}  errors told")
    for name, found in rounds.items():
        cells = "".join(f"{_median(found, kind):11.1f}" for kind in KINDS)
        print(f"{name + ' ' + found[0]['version']:24}{cells}{found[0]['bad errors']:13.0f}")
    worst = max(_median(rounds["headgate"], kind) for kind in KINDS if kind.endswith("p99"))
    holds = worst <= LIMIT_US
    print(f"headgate p99 {worst:.0f} µs, limit {LIMIT_US:.0f} µs {'holds' if holds else 'MISSED'}")
    for name in NAMES[1:]:
        ratio = _median(rounds[name], "good p50") / _median(rounds["headgate"], "good p50")
        print(f"{name} / headgate, good p50: {ratio:.2f}")
    return 0 if holds else 1


def _run(name: str, n_records: int) -> dict[str, Any]:
    if name == "pydantic":
        return peers.run("peer_records", name, str(n_records), listed="pydantic")
    command = [sys.executable, "-m", "bench.parts.peer_records", name, str(n_records)]
    return json.loads(process(command, cwd=ROOT)[1].splitlines()[-1])


def _median(found: list[dict[str, Any]], kind: str) -> float:
    return statistics.median(one[kind] for one in found)


if __name__ == "__main__":
    raise SystemExit(main())
