"""Partitions: which there are, which have to be made, and what becomes of their rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from headgate.core.errors import Invalid, NotFound
from headgate.pipeline.partitions import Partitions, daily, keys, keys_of, spans
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.surfaces.python import Project

ORDERS = {
    "id": [1, 2, 3, 4, 5],
    "city": ["north", "north", "south", "south", "west"],
    "price": [1.0, 2.0, 3.0, 4.0, 5.0],
}
CITIES = """
    import pyarrow.compute as pc
    from headgate import keys_of, step

    cities = keys_of("orders", "city")

    @step(partitions=cities)
    def priced(orders, partition, *, rate: float = 1.0):
        return orders.set_column(
            orders.column_names.index("price"), "price", pc.multiply(orders["price"], rate)
        )

    @step(partitions=cities)
    def totals(priced):
        return [{"sum": pc.sum(priced["price"]).as_py(), "_parents": priced["_rid"].to_pylist()}]
"""


@pytest.fixture
def cities(project: Project) -> Project:
    """A project with two steps that are made city by city, and have been."""
    project.dataset.commit("orders", ORDERS, key=["id"])
    write(project, flow=CITIES)
    project.pipeline.run("flow")
    return project


def counts(project: Project, name: str = "flow", **how: Any) -> dict[str, tuple[int, int, int]]:
    """Run a pipeline; return for each step how many partitions ran, were left out and failed."""
    steps: tuple[Any, ...] = project.pipeline.run(name, **how).steps
    return {
        one.name: (one.partitions.n_ran, one.partitions.n_cached, one.partitions.n_failed)
        for one in steps
    }


def sums(project: Project) -> dict[str, float]:
    """Read the total of each city."""
    rows: dict[str, Any] = project.dataset.read("totals").to_pydict()
    return dict(zip(rows["city"], rows["sum"], strict=True))


# ---- which there are


LONG = """
    from headgate import keys_of, step

    @step(partitions=keys_of("orders", "city"))
    def made(orders):
        return orders

    @step(cache=False)
    def beside():
        return [{"id": 1}]
"""


def test_days_are_there_once_they_have_ended() -> None:
    days = daily("day", "2026-11-01", until="2026-11-03")

    assert days.known(datetime(2026, 11, 1, 23, 59, tzinfo=UTC)) == []
    assert days.known(datetime(2026, 11, 2, tzinfo=UTC)) == ["2026-11-01"]
    assert days.known(datetime(2026, 12, 1, tzinfo=UTC))[-1] == "2026-11-03"


def test_days_end_where_their_time_zone_says() -> None:
    days = daily("day", "2026-11-01", timezone="America/New_York")

    assert days.known(datetime(2026, 11, 2, 4, 59, tzinfo=UTC)) == []
    assert days.known(datetime(2026, 11, 2, 5, 0, tzinfo=UTC)) == ["2026-11-01"]


@pytest.mark.parametrize(
    ("every", "since", "expected"),
    [
        ("hour", "2026-11-01T22", ["2026-11-01T22", "2026-11-01T23", "2026-11-02T00"]),
        ("week", "2026-10-19", ["2026-10-19", "2026-10-26"]),
        ("month", "2025-12", ["2025-12", *(f"2026-{month:02}" for month in range(1, 11))]),
    ],
)
def test_spans_follow_one_another(every: Any, since: str, expected: list[str]) -> None:
    found = spans(every, "at", since).known(datetime(2026, 11, 2, 1, 30, tzinfo=UTC))

    assert found == expected


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin"])
@pytest.mark.parametrize(("every", "since"), [("hour", "2026-10-24T00"), ("day", "2026-10-24")])
def test_every_moment_lies_in_the_span_that_names_it(every: Any, since: str, timezone: str) -> None:
    partitions = spans(every, "at", since, timezone=timezone)
    first = datetime(2026, 10, 24, 12, tzinfo=UTC)
    moments = [first + timedelta(minutes=17 * n) for n in range(400)]

    labels = partitions.labels(pa.chunked_array([pa.array(moments, pa.timestamp("us", "UTC"))]))

    known = set(partitions.known(moments[-1] + timedelta(days=2)))
    found: list[Any] = labels.to_pylist()
    assert set(found) <= known
    assert found == sorted(found)


def test_partitions_named_by_hand_are_as_they_are_named() -> None:
    assert keys("region", "north", "south").known() == ["north", "south"]
    assert keys_of("orders", "city") == Partitions("city", dataset="orders")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: daily("day", "2026-1-2"), "'2026-1-2' names no day"),
        (lambda: daily("day", "2026-13-01"), "names no day"),
        (lambda: keys("city", ["north"]), "is no partition's key"),  # pyright: ignore[reportArgumentType] - that is what is tested
        (lambda: keys("city", "n" * 201), "has 201 signs: 'nnnnnnnnnnnnnnnnnnnn'…"),
        (lambda: spans("week", "day", "2026-11-03"), "2026-11-03 is no Monday"),
        (lambda: daily("day", "2026-11-01", timezone="Mars/Base"), "no time zone 'Mars/Base'"),
    ],
)
def test_partitions_that_cannot_be_are_refused_with_a_mend(make: Any, message: str) -> None:
    with pytest.raises(Invalid, match=message) as caught:
        make()

    assert caught.value.mend


# ---- which are made


@pytest.mark.row("S3-78")
def test_each_value_of_a_column_is_mapped_to_a_call_of_its_own(cities: Project) -> None:
    assert sums(cities) == {"north": 3.0, "south": 7.0, "west": 5.0}
    assert counts(cities) == {"priced": (0, 3, 0), "totals": (0, 3, 0)}


def test_only_the_partition_whose_rows_changed_is_made_again(cities: Project) -> None:
    prices = [1.0, 2.0, 3.0, 40.0, 5.0]
    cities.dataset.commit("orders", ORDERS | {"price": prices}, key=["id"])

    found = counts(cities)

    assert found == {"priced": (1, 2, 0), "totals": (1, 2, 0)}
    assert sums(cities) == {"north": 3.0, "south": 43.0, "west": 5.0}


def test_a_setting_makes_every_partition_again(cities: Project) -> None:
    assert counts(cities, set={"rate": "2.0"}) == {"priced": (3, 0, 0), "totals": (3, 0, 0)}
    assert sums(cities) == {"north": 6.0, "south": 14.0, "west": 10.0}


@pytest.mark.row("S3-27")
def test_one_partition_is_made_and_the_others_stay(cities: Project) -> None:
    found = counts(cities, partition="south", set={"rate": "2.0"})

    assert found == {"priced": (1, 0, 0), "totals": (1, 0, 0)}
    assert sums(cities) == {"north": 3.0, "south": 14.0, "west": 5.0}


def test_a_new_value_is_a_new_partition_and_one_that_is_gone_is_emptied(cities: Project) -> None:
    cities.dataset.commit(
        "orders", {"id": [1, 2, 6], "city": ["north", "north", "east"], "price": [1.0, 2.0, 9.0]}
    )

    first: Any = cities.pipeline.run("flow").steps[0].partitions

    assert (first.n_ran, first.n_cached, first.n_emptied) == (1, 1, 2)
    assert sums(cities) == {"north": 3.0, "east": 9.0}
    assert counts(cities) == {"priced": (0, 2, 0), "totals": (0, 2, 0)}


def test_a_partition_that_was_gone_is_made_when_it_comes_back(cities: Project) -> None:
    fewer = {name: values[:2] for name, values in ORDERS.items()}
    cities.dataset.commit("orders", fewer, key=["id"])
    cities.pipeline.run("flow")
    cities.dataset.commit("orders", ORDERS, key=["id"])

    found = counts(cities)

    assert found == {"priced": (2, 1, 0), "totals": (2, 1, 0)}
    assert sums(cities) == {"north": 3.0, "south": 7.0, "west": 5.0}


def test_rows_changed_by_hand_are_made_again_in_their_partition_alone(cities: Project) -> None:
    totals = cities.dataset.read("totals").to_pydict()
    totals["sum"][totals["city"].index("west")] = -1.0
    cities.dataset.commit("totals", totals)

    found = cities.pipeline.plan("flow").steps[1]

    assert (found.state, found.keys, found.why) == (
        "run",
        ("west",),
        ("its rows are not what it made",),
    )
    assert counts(cities)["totals"] == (1, 2, 0)
    assert sums(cities)["west"] == 5.0


def test_rows_keep_their_ids_and_a_blast_stays_in_the_partition(
    project: Project, tmp_path: Path
) -> None:
    for city, line in (("north", "1,1.0"), ("south", "2,2.0"), ("west", "3,3.0")):
        (tmp_path / f"{city}.csv").write_text(f"id,price,city\n{line},{city}\n", encoding="utf-8")
        project.source.ingest("orders", str(tmp_path / f"{city}.csv"), source=city)
    write(project, flow=CITIES)
    project.pipeline.run("flow")

    report = project.blast("source:south")

    found = {one.dataset: one.snapshots[-1] for one in report.datasets}
    assert (found["priced"].n_bad, found["priced"].n_rows) == (1, 3)
    assert (found["totals"].n_bad, found["totals"].n_rows) == (1, 3)


def test_a_dataset_read_whole_counts_for_every_partition(project: Project) -> None:
    project.dataset.commit("orders", ORDERS, key=["id"])
    project.dataset.commit("rates", {"city": ["north", "west"], "rate": [2.0, 3.0]})
    write(
        project,
        flow="""
            from headgate import keys, step

            @step(partitions=keys("city", "north", "south"), whole=["rates"])
            def counted(orders, rates):
                return [{"n": orders.num_rows, "n_rates": rates.num_rows}]
        """,
    )

    assert counts(project) == {"counted": (2, 0, 0)}
    project.dataset.commit("rates", {"city": ["west"], "rate": [3.0]})

    assert counts(project) == {"counted": (2, 0, 0)}
    rows = project.dataset.read("counted").to_pylist()
    assert {(row["city"], row["n"], row["n_rates"]) for row in rows} == {
        ("north", 2, 1),
        ("south", 2, 1),
    }


def test_days_of_moments_are_handed_their_rows(project: Project) -> None:
    start = datetime(2026, 10, 31, 20, tzinfo=UTC)
    at = pa.array([start + timedelta(hours=3 * n) for n in range(16)], pa.timestamp("us", "UTC"))
    project.dataset.commit("visits", pa.table({"at": at, "n": list(range(16))}))
    write(
        project,
        flow="""
            from headgate import daily, step

            @step(partitions=daily("at", "2026-11-01", until="2026-11-02"))
            def kept(visits):
                return visits
        """,
    )

    assert counts(project) == {"kept": (2, 0, 0)}
    kept: list[Any] = project.dataset.read("kept")["at"].to_pylist()
    given: list[Any] = at.to_pylist()
    assert {one.date().isoformat() for one in kept} == {"2026-11-01", "2026-11-02"}
    assert len(kept) == sum(1 <= one.day <= 2 for one in given)


# ---- what fails


FAILING = """
    from pathlib import Path
    from headgate import keys_of, step

    @step(partitions=keys_of("orders", "city"))
    def checked(orders, partition):
        if Path({place!r}, partition).exists():
            raise ValueError(f"no {{partition}} today")
        return orders

    @step(partitions=keys_of("orders", "city"))
    def after(checked):
        return checked
"""


def test_a_partition_that_fails_keeps_its_rows_and_the_others_land(
    project: Project, tmp_path: Path
) -> None:
    project.dataset.commit("orders", ORDERS, key=["id"])
    write(project, flow=FAILING.format(place=str(tmp_path)))
    project.pipeline.run("flow")
    (tmp_path / "south").touch()
    dearer = {"price": [10.0 * one for one in ORDERS["price"]]}
    project.dataset.commit("orders", ORDERS | dearer, key=["id"])

    steps: tuple[Any, ...] = project.pipeline.run("flow").steps

    checked, after = steps
    assert (checked.state, checked.partitions.failed) == ("failed", ("south",))
    assert checked.error == "partition south: ValueError: no south today"
    assert checked.place == "pipelines/flow.py:8"
    assert (after.partitions.n_ran, after.partitions.n_skipped) == (2, 1)
    prices = project.dataset.read("after").to_pydict()
    assert sorted(zip(prices["city"], prices["price"], strict=True)) == [
        ("north", 10.0),
        ("north", 20.0),
        ("south", 3.0),
        ("south", 4.0),
        ("west", 50.0),
    ]


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("None", "returned nothing for a partition"),
        ("[{'city': 'west', 'n': 1}]", "returned rows of partition 'west' for 'north'"),
        ("[{'city': None, 'n': 1}]", "returned rows of partition None for 'north'"),
    ],
)
def test_rows_of_another_partition_are_refused(
    project: Project, returned: str, message: str
) -> None:
    write(
        project,
        flow=f"""
            from headgate import keys, step

            @step(partitions=keys("city", "north"))
            def bad():
                return {returned}
        """,
    )

    (step,) = project.pipeline.run("flow").steps

    assert step.state == "failed"
    assert message in str(step.error)


def test_partitions_that_are_not_there_are_refused_before_anything_runs(cities: Project) -> None:
    with pytest.raises(NotFound, match="'nord'") as caught:
        cities.pipeline.run("flow", partition="nord")
    with pytest.raises(NotFound, match="no partition from x to None"):
        cities.pipeline.backfill("flow", from_="x")

    assert "north" in caught.value.mend
    assert len(cities.pipeline.history().runs) == 1


def test_a_mode_beside_partitions_is_refused(project: Project) -> None:
    write(
        project,
        flow="""
            from headgate import keys, step

            @step(partitions=keys("city", "north"), mode="append")
            def bad(): return []
        """,
    )

    with pytest.raises(Invalid, match="step bad has partitions and mode 'append'"):
        project.pipeline.plan("flow")


def test_a_key_as_long_as_any_may_be_is_made_and_a_longer_one_fails_its_step_before_it_runs(
    project: Project,
) -> None:
    write(project, flow=LONG)
    project.dataset.commit("orders", {"city": ["n" * 200, "o"]})
    good = {one.name: one.state for one in project.pipeline.run("flow").steps}
    project.dataset.commit("orders", {"city": ["n" * 201, "o"]})

    steps = {one.name: one for one in project.pipeline.run("flow").steps}

    made, beside = steps["made"], steps["beside"]
    assert good == {"made": "ran", "beside": "ran"}
    assert (made.state, made.n_tries, beside.state) == ("failed", 0, "ran")
    assert "key in column city of orders has 201 signs" in str(made.error)
    assert "part by a shorter column" in str(made.error)
    with pytest.raises(Invalid, match="201 signs"):
        project.pipeline.plan("flow")
    with pytest.raises(Invalid, match="201 signs"):
        project.pipeline.run("flow", partition="o")
