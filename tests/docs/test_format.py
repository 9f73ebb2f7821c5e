"""docs/format.md is enough to read a store: examples/read_store.py reads it without Headgate."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from headgate.core.errors import Invalid
from headgate.spine.context import Context
from headgate.spine.upgrade import upgrade
from tests.asking import commit, fresh, log, read, restore, tag
from tests.fixtures.formats.make import releases, unpack
from tools.docs import ROOT

SCRIPT = ROOT / "examples" / "read_store.py"
OWN = ["_rid", "_rev", "_rh"]


def loaded() -> Any:
    """Import the reader from its file."""
    spec = spec_from_file_location("read_store", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reader = loaded()


def plain(table: pa.Table) -> str:
    """Write rows so that equal ones are equal, NaN too."""
    rows = [list(row.values()) for row in table.to_pylist()]
    return json.dumps([table.column_names, *rows], default=str)


def as_read_by_both(context: Context, name: str, number: int) -> tuple[str, str]:
    """Read a snapshot with the reader and with Headgate."""
    theirs = reader.read(context.root, f"{name}@{number}", row_ids=True)
    ours = read(context, name, number, row_ids=True)
    return plain(theirs.drop_columns(["_rev", "_rh"])), plain(ours)


def test_the_reader_is_short_and_imports_nothing_of_ours() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    plainly = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]
    roots = {str(node.module).partition(".")[0] for node in imports}
    roots |= {name.name.partition(".")[0] for node in plainly for name in node.names}

    assert len(text.splitlines()) <= 200
    assert roots - set(sys.stdlib_module_names) == {"blake3", "numpy", "pyarrow", "xxhash"}


@pytest.mark.parametrize("release", releases())
@pytest.mark.parametrize("is_upgraded", [False, True])
def test_the_reader_reads_a_project_of_every_release(
    tmp_path: Path, release: str, is_upgraded: bool
) -> None:
    root, told = unpack(release, tmp_path)
    if is_upgraded:
        upgrade(root, apply=True)

    for name, snapshots in told["datasets"].items():
        for one in snapshots:
            table = reader.read(root, f"{name}@{one['number']}", row_ids=True)
            rows = [list(row.values()) for row in table.drop_columns(["_rev", "_rh"]).to_pylist()]
            found = [["_rid", *table.column_names[3:]], *rows]
            assert json.dumps(found, default=str) == json.dumps(one["rows"])
            assert reader.verify(root, f"{name}@{one['number']}") == []


def test_the_reader_knows_tags_and_the_newest(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)

    rows = {ref: reader.read(root, ref).num_rows for ref in ("orders@first", "orders", "orders@2")}

    assert rows == {"orders@first": 3, "orders": 4, "orders@2": 5}


def test_the_reader_is_a_command(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)

    done = [
        subprocess.run(
            [sys.executable, SCRIPT, root, *asked], capture_output=True, text=True, check=False
        )
        for asked in (["orders@first"], ["orders@first", "--verify"], ["nothing"])
    ]

    assert [one.returncode for one in done] == [0, 0, 1]
    assert json.loads(done[0].stdout.splitlines()[0]) == {"id": 1, "shop": "north", "price": 20}
    assert done[1].stdout == "orders@first is what its names say\n"
    assert done[2].stderr == "no snapshot nothing\n"


def test_the_reader_finds_an_altered_row(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)
    objects, _, manifest = reader.open_snapshot(root, "orders@1")
    digest = manifest["segments"][0]["digest"]
    path = reader.blob(objects, "default", "segments", digest, "parquet")
    table = reader.pq.read_table(path)
    reader.pq.write_table(table.set_column(3, "id", pa.array([1, 2, 4])), path)

    found = reader.verify(root, "orders@1")

    assert found == ["_rh says something else", "content_root says something else"]


def test_the_reader_finds_an_altered_manifest(tmp_path: Path) -> None:
    root, _ = unpack("0.1.0", tmp_path)
    objects, version, _ = reader.open_snapshot(root, "orders@1")
    path = reader.blob(objects, "default", "manifests", version["version_id"], "json")
    path.write_text(path.read_text() + " ")

    assert reader.verify(root, "orders@1") == ["version_id says something else"]


NUMBERS = st.lists(st.integers(0, 9), max_size=8, unique=True)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["replace", "append", "upsert", "restore", "wider"]),
        NUMBERS,
        st.sampled_from(["plain", "nested", "fraction"]),
    ),
    min_size=1,
    max_size=6,
)
CELLS: dict[str, Any] = {
    "plain": lambda n: n,
    "fraction": lambda n: n / 4 - 1e-7 * n,
    "nested": lambda n: {"b": [n, None], "a": f"ä{n}", "c": n / 3 * 10.0 ** (n * 4 - 20)},
}


def play(context: Context, steps: list[Any]) -> None:
    """Make a dataset's history of some steps."""
    commit(context, "orders", {"id": [0], "n": [0]}, key=["id"])
    for mode, ids, kind in steps:
        rows = {"id": pa.array(ids, pa.int64()), f"{kind}_cell": list(map(CELLS[kind], ids))}
        if mode == "restore":
            restore(context, "orders", 1 + len(ids) % len(log(context, "orders")))
        elif mode == "wider":
            commit(context, "orders", {"id": ids, "n": [0.5] * len(ids)}, mode="append")
        elif ids:
            # a key that stands twice, after an append, is refused by what comes in by key
            with suppress(Invalid):
                commit(context, "orders", rows, mode=mode)


@settings(max_examples=25)
@given(steps=STEPS)
def test_the_reader_reads_what_headgate_reads_of_any_history(steps: list[Any]) -> None:
    with fresh() as context:
        play(context, steps)
        tag(context, "orders", "newest")

        for snapshot in log(context, "orders"):
            theirs, ours = as_read_by_both(context, "orders", snapshot.number)
            assert theirs == ours
            assert reader.verify(context.root, f"orders@{snapshot.number}") == []
        assert reader.read(context.root, "orders@newest").equals(
            reader.read(context.root, "orders")
        )


def test_the_reader_reads_large_deletions(context: Context) -> None:
    n_rows = 200_000
    numbers = np.arange(n_rows)
    commit(context, "parts", {"id": pa.array(numbers)}, key=["id"])
    commit(context, "parts", {"id": pa.array(numbers[numbers % 3 > 0])}, mode="replace")
    commit(context, "parts", {"id": pa.array(numbers[::1000] + 1)}, mode="replace")

    for number in (1, 2, 3):
        theirs = reader.read(context.root, f"parts@{number}")["id"]
        ours = read(context, "parts", number)["id"]
        assert theirs.equals(ours)


@given(
    places=st.lists(st.integers(0, 400_000), max_size=50),
    runs=st.lists(st.tuples(st.integers(0, 400_000), st.integers(1, 9_000)), max_size=4),
    has_runs=st.booleans(),
)
def test_the_reader_reads_every_bitmap(
    places: list[int], runs: list[tuple[int, int]], has_runs: bool
) -> None:
    bitmap = BitMap(places)
    for low, length in runs:
        bitmap |= BitMap(range(low, low + length))
    if has_runs:
        bitmap.run_optimize()

    assert reader.roaring(bitmap.serialize()).tolist() == bitmap.to_array().tolist()
