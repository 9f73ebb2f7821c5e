"""A verb is declared once; the command line, REST, OpenAPI and Python derive from it.

An operation takes the context and a request struct; it may take a body (rows or bytes) as a
third argument, and returns a struct, rows (a pyarrow table) or bytes. What a surface needs to
know without importing the stage is written by `headgate.surfaces.table` into one file.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_type_hints

import msgspec

if TYPE_CHECKING:
    import pyarrow as pa

    Rows = pa.Table
else:

    class Rows:
        """A pyarrow table, named without loading pyarrow."""


class Tables(bytes):
    """Several tables by name, as a bundle; callers hand over a mapping of names to rows."""


Body = Literal["none", "rows", "bytes", "tables"]
_BODIES: dict[Any, Body] = {Rows: "rows", Tables: "tables"}
Reply = Literal["struct", "rows", "bytes"]
Function = TypeVar("Function", bound=Callable[..., Any])
ATTRIBUTE = "__headgate_operation__"


class Operation(msgspec.Struct, frozen=True):
    """A declared verb, with what each surface needs to serve it."""

    name: str
    function: Callable[..., Any]
    request: type[msgspec.Struct]
    result: Any
    body: Body
    writes: bool
    bare: bool
    streams: bool = False
    anywhere: bool = False

    @property
    def reply(self) -> Reply:
        """What comes back: a struct, rows or bytes."""
        if self.result is Rows:
            return "rows"
        return "bytes" if self.result is bytes else "struct"


def operation(
    name: str,
    *,
    writes: bool = False,
    bare: bool = False,
    streams: bool = False,
    anywhere: bool = False,
) -> Callable[[Function], Function]:
    """Declare a function as the verb `noun.verb`.

    Args:
        name: dotted name, the same on every surface.
        writes: it changes the project; a token that may only read is refused.
        bare: the command stands without its noun, such as `headgate blast`.
        anywhere: the command line calls it where there is no project, too.
        streams: its rows may come chunk after chunk, as a `headgate.spine.streaming.Coming`.
    """

    def declare(function: Function) -> Function:
        hints = get_type_hints(function)
        names = list(inspect.signature(function).parameters)
        body: Body = "none"
        for extra in names[2:]:
            body = _BODIES.get(hints[extra], "bytes")
        declared = Operation(
            name=name,
            function=function,
            request=hints[names[1]],
            result=hints["return"],
            body=body,
            writes=writes,
            bare=bare,
            streams=streams,
            anywhere=anywhere,
        )
        setattr(function, ATTRIBUTE, declared)
        return function

    return declare


def declared_in(module: object) -> list[Operation]:
    """List the operations a module declares, in the order they stand in it."""
    return [
        getattr(value, ATTRIBUTE)
        for value in vars(module).values()
        if callable(value) and hasattr(value, ATTRIBUTE)
    ]
