"""Events of odd shapes: each is taken or refused by itself, and what is kept can be shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headgate.core.errors import Invalid
from headgate.pipeline.openlineage import marquez
from headgate.pipeline.openlineage.reading import read_event, split
from headgate.spine.lineage.foreign.readings import Page
from headgate.spine.lineage.foreign.told import Named
from tests.pipeline.openlineage.telling import PLACE, facet, run_id, table, take, told

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

HUGE = "1e400"
DEEP = "[" * 900 + "]" * 900


def written(event: dict[str, Any], **odd: str) -> bytes:
    """Write an event with facets of its run that JSON's usual writers do not write."""
    facets = ",".join(f'"{name}":{text}' for name, text in odd.items())
    event["run"]["facets"] = "HERE"
    return json.dumps(event).replace('"HERE"', f"{{{facets}}}").encode()


def shown(found: Any) -> Any:
    """Read an answer as a client gets it."""
    return msgspec.json.decode(msgspec.json.encode(found))


@pytest.mark.parametrize("odd", [HUGE, "9" * 5000, DEEP, '"\\u0000"', "-0.0"])
def test_a_facet_of_any_value_is_left_out_if_it_is_broken_and_not_the_event(odd: str) -> None:
    raw = written(told("j", 1, reads=("t",)), unknown=odd, parent="7")

    found = read_event(raw)

    assert (found.run_id, found.parent, found.raw) == (run_id(1), None, raw)
    assert [one.named.name for one in found.inputs] == ["t"]


@pytest.mark.parametrize("inputs", [5, "t", True, {"t": 1}])
def test_datasets_that_are_no_list_are_refused_and_the_events_beside_them_land(
    project: Project, inputs: Any
) -> None:
    found = take(project, told("j", 1), told("j", 2) | {"inputs": inputs}, told("j", 3))

    assert (found.n_new, [one.position for one in found.refused]) == (2, [1])
    assert "inputs" in found.refused[0].reason


@pytest.mark.parametrize("nested", [b"[" * 5000, b'[{"a":' + b"[" * 5000 + b"]" * 5000 + b"}]"])
def test_an_array_nested_beyond_reading_is_refused(nested: bytes) -> None:
    with pytest.raises(Invalid, match="array of events cannot be read"):
        split(nested)


def test_an_event_nested_beyond_reading_is_refused_by_itself(project: Project) -> None:
    deep = written(told("j", 1), unknown="[\n" + "[" * 5000 + "]" * 5001)

    found = project.lineage.take(json.dumps(told("j", 2)).encode() + b"\n" + deep)

    assert (found.n_new, found.n_refused > 0) == (1, True)


def test_an_event_over_several_lines_is_one_whatever_numbers_it_holds() -> None:
    raw = written(told("j", 1), unknown=f"{{\n {HUGE} }}".replace("{", "[").replace("}", "]"))

    assert split(raw) == [raw]


@pytest.mark.parametrize(
    ("at", "iso"),
    [
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
        ("1970-01-01T00:00:00+14:00", "1969-12-31T10:00:00+00:00"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_moments_far_away_and_in_any_zone_are_kept(
    project: Project, context: Context, at: str, iso: str
) -> None:
    take(project, told("j", 1, at=at))

    (line,) = project.lineage.list(kind="job").nodes
    run = marquez.run(context, run_id(1))
    assert line.first_at.isoformat() == line.last_at.isoformat() == iso
    assert run["createdAt"] == iso.replace("+00:00", "Z")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01", "", "1"])
def test_a_moment_outside_the_calendar_is_refused(at: str) -> None:
    with pytest.raises(Invalid, match="no date or time"):
        read_event(json.dumps(told("j", 1, at=at)).encode())


def test_of_a_key_told_twice_the_last_counts_wherever_it_is_read(
    project: Project, context: Context
) -> None:
    twice = json.dumps(told("j", 1, reads=(table("t", documentation=facet(description="a")),)))
    first = twice.replace('"name": "t"', '"name": "never", "name": "t"')
    raw = first.replace('"description": "a"', '"description": "never", "description": "a"')

    project.lineage.take(raw.encode())

    assert marquez.dataset(context, Named(PLACE, "t"))["description"] == "a"
    assert [one.name for one in project.lineage.list().nodes] == [f"{PLACE}/t"]
    assert project.lineage.events().events[0].text == raw


@pytest.mark.parametrize(
    "name", ["é", "e\u0301", "\u202eorders", " orders ", "a\nb", "%2F", "🛢" * 9]
)
def test_names_are_kept_sign_for_sign(project: Project, context: Context, name: str) -> None:
    take(project, told(name, 1, reads=(table(name, name),)))

    assert marquez.dataset(context, Named(name, name))["name"] == name
    assert marquez.job(context, Named("airflow", name))["inputs"] == [
        {"namespace": name, "name": name}
    ]


def test_names_that_look_alike_are_two(project: Project) -> None:
    take(project, told("j", 1, reads=("\u00e9", "e\u0301", "E\u0301")))

    assert project.lineage.list().n_all == 3


@pytest.mark.parametrize(
    ("odd", "value"),
    [(HUGE, None), ("9" * 400, None), ("1793700000000000001", 1793700000000000001)],
)
def test_a_run_is_shown_whatever_numbers_its_facets_hold(
    project: Project, context: Context, odd: str, value: Any
) -> None:
    project.lineage.take(written(told("j", 1), custom=f'{{"n": {odd}, "s": "x"}}'))

    found = shown(marquez.run(context, run_id(1)))

    assert found["facets"] == {"custom": {"n": value, "s": "x"}}


def test_a_run_is_shown_without_facets_that_are_no_object(
    project: Project, context: Context
) -> None:
    first, second = told("j", 1, at="2100-01-01"), told("j", 1, at="2100-01-02", custom=facet(a=1))
    first["run"]["facets"] = ["?"]
    take(project, first, second)

    assert marquez.run(context, run_id(1))["facets"].keys() == {"custom"}


def test_lists_are_shown_though_a_facet_holds_a_number_beyond_a_float(
    project: Project, context: Context
) -> None:
    about = table("t", schema=facet(fields=[{"name": "id"}], rows="HUGE"))
    raw = json.dumps(told("j", 1, reads=(about, {**about, "facets": ["?"]})))
    project.lineage.take(raw.replace('"HUGE"', HUGE).encode())

    found = shown(marquez.datasets(context, None, Page()))

    assert [one["name"] for one in found["datasets"][0]["fields"]] == ["id"]
    assert found["datasets"][0]["facets"]["schema"]["rows"] is None


def test_a_job_and_a_dataset_of_one_name_do_not_share_their_facets(
    project: Project, context: Context
) -> None:
    named = Named("airflow", "same")
    event = told("same", 1, writes=(table(*reversed(named), documentation=facet(description="d")),))
    event["job"]["facets"] = {"documentation": facet(description="j")}
    take(project, event)

    shapes = [marquez.job(context, named), marquez.dataset(context, named)]

    assert [one["description"] for one in shapes] == ["j", "d"]
