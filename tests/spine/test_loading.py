"""What a commit or a look at a snapshot loads: no more than it needs."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["work", "store.reading", "store.snapshots"])
def test_neither_pandas_nor_what_loads_it_is_loaded(module: str) -> None:
    code = f"import sys, headgate.spine.{module}; print(*sys.modules)"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(found.stdout.split())
    assert f"headgate.spine.{module}" in loaded
    assert not {"pandas", "pyarrow.dataset"} & loaded
