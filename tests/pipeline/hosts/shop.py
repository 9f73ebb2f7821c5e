"""A pipeline with all that a host may be told of, and one that is plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

SALES = '''
    from headgate import Promise, Schedule, Sensor, keys_of, step

    schedule = Schedule("0 6 * * mon-fri", timezone="Europe/Berlin", give={"day": "date"})
    sensors = [Sensor("files", "inbox/*.csv")]
    promises = {"totals": Promise(min_rows=1)}

    @step(retries=2, wait_s=0.5)
    def priced(orders, *, rate: float = 2.0, day: str = "", odd: tuple = ("a",)):
        """The "price" of each, in C:\\\\euro."""
        return [
            {"city": one["city"], "price": one["price"] * rate, "day": day}
            for one in orders.to_pylist()
        ]

    @step(partitions=keys_of("priced", "city"), timeout_s=60)
    def by_city(priced, partition):
        return [{"city": partition, "n": priced.num_rows}]

    @step(name="all-of.them")
    def all_of_them(by_city):
        return [{"n": sum(by_city["n"].to_pylist())}]
'''
ORDERS = {"city": ["x", "y", "x"], "price": [20.0, 30.0, 5.0]}


def sales(project: Project, more: str = "") -> None:
    """Write the pipeline and commit what it reads; `more` says more of its step with a limit."""
    project.dataset.commit("orders", ORDERS)
    write(project, sales=SALES.replace("timeout_s=60", f"timeout_s=60{more}"))


def spans(project: Project) -> None:
    """Write a pipeline of one step for each kind of partitions."""
    project.dataset.commit("visits", {"at": ["2026-11-02"], "land": ["fr"]})
    write(
        project,
        spans="""
            from headgate import Schedule, daily, keys, spans, step

            schedule = [
                Schedule("@daily", since="2026-11-01", catch_up="all", set={"n": 3}),
                Schedule("30 2 * * *", name="night", overlap="queue", give={"partition": "date"}),
            ]

            @step(partitions=daily("at", "2026-11-01", until="2026-11-03"))
            def days(visits, partition, *, n: int = 1):
                return [{"n": n}]

            @step(partitions=spans("hour", "at", "2026-11-01T00", until="2026-11-01T01"))
            def hours(visits):
                return [{"n": 1}]

            @step(partitions=spans("week", "at", "2026-11-02", until="2026-11-02"))
            def weeks(visits):
                return [{"n": 1}]

            @step(partitions=spans("month", "at", "2026-09", until="2026-10"))
            def months(visits):
                return [{"n": 1}]

            @step(partitions=keys("land", "fr", 'say "de"'))
            def lands(days):
                return [{"n": 1}]
        """,
    )
