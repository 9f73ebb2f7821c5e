"""OpenLineage and Marquez over HTTP: what producers post, and what readers of lineage get."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest

import headgate
from headgate.core.errors import Invalid
from headgate.spine.context import open_context
from headgate.surfaces.local import Local
from headgate.surfaces.python import Project
from headgate.surfaces.server.openlineage import unzipped
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.server.tokens import keep_token
from headgate.surfaces.verbs import table as verb_table
from tests.pipeline.openlineage.telling import (
    PLACE,
    body,
    dashboard,
    facet,
    run_id,
    table,
    told,
)

Ask = Callable[..., tuple[int, Any]]
COLUMNS = [{"name": "id", "type": "INT", "description": "number"}]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Listening, Path]]:
    root = tmp_path_factory.mktemp("served") / "shop"
    headgate.init(root).close()
    local = Local(open_context(root))
    listening = Listening(local, verb_table(), host="127.0.0.1", port=0)
    thread = Thread(target=listening.serve)
    thread.start()
    yield listening, root
    listening.stop()
    thread.join()
    local.close()


@pytest.fixture(scope="module")
def ask(served: tuple[Listening, Path]) -> Ask:
    listening, root = served
    token = keep_token(root / ".headgate")

    def send(
        method: str, path: str, content: bytes | None = None, **headers: str
    ) -> tuple[int, Any]:
        known = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        known |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", listening.port)
        connection.request(method, path, content, known)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response.status, json.loads(data) if data else None

    return send


@pytest.fixture(scope="module")
def shop(ask: Ask) -> Ask:
    """A mart loaded twice, the second time in vain, and a dashboard on it."""
    mart = table("mart", schema=facet(fields=COLUMNS), version=facet(datasetVersion="v1"))
    by = facet(run={"runId": run_id(9)}, job={"namespace": "airflow", "name": "etl"})
    events = [
        told("etl.load", 1, kind="START", at="2100-01-01T00:00:00Z", reads=("raw",), parent=by),
        told("etl.load", 1, at="2100-01-01T00:00:30Z", reads=("raw",), writes=(mart,)),
        told("etl.load", 2, kind="FAIL", at="2100-01-02T00:00:00Z", errorMessage=facet(message="")),
        told("bi.refresh", 3, reads=("mart",), writes=(dashboard("sales"),)),
    ]
    status, _ = ask("POST", "/api/v1/lineage/batch", body(*events))
    assert status == 200
    return ask


def under(namespace: str, *words: str) -> str:
    """Write a path under a namespace as readers do, each word quoted."""
    return "/api/v1/namespaces/" + "/".join(quote(word, safe="") for word in (namespace, *words))


@pytest.mark.row("S3-30", part="take")
def test_an_event_is_taken_and_read_back_as_it_came(ask: Ask) -> None:
    event = told("single", 100)

    answers = [ask("POST", "/api/v1/lineage", json.dumps(event).encode()) for _ in range(2)]

    _, events = ask("GET", "/api/v1/events/lineage?limit=1000")
    assert answers == [(201, None), (201, None)]
    assert events["events"].count(event) == 1


def test_who_posts_an_event_stands_in_the_log(ask: Ask) -> None:
    event = json.dumps(told("signed", 104)).encode()

    ask("POST", "/api/v1/lineage", event, X_Headgate_Actor=quote("Zoë"))

    _, log = ask("POST", "/api/v1/event/list", b"{}")
    taken = [one for one in log["events"] if one["kind"] == "foreign_events_taken"]
    assert "Zoë" in {one["actor"] for one in taken}


@pytest.mark.row("S3-30", part="malformed")
def test_a_malformed_event_is_answered_with_what_is_wrong(ask: Ask) -> None:
    answers = [
        ask("POST", "/api/v1/lineage", content)
        for content in (b'{"eventTime": "2026-11-03"}', b"{", b"[]", b"")
    ]

    assert [status for status, _ in answers] == [422, 422, 422, 422]
    assert "neither a job nor a dataset" in answers[0][1]["message"]
    assert "lineage/batch" in answers[2][1]["mend"]


@pytest.mark.row("S3-30", part="malformed")
def test_of_a_batch_the_malformed_are_named_and_the_others_land(ask: Ask) -> None:
    content = body(told("mixed", 101), {"run": 5}, told("mixed", 102))

    status, found = ask("POST", "/api/v1/lineage/batch", content)

    assert (status, found["status"]) == (200, "partial_success")
    assert found["summary"] == {"received": 3, "successful": 2, "failed": 1}
    assert [one["index"] for one in found["failed_events"]] == [1]
    _, job = ask("GET", under("airflow", "jobs", "mixed", "runs"))
    assert job["totalCount"] == 2


def test_a_batch_of_nothing_but_malformed_events_is_refused(ask: Ask) -> None:
    status, found = ask("POST", "/api/v1/lineage/batch", b'[{"a": 1}]')

    assert (status, found["status"]) == (422, "failure")
    assert ask("POST", "/api/v1/lineage/batch", b"[]") == (
        200,
        {
            "status": "success",
            "summary": {"received": 0, "successful": 0, "failed": 0},
            "failed_events": [],
        },
    )


def test_a_compressed_event_is_taken(ask: Ask) -> None:
    content = gzip.compress(json.dumps(told("zipped", 103)).encode())

    whole = ask("POST", "/api/v1/lineage", content, Content_Encoding="gzip")
    cut = ask("POST", "/api/v1/lineage", content[:-9], Content_Encoding="gzip")
    plain = ask("POST", "/api/v1/lineage", b"{}", Content_Encoding="gzip")

    assert (whole[0], cut[0], plain[0]) == (201, 422, 422)


def test_a_body_that_grows_too_large_is_turned_away() -> None:
    bomb = gzip.compress(b" " * 2_000_000)

    with pytest.raises(Invalid, match="over 1,000,000 bytes"):
        unzipped(bomb, 1_000_000)


def test_a_body_as_long_as_it_may_be_is_taken_and_one_longer_is_not() -> None:
    zipped = gzip.compress(b"x" * 1000)

    assert unzipped(zipped, 1000) == b"x" * 1000
    with pytest.raises(Invalid, match="over 999 bytes"):
        unzipped(zipped, 999)


def test_a_body_compressed_in_several_parts_is_read_whole() -> None:
    parts = [gzip.compress(text) for text in (b"[1,", b"", b"2]")]

    assert unzipped(b"".join(parts), 5) == b"[1,2]"
    with pytest.raises(Invalid, match="over 4 bytes"):
        unzipped(b"".join(parts), 4)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (gzip.compress(b"x" * 99, mtime=0)[:-1], "cut off"),
        (gzip.compress(b"x" * 99, mtime=0)[:5], "cut off"),
        (gzip.compress(b"x", mtime=0) + gzip.compress(b"y", mtime=0)[:-1], "cut off"),
        (gzip.compress(b"x", mtime=0) + b"more", "no gzip"),
        (gzip.compress(b"x" * 99, mtime=0)[:-8] + bytes(8), "no gzip"),
        (b"{}", "no gzip"),
    ],
)
def test_a_compressed_body_that_is_not_whole_is_refused_with_what_to_do(
    body: bytes, said: str
) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        unzipped(body, 1000)

    assert caught.value.mend


def test_a_body_in_another_compression_is_refused_by_its_name(ask: Ask) -> None:
    content = json.dumps(told("encoded", 104)).encode()

    strange, plain, old = (
        ask("POST", "/api/v1/lineage", sent, Content_Encoding=name)
        for name, sent in (
            ("br", content),
            ("identity", content),
            ("x-gzip", gzip.compress(content)),
        )
    )

    assert (strange[0], plain[0], old[0]) == (422, 201, 201)
    assert "'br'" in strange[1]["message"]
    assert "gzip" in strange[1]["mend"]


@pytest.mark.parametrize("name", ["a/b:c%2F?d#e", "🛢 é", "..", "/api/v1/namespaces/x", "+"])
def test_what_has_an_odd_name_is_found_by_it_in_every_way(ask: Ask, name: str) -> None:
    job = told("odd", 105)
    job["job"] = {"namespace": name, "name": name}
    status, _ = ask("POST", "/api/v1/lineage", json.dumps(job).encode())

    named = {"namespace": name, "name": name}
    _, alone = ask("GET", under(name, "jobs", name))
    _, listed = ask("GET", under(name, "jobs"))
    _, around = ask("GET", f"/api/v1/lineage?nodeId={quote(f'job:{name}:{name}', safe='')}")
    assert (status, alone["id"]) == (201, named)
    assert [one["id"] for one in listed["jobs"]] == [named]
    assert [one["data"]["id"] for one in around["graph"]] == [named]


def test_nobody_without_the_token_tells_or_reads_lineage(ask: Ask) -> None:
    answers = [
        ask(method, "/api/v1/lineage", b"{}", Authorization="Bearer wrong")[0]
        for method in ("POST", "GET")
    ]

    assert answers == [401, 401]


@pytest.mark.row("S3-30", part="Marquez")
def test_namespaces_jobs_and_datasets_are_listed(shop: Ask) -> None:
    _, spaces = shop("GET", "/api/v1/namespaces")
    _, jobs = shop("GET", under("airflow", "jobs"))
    _, datasets = shop("GET", under(PLACE, "datasets") + "?limit=1&offset=1")

    assert {"airflow", "bi", PLACE} <= {one["name"] for one in spaces["namespaces"]}
    assert {"etl.load", "bi.refresh"} <= {one["name"] for one in jobs["jobs"]}
    assert ([one["name"] for one in datasets["datasets"]], datasets["totalCount"]) == (["raw"], 2)


@pytest.mark.row("S3-30", part="Marquez")
def test_a_job_tells_what_it_reads_and_writes_and_its_newest_run(shop: Ask) -> None:
    _, job = shop("GET", under("airflow", "jobs", "etl.load"))

    assert job["id"] == {"namespace": "airflow", "name": "etl.load"}
    assert (job["inputs"], job["outputs"]) == (
        [{"namespace": PLACE, "name": "raw"}],
        [{"namespace": PLACE, "name": "mart"}],
    )
    assert (job["simpleName"], job["parentJobName"]) == ("load", "etl")
    assert (job["latestRun"]["id"], job["latestRun"]["state"]) == (run_id(2), "FAILED")


@pytest.mark.row("S3-30", part="Marquez")
def test_runs_tell_their_state_their_time_and_the_versions_they_made(shop: Ask) -> None:
    _, found = shop("GET", under("airflow", "jobs", "etl.load", "runs"))
    _, failed = shop("GET", f"/api/v1/jobs/runs/{run_id(2)}")

    last, first = found["runs"]
    assert [last["state"], first["state"]] == ["FAILED", "COMPLETED"]
    assert (first["startedAt"], first["durationMs"]) == ("2100-01-01T00:00:00Z", 30_000)
    (wrote,) = first["outputDatasetVersions"]
    assert wrote["datasetVersionId"] == {"namespace": PLACE, "name": "mart", "version": "v1"}
    assert failed["facets"]["errorMessage"]["message"] == ""


@pytest.mark.row("S3-30", part="Marquez")
def test_a_dataset_tells_its_fields_and_its_version(shop: Ask) -> None:
    _, found = shop("GET", under(PLACE, "datasets", "mart"))

    assert (found["type"], found["currentVersion"]) == ("DB_TABLE", "v1")
    assert found["fields"] == [{"name": "id", "type": "INT", "tags": [], "description": "number"}]


@pytest.mark.row("S3-30", part="Marquez")
@pytest.mark.parametrize(
    ("depth", "names"),
    [(0, {"mart"}), (1, {"etl.load", "mart", "bi.refresh"}), (20, {"raw", "sales", "mart"})],
)
def test_the_graph_around_a_node_is_cut_at_the_depth_asked_for(
    shop: Ask, depth: int, names: set[str]
) -> None:
    _, found = shop("GET", f"/api/v1/lineage?nodeId=dataset:{PLACE}:mart&depth={depth}")

    nodes = {one["data"]["name"]: one for one in found["graph"]}
    assert names <= nodes.keys()
    assert len(nodes) == {0: 1, 1: 3, 20: 5}[depth]
    if depth:
        mart = f"dataset:{PLACE}:mart"
        load, refresh = "job:airflow:etl.load", "job:airflow:bi.refresh"
        assert nodes["mart"]["inEdges"] == [{"origin": load, "destination": mart}]
        assert nodes["mart"]["outEdges"] == [{"origin": mart, "destination": refresh}]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (under("airflow", "jobs", "none"), 404),
        (under("airflow", "jobs", "none", "runs"), 404),
        (under(PLACE, "datasets", "none"), 404),
        (under(PLACE, "wells"), 404),
        (f"/api/v1/jobs/runs/{run_id(999)}", 404),
        ("/api/v1/lineage?nodeId=dataset:none:none", 404),
        ("/api/v1/lineage?nodeId=none", 422),
        ("/api/v1/lineage", 422),
        ("/api/v1/jobs?limit=many", 422),
        ("/api/v1/jobs?limit=1001", 422),
        ("/api/v1/jobs?limit=" + "9" * 5000, 422),
        ("/api/v1/jobs?limit=-1", 422),
        ("/api/v1/jobs?limit=%C2%B2", 422),
        ("/api/v1/jobs?limit=", 422),
        ("/api/v1/jobs?offset=2147483649", 422),
        ("/api/v1/lineage?nodeId=dataset:&depth=1", 404),
        ("/api/v1/lineage?nodeId=run:a:b", 422),
        (f"/api/v1/lineage?nodeId=dataset:{PLACE}:mart&depth=51", 422),
        (f"/api/v1/lineage?nodeId=job:{PLACE}:mart", 404),
        ("/api/v1/namespaces/airflow", 404),
        ("/api/v1/namespaces/%FF/jobs/%00", 404),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_answered_so(
    shop: Ask, path: str, status: int
) -> None:
    code, said = shop("GET", path)

    assert (code, set(said)) == (status, {"code", "message", "mend"})


@pytest.mark.row("S3-30", part="take")
@pytest.mark.parametrize("compression", [None, "gzip"])
def test_the_client_of_the_openlineage_project_reaches_us(
    served: tuple[Listening, Path], ask: Ask, compression: str | None
) -> None:
    client = pytest.importorskip("openlineage.client")
    events = pytest.importorskip("openlineage.client.event_v2")
    http_client = pytest.importorskip("openlineage.client.transport.http")
    token = keep_token(served[1] / ".headgate")
    settings: dict[str, Any] = {"auth": {"type": "api_key", "apiKey": token}}
    settings |= {"type": "http", "url": served[0].address}
    settings |= {"compression": compression} if compression else {}
    transport = http_client.HttpTransport(http_client.HttpConfig.from_dict(settings))
    sender = client.OpenLineageClient(transport=transport)
    run = events.Run(run_id(200))
    job = events.Job("cron", f"nightly_{compression}")
    at, state = "2100-01-01T00:00:00Z", events.RunState.COMPLETE

    sender.emit(events.RunEvent(eventTime=at, run=run, job=job, eventType=state, producer="p"))

    _, found = ask("GET", under("cron", "jobs", f"nightly_{compression}"))
    assert found["latestRun"]["state"] == "COMPLETED"


@pytest.mark.row("S3-30", part="blast")
def test_a_blast_finds_what_producers_posted(shop: Ask, served: tuple[Listening, Path]) -> None:
    with Project(Local(open_context(served[1]))) as project:
        reach = project.blast("foreign:airflow/etl.load").foreign

    assert reach is not None
    assert [one.name for one in reach.dashboards] == ["bi/sales"]


def test_pages_put_together_are_the_whole_and_none_is_beyond_it(shop: Ask) -> None:
    _, whole = shop("GET", "/api/v1/jobs?limit=1000")
    size = whole["totalCount"]

    pages = [shop("GET", f"/api/v1/jobs?limit=2&offset={at}")[1] for at in range(0, size + 2, 2)]

    assert [one for page in pages for one in page["jobs"]] == whole["jobs"]
    assert {page["totalCount"] for page in pages} == {size}
    assert shop("GET", "/api/v1/jobs?limit=0")[1] == {"jobs": [], "totalCount": size}


def test_events_past_the_last_page_are_none(shop: Ask) -> None:
    _, found = shop("GET", "/api/v1/events/lineage?limit=5&offset=2147483648")

    assert found["events"] == []
    assert found["totalCount"] > 0
