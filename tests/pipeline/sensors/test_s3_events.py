"""Messages of a bucket's server: in the shapes that S3, MinIO, SNS, SQS and EventBridge send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.core.sensing import Message, Polled
from headgate.pipeline.schedule.world import Surroundings
from headgate.pipeline.sensors.s3_events import s3_events
from tests.pipeline.scheduling import LOG, at, once, troubles
from tests.pipeline.writing import write

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


def record(key: str, tag: str = "abc", name: str = "ObjectCreated:Put") -> dict[str, Any]:
    """Return a record as S3 writes it (Event message structure, version 2.3)."""
    return {
        "eventVersion": "2.3",
        "eventName": name,
        "s3": {"bucket": {"name": "docs"}, "object": {"key": key, "size": 7, "eTag": tag}},
    }


S3 = {"Records": [record("in/a+b%C3%A9.pdf")]}
MINIO = {"EventName": "s3:ObjectCreated:Put", "Key": "docs/in/x", "Records": [
    record("in/a+b%C3%A9.pdf", name="s3:ObjectCreated:CompleteMultipartUpload")
]}  # fmt: skip
SNS = {"Type": "Notification", "Message": json.dumps(S3)}
SQS = {"Messages": 1, "Body": json.dumps(S3)}
LAMBDA = {"Records": [{"messageId": "1", "body": json.dumps(S3)}]}
BRIDGE = {
    "detail-type": "Object Created",
    "detail": {"bucket": {"name": "docs"}, "object": {"key": "in/a bé.pdf", "etag": "abc"}},
}


def look(context: Context, *bodies: Any, cursor: Any = None, **settings: str) -> Polled:
    messages = tuple(Message({}, json.dumps(one).encode()) for one in bodies)
    return s3_events(Surroundings(context, at("2026-03-02"), messages), cursor, **settings)


@pytest.mark.parametrize("message", [S3, MINIO, SNS, SQS, LAMBDA, BRIDGE])
def test_every_senders_message_tells_of_the_same_object(context: Context, message: Any) -> None:
    (found,) = look(context, message).arrivals

    assert (found.uri, found.version) == ("s3://docs/in/a bé.pdf", "abc")


def test_other_events_and_other_places_are_passed_over(context: Context) -> None:
    bodies = [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "docs"},
        {"Records": [record("in/a.pdf", name="ObjectRemoved:Delete"), record("in/b.txt")]},
        {"Records": [record("inner/c.pdf"), record("in/d.pdf")]},
        {"detail-type": "Object Deleted", "detail": {}},
    ]

    found = look(context, *bodies, place="s3://docs/in", pattern="*.pdf").arrivals

    assert [one.uri for one in found] == ["s3://docs/in/d.pdf"]


@pytest.mark.parametrize("body", [b"nothing", b"[1]", b'{"Records": [{}]}', b'{"Records": [1]}'])
def test_what_no_server_sends_is_refused(context: Context, body: bytes) -> None:
    world = Surroundings(context, at("2026-03-02"), (Message({}, body),))

    with pytest.raises(Invalid):
        s3_events(world, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Records",
                    "s3",
                    "bucket",
                    "object",
                    "name",
                    "key",
                    "eventName",
                    "detail",
                    "detail-type",
                    "Message",
                    "body",
                ]
            ),
            inner | st.sampled_from(["ObjectCreated:Put", "Object Created", "{}", "in/a"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


class Nothing:
    """A world in which there is nothing but messages."""

    root, now = Path(), at("2026-03-02")

    def __init__(self, *bodies: Any) -> None:
        self.messages = tuple(Message({}, json.dumps(one).encode()) for one in bodies)

    def listed(self, place: str) -> Any:
        raise AssertionError(place)

    def numbers(self, dataset: str, after: int = 0) -> list[int]:
        raise AssertionError(dataset, after)


@given(message=JSON)
def test_any_json_is_read_or_refused_in_words(message: Any) -> None:
    try:
        found = s3_events(Nothing(message), None)
    except Invalid as error:
        found = error

    assert isinstance(found, (Polled, Invalid))


@given(key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_every_name_of_an_object_comes_through_its_encoding(key: str) -> None:
    told = {"Records": [record(quote_plus(key))]}

    (found,) = s3_events(Nothing(told), None).arrivals

    assert found.uri == f"s3://docs/{key}"


def test_messages_in_a_folder_are_read_once_each(context: Context) -> None:
    folder = context.root / "events"
    folder.mkdir()
    (folder / "1.json").write_text(json.dumps(S3))

    first = look(context, queue="events")
    (folder / "2.json").write_text(json.dumps({"Records": [record("in/b")]}))
    second = look(context, queue="events", cursor=first.cursor)

    assert [len(first.arrivals), len(second.arrivals)] == [1, 1]
    assert look(context, queue="events", cursor=second.cursor).arrivals == ()


def test_lines_of_a_file_are_read_once_each_and_when_they_are_whole(context: Context) -> None:
    path: Path = context.root / "events.jsonl"
    line = json.dumps({"Records": [record("in/a")]}) + "\n"

    nothing = look(context, queue="events.jsonl")
    path.write_text(line + line[:20])
    first = look(context, queue="events.jsonl", cursor=nothing.cursor)
    path.write_text(line + line)
    second = look(context, queue="events.jsonl", cursor=first.cursor)
    path.write_text(line)
    anew = look(context, queue="events.jsonl", cursor=second.cursor)

    assert [len(one.arrivals) for one in (nothing, first, second, anew)] == [0, 1, 1, 1]


@pytest.mark.row("S3-10", part="s3 events")
def test_an_object_that_is_told_of_twice_runs_the_pipeline_once(
    project: Project, context: Context
) -> None:
    line = 'sensors = [Sensor("s3_events", queue="events.jsonl", give={"what": "uri"})]'
    write(project, flow=f"{LOG}\n    {line}\n")
    path = context.root / "events.jsonl"

    for keys in (["a", "a"], ["a", "a", "b"]):
        lines = [json.dumps({"Records": [record(f"in/{key}")]}) for key in keys]
        path.write_text("\n".join(lines) + "\n")
        once(context, "2026-03-02T12:00")

    assert project.dataset.read("log")["what"].to_pylist() == ["s3://docs/in/a", "s3://docs/in/b"]


def test_a_message_that_cannot_be_read_is_told_and_skips_nothing(
    project: Project, context: Context
) -> None:
    line = 'sensors = [Sensor("s3_events", queue="events.jsonl", give={"what": "uri"})]'
    write(project, flow=f"{LOG}\n    {line}\n")
    path = context.root / "events.jsonl"
    path.write_text("oops\n")
    once(context, "2026-03-02T12:00")
    wrong = troubles(context, "2026-03-02T12:01")

    path.write_text(json.dumps({"Records": [record("a")]}) + "\n")
    once(context, "2026-03-02T12:02")

    assert wrong == [("blind", "")]
    assert project.dataset.read("log")["what"].to_pylist() == ["s3://docs/a"]
    assert troubles(context, "2026-03-02T12:03") == []
