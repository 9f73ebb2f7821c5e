"""Events read: lenient in what is left out or unknown, strict in what the graph stands on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headgate.core.errors import Invalid
from headgate.pipeline.openlineage.reading import read_event, split
from headgate.spine.lineage.foreign.told import Named, moment, run_of
from tests.pipeline.openlineage.telling import body, facet, run_id, table, told

WHEN = {"eventTime": "2026-11-03T10:00:00Z"}
JOB = {"job": {"namespace": "n", "name": "j"}}
RUN = {"run": {"runId": run_id(1)}}


def read(event: Any) -> Any:
    return read_event(json.dumps(event).encode())


def test_an_event_needs_nothing_but_a_time_a_job_and_a_run() -> None:
    found = read(WHEN | JOB | RUN)

    assert (found.kind, found.job, found.run_id) == ("OTHER", Named("n", "j"), run_id(1))
    assert (found.inputs, found.outputs, found.parent) == ((), (), None)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-11-03T10:00:00.123456789Z", 10),
        ("2026-11-03T10:00:00+02:00", 8),
        ("2026-11-03T10:00:00", 10),
    ],
)
def test_times_are_read_with_nanoseconds_with_zones_and_without(written: str, hour: int) -> None:
    found = read({"eventTime": written} | JOB | RUN)

    assert moment(found.at_us).hour == hour


@pytest.mark.parametrize(("written", "kind"), [("fail", "FAIL"), ("SKIPPED", "OTHER")])
def test_states_are_read_in_any_case_and_unknown_ones_say_nothing(written: str, kind: str) -> None:
    assert read(WHEN | JOB | RUN | {"eventType": written}).kind == kind


def test_a_dataset_tells_its_version_its_type_and_its_other_names() -> None:
    named = [{"namespace": "hive", "name": "db.t"}, {"namespace": "", "name": "x"}]
    about = table(
        "t",
        version=facet(datasetVersion="7"),
        datasetType=facet(datasetType="VIEW"),
        symlinks=facet(identifiers=named),
    )

    (mention,) = read(told("j", 1, reads=(about,))).inputs

    assert (mention.version, mention.type, mention.has_facets) == ("7", "view", True)
    assert mention.aliases == (Named("hive", "db.t"),)


def test_facets_that_are_not_what_they_should_be_are_as_if_not_there() -> None:
    broken = {"version": 7, "symlinks": {"identifiers": [{"namespace": 1}]}, "schema": "?"}
    good = {"datasetType": facet(datasetType="TABLE")}
    event = told("j", 1)
    event["run"]["facets"] = {"parent": {"run": None}, "nominalTime": [1]}
    event["inputs"] = [{"namespace": "n", "name": "t", "facets": broken | good}]
    event["outputs"] = [{"namespace": "n", "name": "u", "facets": ["?"]}]
    event["job"]["facets"] = {"jobType": "?"}

    found = read(event)

    assert (found.inputs[0].version, found.inputs[0].type) == ("", "table")
    assert (found.outputs[0].named, found.parent, found.job_type) == (Named("n", "u"), None, None)


def test_null_stands_for_what_is_left_out() -> None:
    job = {"job": JOB["job"] | {"facets": None}}

    found = read(WHEN | RUN | job | {"inputs": None, "outputs": None, "eventType": None})

    assert (found.inputs, found.kind) == ((), "OTHER")


def test_the_run_that_started_another_is_read_as_producers_old_and_new_spell_it() -> None:
    told_by = facet(run={"runId": run_id(2)}, job={"namespace": "n", "name": "dag"})

    events = [told("j", 1, parent=told_by), told("j", 1, parentRun=told_by)]
    found = [read(event).parent for event in events]

    assert [(one.run_id, one.job) for one in found] == [(run_id(2), Named("n", "dag"))] * 2


def test_a_run_is_the_same_however_its_id_is_spelt() -> None:
    plain = "0190163d-8694-7b5b-b434-6906c6a03bb7"

    assert run_of(plain) == run_of(plain.upper()) == run_of(plain.replace("-", ""))
    assert run_of("scheduled__2026") != run_of("manual__2026")


@pytest.mark.row("S3-30", part="malformed")
@pytest.mark.parametrize(
    ("event", "said"),
    [
        (b"{", "truncated"),
        (b"[]", "expected `object`"),
        (b'"text"', "expected `object`"),
        (b"\xff{}", "utf-8"),
        (b'{"eventTime":"2026-11-03T10:00:00Z","job":{"namespace":"n","name":"\xff"}}', "utf-8"),
        (b"{" * 200_000, ""),
        (JOB | RUN, "eventTime"),
        (WHEN | JOB | {"eventTime": "yesterday"}, "'yesterday'"),
        (WHEN | {"eventTime": 5}, "eventTime"),
        (WHEN, "neither a job nor a dataset"),
        (WHEN | RUN, "a run but no job"),
        (WHEN | JOB | {"run": {}}, "runId"),
        (WHEN | JOB | {"run": {"runId": ""}}, "run.runId is empty"),
        (WHEN | {"job": {"namespace": "n"}}, "name"),
        (WHEN | {"job": {"namespace": "", "name": "j"}}, "job.namespace is empty"),
        (WHEN | {"job": {"namespace": "n", "name": "a\0b"}}, "holds a NUL"),
        (WHEN | {"job": {"namespace": "n", "name": "j" * 2001}}, "job.name is too long"),
        (WHEN | {"job": {"namespace": "n" * 501, "name": "j"}}, "job.namespace is too long"),
        (WHEN | JOB | {"inputs": [{"namespace": "n"}]}, "name"),
        (WHEN | JOB | {"inputs": [5]}, "inputs"),
        (WHEN | JOB | {"inputs": {"namespace": "n"}}, "inputs"),
        (WHEN | {"dataset": {"name": "d"}}, "namespace"),
    ],
)
def test_an_event_that_the_graph_cannot_stand_on_is_refused(event: Any, said: str) -> None:
    raw = event if isinstance(event, bytes) else json.dumps(event).encode()

    with pytest.raises(Invalid, match=r"(?i)" + said):
        read_event(raw)


def test_an_array_lines_and_one_event_are_cut_into_events_as_they_stand() -> None:
    events = [told("a", 1), told("b", 2)]
    texts = [json.dumps(event).encode() for event in events]

    assert split(body(*events)) == texts
    assert split(b"\n".join([texts[0], b"", texts[1] + b"\r", b""])) == texts
    assert split(json.dumps(events[0], indent=2).encode() + b"\n") == [
        json.dumps(events[0], indent=2).encode()
    ]
    assert split(b"") == []


def test_an_array_that_is_cut_off_is_refused_whole() -> None:
    with pytest.raises(Invalid, match="array of events"):
        split(body(told("a", 1))[:-1])
