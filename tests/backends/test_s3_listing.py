"""Objects that arrive in a bucket: seen by listing it, on a real server, once each."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import headgate
from headgate.core.errors import Invalid
from headgate.core.refs import mint
from headgate.core.times import now, render
from headgate.pipeline.schedule.world import Surroundings
from headgate.pipeline.sensors.s3_objects import s3_objects
from headgate.spine.context import open_context
from tests.backends.servers import BUCKET
from tests.pipeline.scheduling import LOG, once, stand, troubles
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.surfaces.python import Project

NOW = "2026-03-02T12:00"


class Bucket:
    """A place in a bucket of its own, written to as anybody would."""

    def __init__(self, address: str) -> None:
        self.place = f"s3://{BUCKET}/{mint('in')}"
        self._client: Any = boto3.client("s3", endpoint_url=address)

    def put(self, name: str, body: bytes) -> str:
        """Write an object; return its address."""
        uri = f"{self.place}/{name}"
        self._client.put_object(Bucket=BUCKET, Key=uri.split("/", 3)[3], Body=body)
        return uri


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty place on the server, with the access to it in the environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("HEADGATE_STORE_ENDPOINT", s3)
    return Bucket(s3)


@pytest.fixture
def context(bucket: Bucket, tmp_path: Path) -> Iterator[Context]:
    """A project whose own objects lie in its folder."""
    del bucket
    headgate.init(tmp_path / "project").close()
    opened = open_context(tmp_path / "project")
    yield opened
    opened.opened.close()


@pytest.fixture
def project(context: Context) -> Iterator[Project]:
    """The same project, as Python sees it."""
    with headgate.open(context.root) as opened:
        yield opened


def test_objects_are_seen_with_their_addresses_and_tags(context: Context, bucket: Bucket) -> None:
    uris = [bucket.put(name, name.encode()) for name in ("a.pdf", "deep/b.pdf", "c.txt")]

    seen = s3_objects(Surroundings(context, now()), None, bucket.place, pattern="*.pdf")

    assert [one.uri for one in seen.arrivals] == uris[:2]
    assert all(len(one.version) == 32 for one in seen.arrivals)


def test_what_is_older_than_the_slack_is_not_looked_at_again(
    context: Context, bucket: Bucket
) -> None:
    bucket.put("a.pdf", b"1")
    cursors = [render(now() + timedelta(days=days)) for days in (1, 30)]

    seen = [s3_objects(Surroundings(context, now()), one, bucket.place) for one in cursors]

    assert [len(one.arrivals) for one in seen] == [1, 0]
    assert [one.cursor for one in seen] == cursors


@pytest.mark.row("S3-10", part="s3 listing")
def test_the_same_object_runs_the_pipeline_once_listed_or_told_of(
    project: Project, context: Context, bucket: Bucket
) -> None:
    give = 'give={"what": "uri"}'
    sensors = (
        f'sensors = [Sensor("s3_objects", "{bucket.place}", {give}), '
        f'Sensor("s3_events", queue="events.jsonl", {give})]'
    )
    write(project, flow=f"{LOG}\n    {sensors}\n")
    uri = bucket.put("a.pdf", b"1")
    once(context, NOW)
    told = {"key": uri.split("/", 3)[3], "eTag": hashlib.md5(b"1").hexdigest()}
    where = {"bucket": {"name": BUCKET}, "object": told}
    message = {"Records": [{"eventName": "ObjectCreated:Put", "s3": where}]}
    (context.root / "events.jsonl").write_text(json.dumps(message) + "\n")

    again = once(context, NOW)
    bucket.put("a.pdf", b"2")
    changed = once(context, NOW)

    assert (again.n_queued, changed.n_queued) == (0, 1)
    # one setting for both: what the step is given is the address, which its memo knows
    assert project.dataset.read("log")["what"].to_pylist() == [uri]
    assert stand(context, NOW).troubles == ()


def test_a_bucket_there_is_not_makes_the_sensor_blind(project: Project, context: Context) -> None:
    write(project, flow=f'{LOG}\n    sensors = [Sensor("s3_objects", "s3://nowhere/in")]\n')

    once(context, NOW)

    assert troubles(context, NOW) == [("blind", "")]


def test_a_place_that_is_no_bucket_is_refused(context: Context) -> None:
    with pytest.raises(Invalid, match="is no bucket"):
        s3_objects(Surroundings(context, now()), None, "gs://docs")
