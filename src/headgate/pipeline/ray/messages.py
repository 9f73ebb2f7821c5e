"""What is said between a run, its bridge to a Ray cluster, and a node of the cluster."""

from __future__ import annotations

import msgspec

from headgate.core.errors import HeadgateError
from headgate.pipeline.calls import Broken, BrokenKind, Call, Told, error_of, words_of


class Hello(msgspec.Struct, frozen=True):
    """What a bridge is told first.

    Args:
        address: of the cluster.
        bundle: file of the code and the variables of the environment that go to every node.
        n_calls: the most calls at once [count].
    """

    address: str
    bundle: str
    n_calls: int


class Ready(msgspec.Struct, frozen=True):
    """What a bridge answers once it has, or has not, reached the cluster.

    Args:
        error: why it has not; empty if it has.
    """

    error: str = ""


class Bundle(msgspec.Struct, frozen=True):
    """What every node needs of a project.

    Args:
        files: content by path, seen from the project's folder.
        environment: variables and their values.
    """

    files: dict[str, bytes]
    environment: dict[str, str]


class Wanted(msgspec.Struct, frozen=True, tag=True):
    """A call that the cluster is to make.

    Args:
        number: names the call between run and bridge.
        call: what is called.
        tables: for each dataset it reads the file of its rows, by parameter.
        made: file that takes the rows it returns.
        libraries: version of each library its rows depend on, which the node must have too.
        timeout_s: how long it may take on the node [s].
        resources: what it takes of the cluster, by Ray's names.
    """

    number: int
    call: Call
    tables: dict[str, str]
    made: str
    libraries: dict[str, str]
    timeout_s: float | None
    resources: dict[str, float]


class Unneeded(msgspec.Struct, frozen=True, tag=True):
    """Files of rows that no call will read again."""

    files: tuple[str, ...]


class Ended(msgspec.Struct, frozen=True):
    """How a call ended.

    Args:
        number: of the call.
        has_rows: whether it returned rows.
        kind: how it broke, if it did.
        told: what went wrong.
        output: the last lines that it printed.
    """

    number: int
    has_rows: bool = False
    kind: BrokenKind | None = None
    told: Told | None = None
    output: str = ""

    @property
    def error(self) -> Exception | None:
        """What is to be raised of it; nothing if it came to its end."""
        if self.kind is None or self.told is None:
            return None
        if self.kind == "raised":
            return error_of(self.told, self.output)
        return Broken(self.kind, self.told.text, output=self.output)


def ended_with(number: int, error: HeadgateError | Broken) -> Ended:
    """Take down how a call ended that raised an error of ours, or `Broken`."""
    if isinstance(error, Broken):
        return Ended(number, kind=error.kind, told=_told(error), output=error.output)
    apart = error.__cause__
    known = apart if isinstance(apart, Broken) else Broken("raised", words_of(error))
    family = {"code": error.code, "message": error.message, "mend": error.mend}
    told = msgspec.structs.replace(_told(known), **family)
    return Ended(number, kind="raised", told=told, output=known.output)


def _told(broken: Broken) -> Told:
    return Told(text=broken.told, place=broken.place, trace=broken.trace)
