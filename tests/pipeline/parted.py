"""A step that is made in partitions, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

ORDERS = {
    "id": [1, 2, 3, 4, 5],
    "city": ["north", "north", "south", "south", "west"],
    "price": [1.0, 2.0, 3.0, 4.0, 5.0],
}
BY_CITY = """
    from headgate import keys_of, step

    @step(partitions=keys_of("orders", "city"))
    def made(orders, partition):
        {body}
"""
DAYS = """
    from headgate import daily, step

    @step(partitions=daily("day", "2026-10-01", until="2026-10-03"))
    def made(visits):
        return [
            {"day": day, "n": n}
            for day, n in zip(visits["day"].to_pylist(), visits["n"].to_pylist())
        ]
"""


def by_city(project: Project, body: str) -> None:
    """Write a pipeline of one step that is made city by city."""
    write(project, flow=BY_CITY.format(body=body))


def run(project: Project, **how: Any) -> Any:
    """Run the pipeline; return what became of its last step."""
    return project.pipeline.run("flow", **how).steps[-1]


def numbers(step: Any) -> tuple[int, int, int, int]:
    """Count the partitions of a step that ran, were left out, failed and were emptied."""
    counts = step.partitions
    return counts.n_ran, counts.n_cached, counts.n_failed, counts.n_emptied


def column(project: Project, name: str) -> list[Any]:
    """Read a column of what was made, in order."""
    values: list[Any] = project.dataset.read("made")[name].to_pylist()
    return sorted(values)


def root(project: Project, name: str = "made") -> str:
    """Read the content root of what was made."""
    return project.dataset.show(name).snapshot.content_root
