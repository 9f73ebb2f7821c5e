"""The one list of verbs, read from verbs.json without importing any stage.

`python -m headgate.surfaces.table` writes that file anew from the operations that stages and
flows declare; a test fails when it is stale. Every surface serves what stands here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from headgate.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from headgate.spine.operations import Operation

VERBS = Path(__file__).parent / "verbs.json"
Scalar = Literal["text", "integer", "number", "boolean", "time", "mixed", "json"]


class Field(msgspec.Struct, frozen=True):
    """One field of a request, as each surface names it.

    Args:
        name: the Python keyword, such as `from_`.
        key: the name in JSON, such as `from`.
        flag: the option of the command line, such as `--from`.
        type: what one value of it is.
        many: whether it holds a list or a map of such values.
        choices: the only values it takes; empty if any will do.
        required: it stands as a positional argument.
        default: its value when it is not given, as JSON.
        doc: what it is for.
    """

    name: str
    key: str
    flag: str
    type: Scalar
    many: Literal["", "list", "map"]
    choices: tuple[str, ...]
    required: bool
    default: Any
    doc: str


class Verb(msgspec.Struct, frozen=True):
    """One operation, with all a surface needs before it is called.

    Args:
        name: dotted name, the same on every surface.
        module: where its function lies.
        function: the name of the function in it.
        summary: the first line of its docstring.
        doc: what the docstring says before its sections.
        body: what it takes besides the request.
        body_name: the Python keyword of the body; empty if it takes none.
        reply: what it returns.
        writes: it changes the project.
        bare: it stands without its noun on the command line and in the address.
        fields: what its request holds, in the order of the struct.
        streams: its rows may be more than fit into memory.
        anywhere: the command line calls it where there is no project, too.
    """

    name: str
    module: str
    function: str
    summary: str
    doc: str
    body: Literal["none", "rows", "bytes", "tables"]
    body_name: str
    reply: Literal["struct", "rows", "bytes"]
    writes: bool
    bare: bool
    fields: tuple[Field, ...]
    streams: bool = False
    anywhere: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words that call it: noun and verb, or the verb alone if it stands bare."""
        parts = self.name.split(".")
        return (parts[-1],) if self.bare else tuple(parts)

    @property
    def command(self) -> str:
        """How the command line names it, such as `headgate dataset diff`."""
        return " ".join(("headgate", *self.words))

    @property
    def path(self) -> str:
        """Where the server answers it."""
        return "/api/v1/" + "/".join(self.words)

    @property
    def positional(self) -> tuple[str, ...]:
        """Python names in positional order: required fields, the body after the first of them."""
        required = [field.name for field in self.fields if field.required]
        if self.body_name:
            required.insert(min(1, len(required)), self.body_name)
        return tuple(required)

    def operation(self) -> Operation:
        """Import the module that declares it and return the declaration."""
        declared: Operation = getattr(
            load_module(self.module), self.function
        ).__headgate_operation__
        return declared


class Table:
    """The verbs there are, by name and by the words that call them."""

    def __init__(self, verbs: Iterable[Verb]) -> None:
        self.verbs = {verb.name: verb for verb in verbs}
        self.by_words = {verb.words: verb for verb in self.verbs.values()}

    def nouns(self) -> dict[str, dict[str, Verb]]:
        """Group the verbs that stand after a noun."""
        grouped: dict[str, dict[str, Verb]] = {}
        for words, verb in self.by_words.items():
            if len(words) > 1:
                grouped.setdefault(words[0], {})[words[1]] = verb
        return grouped

    def bare(self) -> dict[str, Verb]:
        """List the verbs that stand alone."""
        return {words[0]: verb for words, verb in self.by_words.items() if len(words) == 1}

    def find(self, words: tuple[str, ...]) -> Verb:
        """Return the verb that these words call.

        Raises:
            NotFound: there is none; the nearest is named.
        """
        if words in self.by_words:
            return self.by_words[words]
        raise NotFound.among("verb", " ".join(words), (" ".join(known) for known in self.by_words))


@cache
def table() -> Table:
    """Read the verbs that this installation has."""
    return Table(msgspec.json.decode(VERBS.read_bytes(), type=list[Verb]))


def load_module(name: str) -> ModuleType:
    """Import a module of operations."""
    from headgate.spine.registry import load_module

    return load_module(name)
