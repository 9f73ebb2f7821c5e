"""How finely the lineage of a snapshot is known, asked for many at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from headgate.spine.lineage import levels
from headgate.spine.lineage.levels import levels_of
from headgate.spine.store.chunks import chunks
from headgate.spine.store.snapshots import heads

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


@pytest.fixture
def made(project: Project) -> list[tuple[str, int]]:
    """Snapshots made of the orders in every way, and one of nothing."""
    project.dataset.commit("orders", {"id": [1, 2]})
    with project.run("ways"):
        rows = project.dataset.read("orders", row_ids=True)
        parents: Any = [{"n": 2, "_parents": rows["_rid"].to_pylist()}]
        project.dataset.commit("same", rows)
        project.dataset.commit("counted", parents)
        project.dataset.commit("copied", rows.drop_columns(["_rid"]))
    with project.run("alone"):
        project.dataset.commit("made_up", {"id": [1]})
    names = ["orders", "same", "counted", "copied", "made_up", "none"]
    return [(name, 1) for name in names]


@pytest.mark.parametrize("at_once", [1, 500])
def test_what_was_made_of_others_says_how_its_rows_were(
    context: Context, made: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(levels, "chunks", partial(chunks, size=at_once))

    with context.catalog.read() as connection:
        found = levels_of(connection, context.tenant, made)
        others = levels_of(connection, "somebody-else", made)
        known = heads(connection, context.tenant, [name for name, _ in made])
        newest = [(name, snapshot.number) for name, snapshot in known.items()]

    assert found == {("same", 1): "row", ("counted", 1): "row", ("copied", 1): "dataset"}
    assert others == {}
    assert sorted(newest) == sorted(one for one in made if one[0] != "none")
