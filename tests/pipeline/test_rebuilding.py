"""What was derived can be made again from what was taken in, to the same hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import headgate
from headgate.pipeline.partitions import keys_of
from headgate.pipeline.slices import Slices, mark_of
from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from tests.pipeline.writing import PRICES, SHOP, run, write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

DERIVED = ("priced", "dear", "totals", "by_note")
BY_NOTE = """
    import pyarrow.compute as pc
    from headgate import keys_of, step

    @step(partitions=keys_of("orders", "note"))
    def by_note(orders):
        return [{"sum": pc.sum(orders["price"]).as_py(), "_parents": orders["_rid"].to_pylist()}]
"""


def roots(project: Project) -> dict[str, str]:
    """Read the content roots of what is derived."""
    return {name: project.dataset.show(name).snapshot.content_root for name in DERIVED}


def build(project: Project, raw: Path) -> dict[str, str]:
    """Take raw files in and derive everything from them."""
    for file in sorted(raw.glob("*.csv")):
        project.source.ingest("orders", str(file), source="web", key=["id"])
    write(project, shop=SHOP, _prices=PRICES, notes=BY_NOTE)
    run(project, "shop")
    run(project, "notes")
    return roots(project)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Two files of orders."""
    for n in range(2):
        lines = [f"{i},{20.0 * i},{'abc'[i % 3]}" for i in range(n * 5, n * 5 + 5)]
        text = "\n".join(["id,price,note", *lines]) + "\n"
        (tmp_path / f"{n}.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.row("S3-01")
@pytest.mark.row("S3-26")
def test_everything_derived_is_made_again_from_raw_to_the_same_hashes(
    project: Project, raw: Path
) -> None:
    before = build(project, raw)
    for name in DERIVED:
        schema = project.dataset.read(name).schema
        project.dataset.commit(name, schema.empty_table())
    assert not set(roots(project).values()) & set(before.values())

    first, second = run(project, "shop"), run(project, "notes")

    assert set((first | second).values()) == {"ran"}
    assert roots(project) == before


@pytest.mark.row("S3-01")
def test_another_folder_comes_to_the_same_hashes(project: Project, raw: Path) -> None:
    before = build(project, raw)

    with headgate.init(raw / "elsewhere") as other:
        assert build(other, raw) == before


KEYS = st.one_of(st.none(), st.sampled_from("abcd"))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_slices_are_what_a_filter_of_the_whole_gives(context: Context, data: st.DataObject) -> None:
    parts = data.draw(
        st.lists(st.lists(st.tuples(KEYS, st.integers(0, 9)), max_size=6), max_size=4)
    )
    modes: list[Any] = ["replace", *["append"] * len(parts)]
    with headgate.open(context.root) as project:
        for mode, rows in zip(modes, [[("a", 0)], *parts], strict=True):
            columns = {"k": pa.array([k for k, _ in rows], pa.string()), "n": [n for _, n in rows]}
            project.dataset.commit("kept", pa.table(columns), mode=mode)
        whole = project.dataset.read("kept", row_ids=True)
    manifest = manifest_of(context, find_snapshot(context, "kept"))

    slices = Slices(context.blobs, manifest, keys_of("kept", "k"))

    found = slices.rows([*slices.keys, "z"])
    assert slices.keys == sorted({k for k in whole["k"].to_pylist() if k is not None})
    for key, rows in found.items():
        expected = whole.filter(pc.is_in(whole["k"], value_set=pa.array([key])))
        assert rows.sort_by("_rid").to_pylist() == expected.sort_by("_rid").to_pylist()
        sums = row_hashes(canonical(expected.drop_columns(["_rid"]))).sum(axis=0, dtype="u8")
        assert slices.mark(key) == mark_of(expected.num_rows, sums)
