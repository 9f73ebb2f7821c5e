"""The core install stays within design.md's budget; counted here, without a network."""

from __future__ import annotations

from pathlib import Path

import headgate
from bench.parts.footprint import MAX_MB, MAX_PACKAGES, closure, installed_bytes, tree_bytes


def test_the_core_install_has_few_packages() -> None:
    packages = closure()

    assert "duckdb" in packages
    assert "scikit-learn" not in packages
    assert len(packages) <= MAX_PACKAGES, sorted(packages)


def test_the_core_install_is_small() -> None:
    others = {name: found for name, found in closure().items() if name != "headgate"}

    mb = {name: installed_bytes(found) / 1e6 for name, found in others.items()}
    mb["headgate"] = tree_bytes(Path(headgate.__file__).parent) / 1e6

    assert mb["pyarrow"] > 50, "files are missing from the records, so the sum means nothing"
    assert sum(mb.values()) <= MAX_MB, sorted(mb.items(), key=lambda pair: -pair[1])[:5]
