"""Pipeline files written by tests, and what became of their steps."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

SHOP = """
    import pyarrow.compute as pc
    from _prices import in_euro
    from headgate import step

    @step(columns={"orders": ["id", "price"]})
    def priced(orders, *, rate: float = 2.0):
        place = orders.column_names.index("price")
        return orders.set_column(place, "price", in_euro(orders["price"], rate))

    @step
    def dear(priced, *, floor: float = 100.0):
        return priced.filter(pc.greater(priced["price"], floor))

    @step
    def totals(dear):
        return [{"n": dear.num_rows, "sum": pc.sum(dear["price"]).as_py()}]
"""
PRICES = """
    import pyarrow.compute as pc

    def in_euro(column, rate):
        return pc.multiply(column, rate)
"""
ORDERS = {"id": [1, 2, 3], "price": [20.0, 60.0, 90.0], "note": ["a", "b", "c"]}


def write(project: Project, **files: str) -> None:
    """Write files of a project's pipelines folder, by name without `.py`."""
    folder = Path(project.address) / "pipelines"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")


def shop(project: Project) -> None:
    """Three orders, and a pipeline of three steps that stand on them."""
    project.dataset.commit("orders", ORDERS, key=["id"])
    write(project, shop=SHOP, _prices=PRICES)


def run(project: Project, name: str = "shop", **settings: str) -> dict[str, str]:
    """Run a pipeline; return the state of each step."""
    return {one.name: one.state for one in project.pipeline.run(name, set=settings).steps}


def planned(project: Project, name: str = "shop", **settings: str) -> dict[str, tuple[str, Any]]:
    """Plan a pipeline; return state and reasons of each step."""
    steps = project.pipeline.plan(name, set=settings).steps
    return {one.name: (one.state, one.why) for one in steps}
