"""The walk over foreign lineage: which nodes are reached, from when on, and through what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate.core.times import parse
from headgate.pipeline.openlineage.reading import read_event
from headgate.spine.lineage.foreign.keep import keep
from headgate.spine.lineage.foreign.told import Named, node_of, ticks
from headgate.spine.lineage.foreign.walk import LONG_AGO, Reached, Start, Step, downstream
from tests.pipeline.openlineage.telling import PLACE, facet, run_id, table, told

if TYPE_CHECKING:
    from headgate.spine.context import Context

DAYS = [f"2100-01-{day:02}T00:00:00Z" for day in range(1, 10)]


def dataset(name: str) -> int:
    return node_of("dataset", Named(PLACE, name))


def job(name: str) -> int:
    return node_of("job", Named("airflow", name))


def walked(
    context: Context, events: list[dict[str, Any]], start: Start, **bounds: frozenset[Any]
) -> Reached:
    """Keep events and walk, in a transaction that is then undone."""
    with context.catalog.write() as connection:
        keep(connection, "walk", [read_event(json.dumps(one).encode()) for one in events])
        found = downstream(connection, "walk", start, **bounds)
        connection.rollback()
    return found


def day(number: int) -> int:
    return ticks(parse(DAYS[number - 1]))


CHAIN = [
    told("first", 1, at=DAYS[1], reads=("a",), writes=("b",)),
    told("second", 2, at=DAYS[3], reads=("b",), writes=("c",)),
    told("third", 3, at=DAYS[5], reads=("c",), writes=("d",)),
]


def test_a_chain_of_jobs_is_followed_to_its_end(context: Context) -> None:
    found = walked(context, CHAIN, Start({dataset("a"): LONG_AGO}, {}))

    assert list(found.datasets) == [dataset(name) for name in "abcd"]
    assert [step.distance for step in found.jobs.values()] == [1, 3, 5]
    assert found.jobs[job("third")].through == dataset("c")


def test_what_is_reached_is_bad_since_it_was_made(context: Context) -> None:
    found = walked(context, CHAIN, Start({dataset("a"): day(1)}, {}))

    since = [found.datasets[dataset(name)].since_us for name in "abcd"]
    assert since == [day(1), day(2), day(4), day(6)]


def test_a_job_that_ran_before_the_data_was_bad_ends_the_walk(context: Context) -> None:
    found = walked(context, CHAIN, Start({dataset("b"): day(5)}, {}))

    assert (list(found.datasets), found.jobs) == ([dataset("b")], {})


def test_a_walk_can_begin_at_a_job(context: Context) -> None:
    found = walked(context, CHAIN, Start({}, {job("second"): day(1)}))

    assert list(found.datasets) == [dataset("c"), dataset("d")]


def test_jobs_that_read_in_a_circle_are_walked_once(context: Context) -> None:
    again = told("first", 7, at=DAYS[8], reads=("a",), writes=("b",))
    circle = [*CHAIN, told("back", 4, at=DAYS[6], reads=("d",), writes=("a",)), again]

    found = walked(context, circle, Start({dataset("b"): LONG_AGO}, {}))

    assert set(found.datasets) == {dataset(name) for name in "abcd"}
    assert len(found.jobs) == 4


def test_the_earliest_way_to_a_node_counts(context: Context) -> None:
    late = told("slow", 5, at=DAYS[7], reads=("a",), writes=("c",))
    early = [told("fast", 6, at=DAYS[2], reads=("b",), writes=("c",))]

    found = walked(context, [late, CHAIN[0], *early], Start({dataset("a"): day(1)}, {}))

    assert found.datasets[dataset("c")].since_us == day(3)


@pytest.mark.parametrize(
    ("bounds", "reached"),
    [
        ({"except_jobs": frozenset({job("first")})}, ""),
        ({"except_reads": frozenset({(dataset("b"), job("second"))})}, "b"),
        ({"except_reads": frozenset({(dataset("a"), job("second"))})}, "bcd"),
    ],
)
def test_jobs_and_readings_can_be_left_out(
    context: Context, bounds: dict[str, frozenset[Any]], reached: str
) -> None:
    found = walked(context, CHAIN, Start({dataset("a"): LONG_AGO}, {}), **bounds)

    assert list(found.datasets)[1:] == [dataset(name) for name in reached]


def test_a_name_of_a_name_is_the_same_dataset(context: Context) -> None:
    def named(own: str, other: str) -> dict[str, Any]:
        same = facet(identifiers=[{"namespace": PLACE, "name": other}])
        return told(f"of_{own}", len(own), writes=(table(own, symlinks=same),))

    events = [named("x", "yy"), named("yy", "zzz"), told("end", 9, reads=("zzz",), writes=("o",))]

    found = walked(context, events, Start({dataset("x"): LONG_AGO}, {}))

    assert set(found.datasets) == {dataset(name) for name in ("x", "yy", "zzz", "o")}


def test_the_jobs_a_job_started_are_reached_however_deep(context: Context) -> None:
    def started(by: str, number: int) -> dict[str, Any]:
        return facet(run={"runId": run_id(number)}, job={"namespace": "airflow", "name": by})

    events = [
        told("dag", 1),
        told("task", 2, parent=started("dag", 1)),
        told("spark", 3, writes=("out",), parent=started("task", 2)),
    ]

    found = walked(context, events, Start({}, {job("dag"): LONG_AGO}))

    assert (len(found.jobs), list(found.datasets)) == (3, [dataset("out")])


EDGES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 9)), min_size=1, max_size=10
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDGES, st.integers(1, 9))
def test_a_walk_reaches_what_a_search_by_hand_reaches(
    context: Context, edges: list[tuple[int, int, int]], since: int
) -> None:
    events = [
        told(f"j{number}", number + 1, at=DAYS[at - 1], reads=(f"t{low}",), writes=(f"t{high}",))
        for number, (low, high, at) in enumerate(edges)
    ]

    found = walked(context, events, Start({dataset("t0"): day(since)}, {}))

    bad = {0: since}
    for _ in edges:
        for low, high, at in edges:
            if low in bad and at >= bad[low]:
                bad[high] = min(at, bad.get(high, at))
    assert {node: step.since_us for node, step in found.datasets.items()} == {
        dataset(f"t{number}"): day(at) for number, at in bad.items()
    }


def test_a_diamond_is_walked_again_behind_an_earlier_way_and_keeps_its_shortest_one(
    context: Context,
) -> None:
    short = told("short", 1, at=DAYS[7], reads=("a",), writes=("d",))
    long = [
        told("one", 2, at=DAYS[1], reads=("a",), writes=("b",)),
        told("two", 3, at=DAYS[2], reads=("b",), writes=("d",)),
    ]
    after = told("after", 4, at=DAYS[4], reads=("d",), writes=("e",))

    found = walked(context, [short, *long, after], Start({dataset("a"): day(1)}, {}))

    last = found.datasets[dataset("d")]
    assert (last.since_us, last.distance, last.through) == (day(3), 2, job("short"))
    assert found.datasets[dataset("e")].since_us == day(5)


def test_a_job_that_writes_what_it_reads_is_reached_once(context: Context) -> None:
    own = [told("self", 1, at=DAYS[2], reads=("a",), writes=("a",))]

    found = walked(context, own, Start({dataset("a"): day(3)}, {}))

    assert found.datasets == {dataset("a"): Step(day(3))}
    assert found.jobs == {job("self"): Step(day(3), 1, dataset("a"))}


@pytest.mark.parametrize(("since", "is_reached"), [(0, True), (1, False)])
def test_a_reading_at_the_very_moment_counts_and_one_before_it_does_not(
    context: Context, since: int, is_reached: bool
) -> None:
    at = "1969-12-31T23:59:59.999999Z"
    events = [told("old", 1, at=at, reads=("a",), writes=("b",))]

    found = walked(context, events, Start({dataset("a"): since - 1}, {}))

    assert (job("old") in found.jobs) is is_reached


def test_a_walk_from_what_nobody_told_of_stays_there(context: Context) -> None:
    found = walked(context, CHAIN, Start({dataset("none"): day(1)}, {job("no one"): day(1)}))

    assert (list(found.datasets), list(found.jobs)) == ([dataset("none")], [job("no one")])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDGES, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=3))
def test_other_names_make_two_datasets_one_in_both_directions(
    context: Context, edges: list[tuple[int, int, int]], same: list[tuple[int, int]]
) -> None:
    events = [
        told(f"j{number}", number + 1, at=DAYS[at - 1], reads=(f"t{low}",), writes=(f"t{high}",))
        for number, (low, high, at) in enumerate(edges)
    ]
    for number, (one, other) in enumerate(same):
        names = facet(identifiers=[{"namespace": PLACE, "name": f"t{other}"}])
        events.append(told("naming", 90 + number, writes=(table(f"t{one}", symlinks=names),)))

    found = walked(context, events, Start({dataset("t0"): LONG_AGO}, {}))

    reached, bad = {0: LONG_AGO}, dict[int, int]()
    while reached != bad:
        bad = dict(reached)
        for low, high, at in edges:
            if low in bad and day(at) >= bad[low]:
                since = max(bad[low], day(at))
                reached[high] = min(since, reached.get(high, since))
        for one, other in (*same, *((other, one) for one, other in same)):
            if one in bad:
                reached[other] = min(bad[one], reached.get(other, bad[one]))
    assert {node: step.since_us for node, step in found.datasets.items()} == {
        dataset(f"t{number}"): since for number, since in bad.items()
    }


def test_jobs_that_share_the_id_of_a_run_count_with_one_another(context: Context) -> None:
    renamed = [
        told("load", 1, kind="START", at=DAYS[1], reads=("a",)),
        told("load.mart", 1, at=DAYS[2], writes=("b",)),
        told("other", 2, at=DAYS[2], writes=("c",)),
    ]

    found = walked(context, renamed, Start({dataset("a"): LONG_AGO}, {}))

    assert set(found.jobs) == {job("load"), job("load.mart")}
    assert found.jobs[job("load.mart")] == Step(day(2), 2, job("load"))
    assert set(found.datasets) == {dataset("a"), dataset("b")}


def test_a_run_that_was_over_ties_its_jobs_together_no_more(context: Context) -> None:
    renamed = [
        told("load", 1, kind="START", at=DAYS[1], reads=("a",)),
        told("load.mart", 1, at=DAYS[2], writes=("b",)),
        told("load", 2, at=DAYS[5], reads=("a",)),
    ]

    found = walked(context, renamed, Start({dataset("a"): day(5)}, {}))

    assert set(found.jobs) == {job("load")}


def test_jobs_that_are_left_out_are_so_however_they_are_reached(context: Context) -> None:
    by = facet(run={"runId": run_id(1)}, job={"namespace": "airflow", "name": "dag"})
    events = [
        told("dag", 1, at=DAYS[1], reads=("a",)),
        told("own", 2, at=DAYS[2], writes=("b",), parent=by),
        told("own.renamed", 1, at=DAYS[2], writes=("c",)),
    ]
    own = frozenset({job("own"), job("own.renamed")})

    found = walked(context, events, Start({dataset("a"): LONG_AGO}, {}), except_jobs=own)

    assert set(found.jobs) == {job("dag")}
    assert set(found.datasets) == {dataset("a")}
