"""Malformed requests: always a 4xx with a mend, never a crash, and nothing is changed."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import headgate
from headgate.surfaces import rows
from headgate.surfaces.verbs import Field, Verb, table
from tests.surfaces.routes import OCTETS, Reply, Server, body_of, fill, serving

VERBS = list(table().verbs.values())
WITH_BODY = [verb for verb in VERBS if verb.body_name]
WITH_FIELDS = [verb for verb in VERBS if verb.fields]
NAMES = ["orders", "orders@1", "orders@clean", "half@1", "greet", "api@1", "live", "p1", "row:1"]
# No way out of the test's own folder: some verbs read or write the path they are given.
TEXTS = st.text(st.characters(exclude_characters="/\\~", exclude_categories=("Cs",)), max_size=12)
NUMBERS = st.integers() | st.sampled_from([0, -1, 2**31, 2**63, -(2**63) - 1, 10**400])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | TEXTS | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
STREAM = rows.to_stream(rows.to_table([{"prediction_id": str(n), "v": "x" * n} for n in range(9)]))
SCHEMA_END = len(rows.to_stream(rows.to_table({"prediction_id": [""], "v": [""]}).slice(0, 0))) - 8
FUZZ = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("malformed")
    (folder / "here").mkdir()
    with headgate.init(folder / "shop") as project:
        fill(project)
    before = Path.cwd()
    os.chdir(folder / "here")
    try:
        with serving(folder / "shop") as server:
            yield server
    finally:
        os.chdir(before)


def is_turned_away(reply: Reply) -> bool:
    """Whether a reply is a 4xx with a mend, and no part of a traceback."""
    return 400 <= reply.status < 500 and reply.is_failure and b"Traceback" not in reply.data


@FUZZ
@given(verb=st.sampled_from(VERBS), data=st.data())
def test_no_request_at_all_makes_the_server_crash(
    server: Server, verb: Verb, data: st.DataObject
) -> None:
    chosen = [each for each in verb.fields if each.required or data.draw(st.booleans())]
    fields = {each.key: data.draw(VALUES, label=each.key) for each in chosen}

    reply = server.call(verb, fields)

    assert reply.status == 200 or is_turned_away(reply), reply.data


@FUZZ
@given(verb=st.sampled_from(VERBS), text=st.binary(max_size=30))
def test_bytes_that_are_no_json_object_are_turned_away(
    server: Server, verb: Verb, text: bytes
) -> None:
    broken = b"[" + text
    before = server.state() if verb.writes else None

    if verb.body_name:
        encoded = base64.urlsafe_b64encode(broken).decode()
        kind = rows.ARROW if verb.body == "rows" else OCTETS
        reply = server.send(verb.path, body_of(verb), content_type=kind, headgate_request=encoded)
    else:
        reply = server.send(verb.path, broken, content_type="application/json")

    assert is_turned_away(reply), reply.data
    assert reply.json["message"].startswith(f"the request of {verb.name} is no JSON object")
    assert before is None or server.state() == before


@pytest.mark.parametrize(
    "verb", [v for v in VERBS if any(f.required for f in v.fields)], ids=lambda verb: verb.name
)
def test_a_missing_field_is_named(server: Server, verb: Verb) -> None:
    first = next(field for field in verb.fields if field.required)

    reply = server.call(verb, {})

    assert reply.status == 422
    assert reply.json["message"] == f"{verb.name} needs field {first.key!r}"
    assert reply.json["mend"].startswith(f"give {first.key}: ")


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_an_unknown_field_is_named_with_the_nearest_one(server: Server, verb: Verb) -> None:
    near = verb.fields[-1].key if verb.fields else "any"

    reply = server.call(verb, {f"{near}x": 1})

    assert reply.status == 422
    assert reply.json["message"] == f"{verb.name} has no field '{near}x'"
    assert reply.json["mend"] == (f"did you mean {near}?" if verb.fields else "it has no fields")


def of_the_wrong_kind(field: Field) -> Any:
    """Return a value that the field cannot hold, whatever it is."""
    if field.many:
        return 7
    return {"nested": [1]} if field.type != "json" else None


def by_key(verb: Verb, key: str) -> Field:
    return next(each for each in verb.fields if each.key == key)


@pytest.mark.parametrize("verb", WITH_FIELDS, ids=lambda verb: verb.name)
def test_a_value_of_the_wrong_kind_names_its_field(server: Server, verb: Verb) -> None:
    good = {each.key: (each.choices or ("x",))[0] for each in verb.fields if each.required}
    good |= {key: [good[key]] for key in good if by_key(verb, key).many == "list"}
    before = server.state()

    for field in verb.fields:
        if field.type != "json" or field.many:
            reply = server.call(verb, good | {field.key: of_the_wrong_kind(field)})

            assert reply.status == 422, reply.data
            assert f"'{field.key}" in reply.json["message"]
            assert reply.json["mend"].startswith(f"give {field.key}: ")
    assert server.state() == before


@pytest.mark.parametrize("number", [2**63, 10**400, -(2**63) - 1])
@pytest.mark.parametrize("name", ["run.list", "event.list", "release.list", "trace"])
def test_a_number_of_more_than_64_bits_is_refused(server: Server, name: str, number: int) -> None:
    verb = table().verbs[name]
    fields = {"depth": number, "id": "p1"} if name == "trace" else {"limit": number}

    reply = server.call(verb, fields)

    assert reply.status == 422
    assert "more than 64 bits" in reply.json["message"]


@pytest.mark.parametrize("rid", ["9" * 30, str(2**63), "²", "-1", "1e3", " 1"])
def test_a_row_id_that_is_none_finds_nothing(server: Server, rid: str) -> None:
    blast = server.call(table().verbs["blast"], {"ref": f"row:{rid}"})
    trace = server.call(table().verbs["trace"], {"id": f"row:{rid}"})

    assert (blast.status, trace.status) == (422, 404)


@pytest.mark.parametrize("verb", WITH_BODY, ids=lambda verb: verb.name)
@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data", None])
def test_a_body_of_another_content_type_is_refused(
    server: Server, verb: Verb, kind: str | None
) -> None:
    reply = server.send(verb.path, body_of(verb), content_type=kind)

    assert reply.status == 422
    assert "Headgate-Request" in reply.json["mend"]


@FUZZ
@given(cut=st.integers(0, len(STREAM) - 1))
@example(cut=SCHEMA_END)
@example(cut=len(STREAM) - 8)
def test_an_arrow_stream_that_was_cut_off_is_refused_whole(server: Server, cut: int) -> None:
    verb = table().verbs["dataset.commit"]

    reply = server.call(verb, {"name": "orders", "mode": "replace"}, STREAM[:cut])

    assert is_turned_away(reply), reply.data
    assert server.call(table().verbs["dataset.log"], {"name": "orders"}).json["snapshots"][1:] == []


@FUZZ
@given(places=st.sets(st.integers(0, len(STREAM) - 1), min_size=1, max_size=4))
def test_an_arrow_stream_with_flipped_bits_crashes_nothing(
    server: Server, places: set[int]
) -> None:
    flipped = bytes(byte ^ (0xFF * (at in places)) for at, byte in enumerate(STREAM))
    verb = table().verbs["prediction.log"]

    reply = server.call(verb, {}, flipped)

    assert reply.status == 200 or is_turned_away(reply), reply.data


@pytest.mark.parametrize(
    "headers",
    [
        {"headgate_request": "no base64!"},
        {"headgate_request": "////"},
        {"headgate_request": "e"},
        {"headgate_request": ""},
        {"content_length": "many"},
        {"content_length": "-5"},
        {"authorization": "Bearer \u00ff\u00fe"},
        {"authorization": "Bearer"},
        {"origin": "http://127.0.0.1:1/"},
    ],
    ids=str,
)
def test_a_bad_header_is_answered_not_crashed_on(server: Server, headers: dict[str, str]) -> None:
    verb = table().verbs["dataset.commit"]
    given_headers = {"content_type": rows.ARROW} | headers
    # a body behind a length that is none stays unread, and closing then resets the connection
    body = b"" if "content_length" in headers else body_of(verb)

    reply = server.send(verb.path, body, **given_headers)

    # a length that is none is refused by the HTTP parser, before there is a request to answer
    is_unread = reply.status == 400 and "content_length" in headers
    assert is_unread or is_turned_away(reply), reply.data
    server.close()


@pytest.mark.parametrize("actor", ["%", "%ff%fe", "%00", "x" * 5000, "a\tb", "%0a%0d"])
def test_an_odd_actor_is_taken_or_refused_but_never_a_crash(server: Server, actor: str) -> None:
    reply = server.send(
        "/api/v1/prompt/create",
        b'{"name": "odd", "template": "hello"}',
        content_type="application/json",
        x_headgate_actor=actor,
    )

    assert reply.status == 200 or is_turned_away(reply), reply.data


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1", "/api/v1/dataset", "/api/v2/query", "/%00"]
)
def test_a_path_that_is_none_names_what_there_is(server: Server, path: str) -> None:
    reply = server.send(path)

    assert (reply.status, reply.is_failure) == (404, True)


def test_a_read_changes_nothing_whatever_it_is_asked(server: Server) -> None:
    reads = [verb for verb in VERBS if not verb.writes and verb.name != "dataset.export"]
    before = server.state()

    for verb in reads:
        for value in ("orders", "p1", "", "nothing", 1, None, [], {"a": 1}):
            fields = {field.key: value for field in verb.fields if field.required}
            server.call(verb, fields)

    assert server.state() == before
