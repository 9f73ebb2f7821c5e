"""Calls one operation through each surface, and masks what two acts cannot share."""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pyarrow.parquet as pq

from headgate.dataset.bundle import pack
from headgate.surfaces import binding, rows
from headgate.surfaces.python import Project
from headgate.surfaces.remote import open_remote
from headgate.surfaces.server.serve import Listening
from headgate.surfaces.server.tokens import keep_token
from headgate.surfaces.verbs import Verb

MASKS = (
    ("SIGNATURE", re.compile(r"\b[0-9a-f]{128}\b")),
    ("DIGEST", re.compile(r"\b(?:blake3:)?[0-9a-f]{64}\b")),
    ("ID", re.compile(r"\b[a-z]+_[0-9a-hjkmnp-z]{20}\b")),
    ("TIME", re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?")),
    ("SERVER", re.compile(r"http://127\.0\.0\.1:\d+")),
)


@dataclass(frozen=True)
class Call:
    """Arguments of one call, as Python takes them."""

    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """A project of its own, with every surface opened on it."""

    root: Path
    project: Project
    serve: Callable[[], Listening]
    headgate: Callable[..., SimpleNamespace]


def by_python(verb: Verb, call: Call, world: World) -> Any:
    return as_json(verb, method(world.project, verb)(*call.arguments, **call.keywords))


def by_remote(verb: Verb, call: Call, world: World) -> Any:
    address, token = world.serve().address, keep_token(world.root / ".headgate")
    with Project(open_remote(address, token), world.project.table) as remote:
        return as_json(verb, method(remote, verb)(*call.arguments, **call.keywords))


def by_rest(verb: Verb, call: Call, world: World) -> Any:
    request, body = binding.bind(verb, call.arguments, call.keywords)
    encoded = msgspec.json.encode(request)
    headers = {
        "Authorization": f"Bearer {keep_token(world.root / '.headgate')}",
        "Content-Type": "application/json",
    }
    content = encoded
    if verb.body_name:
        is_rows = verb.body == "rows"
        content = rows.to_stream(rows.to_table(body)) if is_rows else content_of(body)
        headers["Content-Type"] = rows.ARROW if is_rows else "application/octet-stream"
        headers["Headgate-Request"] = base64.urlsafe_b64encode(encoded).decode()
    connection = http.client.HTTPConnection("127.0.0.1", world.serve().port)
    connection.request("POST", verb.path, content, headers)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    assert response.status == 200, data
    return base64.b64encode(data).decode() if verb.reply == "bytes" else json.loads(data)


def by_command_line(verb: Verb, call: Call, world: World) -> Any:
    done = world.headgate(*typed(verb, call, world), "--json")
    assert done.code in (0, 1), done.err
    if verb.reply == "bytes":
        return base64.b64encode((world.root / "output").read_bytes()).decode()
    return json.loads(done.out)


def typed(verb: Verb, call: Call, world: World) -> list[str]:
    """Type what can be typed: required words and plain options; the rest goes into a file."""
    request, body = binding.bind(verb, call.arguments, call.keywords)
    fields = {each.name: each for each in verb.fields}
    words: list[str] = list(verb.words)
    for name in verb.positional:
        if name == verb.body_name:
            words += body_words(verb, body, world)
        elif isinstance(request[fields[name].key], (str, int, float)):
            value = request.pop(fields[name].key)
            words.append(value if isinstance(value, str) else json.dumps(value))
    for each in verb.fields:
        if isinstance(request.get(each.key), str):
            words += [each.flag, request.pop(each.key)]
    given = world.root / "request.json"
    given.write_bytes(msgspec.json.encode(request))
    output = ["--output", str(world.root / "output")] if verb.reply == "bytes" else []
    return [*words, "--file", str(given), *output, "--project", str(world.root)]


SURFACES = {
    "python": by_python,
    "remote": by_remote,
    "rest": by_rest,
    "command line": by_command_line,
}


def method(project: Project, verb: Verb) -> Callable[..., Any]:
    owner: Any = project
    for word in verb.words:
        owner = getattr(owner, word)
    return owner


def as_json(verb: Verb, result: Any) -> Any:
    if verb.reply == "rows":
        return json.loads(b"".join(rows.json_parts(result)))
    if verb.reply == "bytes":
        return base64.b64encode(result).decode()
    return json.loads(msgspec.json.encode(result))


def body_words(verb: Verb, body: Any, world: World) -> list[str]:
    """Write the body where a command finds it, and return the words that say where."""
    if verb.body != "tables":
        return [str(body_path(verb, body, world))]
    words: list[str] = []
    for name, given in body.items():
        path = world.root / f"{name}.parquet"
        pq.write_table(rows.to_table(given), path)
        words.append(f"{name}={path}")
    return words


def body_path(verb: Verb, body: Any, world: World) -> Path:
    if isinstance(body, Path):
        return body
    path = world.root / ("body.parquet" if verb.body == "rows" else "body.bin")
    if verb.body == "rows":
        pq.write_table(rows.to_table(body), path)
    else:
        path.write_bytes(body)
    return path


def content_of(body: Any) -> bytes:
    if isinstance(body, dict):
        return pack({name: rows.to_table(given) for name, given in body.items()})
    return body.read_bytes() if isinstance(body, Path) else body


def masked(answer: Any, root: Path) -> Any:
    """Replace ids, digests, times and paths by what they are and which of them they are.

    Two that were equal stay equal: the third digest to appear is `DIGEST3` wherever it stands.
    """
    text = json.dumps(answer).replace(str(root), "ROOT")
    text = re.sub(r'"took_ms": [0-9.e-]+', '"took_ms": 0', text)
    for name, pattern in MASKS:
        seen = dict.fromkeys(pattern.findall(text))
        for number, found in enumerate(seen, start=1):
            text = text.replace(found, f"{name}{number}")
    return json.loads(text)
