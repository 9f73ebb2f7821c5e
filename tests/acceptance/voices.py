"""Three ways to say one thing to Headgate: at the command line, over HTTP, in remote Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from headgate.surfaces.python import Project
from headgate.surfaces.verbs import table
from tests.acceptance.outside import Answer, Served, as_json, command
from tests.surfaces.shell import shell

ALONE = ("source.ingest", "blast")
"""Commands that have a process of their own; the others are run by the one of the test."""


class Voice(Protocol):
    """Says a verb with its fields by their names in JSON, and returns the answer as JSON."""

    def __call__(self, verb: str, /, body: Any = None, **fields: Any) -> Any: ...


class CommandLine:
    """Types commands; rows and bytes are handed over as files."""

    def __init__(self, root: Path, positional: dict[str, tuple[str, ...]]) -> None:
        self._root = root
        self._positional = positional

    def __call__(self, verb: str, /, body: Any = None, **fields: Any) -> Any:
        names = self._positional.get(verb, ())
        words = [*verb.split("."), *(fields.pop(name) for name in names if name in fields)]
        if body is not None:
            words.insert(verb.count(".") + 2, str(self._written(body)))
        for name, value in fields.items():
            words += [f"--{name.replace('_', '-')}"]
            words += [] if value is True else [str(value)]
        words += ["--json", "--project", str(self._root)]
        return command(*words).said if verb in ALONE else self._typed(words)

    def _typed(self, words: list[str]) -> Any:
        done = shell(table())(*words)
        return Answer(done.code, done.out, done.err).said

    def _written(self, body: Any) -> Path:
        path = self._root / ("body.bin" if isinstance(body, bytes) else "body.jsonl")
        if isinstance(body, bytes):
            path.write_bytes(body)
        else:
            path.write_text("\n".join(map(json.dumps, body)), encoding="utf-8")
        return path


class Rest:
    """Posts JSON, and rows as Arrow."""

    def __init__(self, server: Served) -> None:
        self._server = server

    def __call__(self, verb: str, /, body: Any = None, **fields: Any) -> Any:
        return self._server.post(verb.replace(".", "/"), fields, body)


class RemotePython:
    """Calls methods of a project opened by its address."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def __call__(self, verb: str, /, body: Any = None, **fields: Any) -> Any:
        method: Any = self._project
        for word in verb.split("."):
            method = getattr(method, word)
        known = self._project.table.verbs[verb]
        if body is not None:
            fields[known.body_name] = body
        named = {f"{name}_" if name == "from" else name: value for name, value in fields.items()}
        return as_json(method(**named))
