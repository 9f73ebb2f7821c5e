"""What a user writes: functions that make a dataset of datasets.

The function's name is the dataset it makes. Its parameters without a default are the datasets it
reads, those with one its settings.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

from headgate.core.errors import Invalid
from headgate.core.refs import check_name
from headgate.pipeline.arguments import Engine, check_arguments
from headgate.pipeline.partitions import Partitions

Function = TypeVar("Function", bound=Callable[..., Any])
Mode = Literal["replace", "append", "upsert"]

ATTRIBUTE = "__headgate_step__"
PARTITION = "partition"
"""Parameter by which a partitioned step is handed the key it works on."""
PIECE_ROWS = 131_072
"""Rows of a piece if nothing else is said: as many as a segment holds at most [count]."""
_TAKEN = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class Step:
    """One declared step.

    Args:
        name: the dataset it makes.
        function: what makes it.
        reads: the datasets it is handed, by parameter, in order.
        settings: the values of its settings, by parameter.
        columns: for some datasets the columns it reads; all of them for the others.
        mode: how its rows come into the dataset.
        key: columns that identify a row; needed by `upsert`.
        retries: how often it is tried again after an error [count].
        wait_s: how long it waits before the first of these; twice as long before each next [s].
        cache: whether it is left out where nothing it depends on has changed.
        seed: what `random` and `numpy.random` start from; nothing leaves them alone.
        partitions: how its dataset falls into parts, each of which is made by a call of its own.
        whole: datasets that it is handed whole although they hold the partitions' column.
        after: steps that come before it although it reads nothing of theirs.
        takes_key: whether the function is handed the partition's key.
        file: name of the pipeline file that holds it, without `.py`.
        process: whether its function is called in a process of its own.
        timeout_s: how long one try may take, the start of its process counted, before it is
            ended [s]; implies `process`. Nothing lets it run as long as it likes.
        pool: the pool in which it needs a place while it runs; none if empty.
        engine: what calls its function: `local` or `ray`; what the project says if empty.
        resources: what a call takes of a Ray cluster, by Ray's names: `CPU`, `GPU`, `memory`
            [bytes] or your own; one `CPU` if nothing is said.
        map_over: dataset whose rows are handed over in pieces, each to a call of its own, because
            each row is made of one of them alone; all of them at once if empty.
        piece_rows: rows of such a piece, the last one excepted [count].
    """

    name: str
    function: Callable[..., Any]
    reads: tuple[str, ...]
    settings: dict[str, Any]
    columns: dict[str, tuple[str, ...]]
    mode: Mode = "replace"
    key: tuple[str, ...] = ()
    retries: int = 0
    wait_s: float = 1.0
    cache: bool = True
    seed: int | None = None
    partitions: Partitions | None = None
    whole: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    takes_key: bool = False
    file: str = ""
    process: bool = False
    timeout_s: float | None = None
    pool: str = ""
    engine: Engine | Literal[""] = ""
    resources: dict[str, float] = dataclasses.field(default_factory=dict[str, float])
    map_over: str = ""
    piece_rows: int = PIECE_ROWS

    @property
    def follows(self) -> tuple[str, ...]:
        """What has to be there before it: what it reads, and what it was told to come after."""
        found = (*self.reads, *self.after)
        keys = self.partitions.dataset if self.partitions is not None else None
        return found if keys is None or keys in found else (*found, keys)


@overload
def step(function: Function, /) -> Function: ...
@overload
def step(
    *,
    name: str | None = None,
    columns: Mapping[str, Sequence[str]] | None = None,
    **how: Any,
) -> Callable[[Function], Function]: ...
def step(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    columns: Mapping[str, Sequence[str]] | None = None,
    **how: Any,
) -> Any:
    """Declare a function as the step that makes a dataset.

    The function stays what it was and can be called and tested as such. Run as a step it is handed
    each dataset as a `pyarrow.Table` with the rows' ids in the column `_rid`, and returns rows:
    a table, a list of dicts, a dict of columns, or anything that offers Arrow, such as a pandas or
    polars frame. Rows returned with `_rid` are still those rows; rows with `_parents`, a list of
    row ids each, were made of those. A function that returns nothing makes no dataset.

    Args:
        function: what makes the rows.
        name: the dataset it makes; the function's name if none.
        columns: for some parameters the columns that are read; only these are handed over, and a
            change in others does not make the step run.
        how: `mode` (`replace`, `append` or `upsert`), `key`, `retries`, `wait_s`, `cache`, `seed`,
            `partitions`, `whole`, `after`, `process`, `timeout_s`, `pool`, `engine`, `resources`,
            `map_over`, `piece_rows`: see `Step`.

    Raises:
        Invalid: the name cannot be a dataset's, or a parameter or a setting of the step is none.
    """

    def declare(given: Any) -> Any:
        setattr(given, ATTRIBUTE, _declared(given, name, columns or {}, how))
        return given

    return declare if function is None else declare(function)


def step_of(value: object) -> Step | None:
    """Return what a function was declared as, if it was."""
    found = getattr(value, ATTRIBUTE, None)
    return found if isinstance(found, Step) else None


def _declared(
    function: Callable[..., Any],
    name: str | None,
    columns: Mapping[str, Sequence[str]],
    how: dict[str, Any],
) -> Step:
    own = function.__name__ if name is None else name
    check_arguments(str(own), {"name": own, "columns": columns, **how})
    check_name("dataset", own)
    parameters = _parameters_of(function, own)
    takes_key = PARTITION in parameters and how.get("partitions") is not None
    reads = [
        one
        for one, given in parameters.items()
        if given.default is inspect.Parameter.empty and not (takes_key and one == PARTITION)
    ]
    settings = {
        one: given.default
        for one, given in parameters.items()
        if given.default is not inspect.Parameter.empty
    }
    for unread in sorted({*columns, *how.get("whole", ())} - set(reads)):
        kind = "columns of" if unread in columns else "whole="
        raise Invalid(
            f"step {own} names {kind} {unread!r}, which it does not read",
            mend=f"it reads {', '.join(reads) or 'nothing'}",
        )
    made = Step(
        name=own,
        function=function,
        reads=tuple(reads),
        settings=settings,
        columns={one: tuple(sorted(names)) for one, names in columns.items()},
        takes_key=takes_key,
        **{name: _as_tuple(value) for name, value in how.items()},
    )
    return _placed(_cut(_checked(made)))


def _parameters_of(function: Callable[..., Any], own: str) -> Mapping[str, inspect.Parameter]:
    parameters = inspect.signature(function).parameters
    for one in parameters.values():
        if one.kind in _TAKEN:
            raise Invalid(
                f"step {own} takes {one}, which names no dataset",
                mend="give every dataset and every setting a parameter of its own",
            )
    return parameters


def _checked(made: Step) -> Step:
    """Check how a step's rows come into its dataset."""
    own = made.name
    if made.mode == "upsert" and not made.key:
        raise Invalid(f"step {own} upserts without a key", mend="add key=('id',) or your own")
    if made.partitions is not None and made.mode != "replace":
        raise Invalid(
            f"step {own} has partitions and mode {made.mode!r}",
            mend="leave the mode out: each run of a partition replaces its rows",
        )
    return made


def _cut(made: Step) -> Step:
    """Check whether a step's rows can be handed over in pieces."""
    if not made.map_over:
        return made
    if made.map_over not in made.reads:
        raise Invalid(
            f"step {made.name} is mapped over {made.map_over!r}, which it does not read",
            mend=f"it reads {', '.join(made.reads) or 'nothing'}",
        )
    if made.partitions is not None:
        raise Invalid(
            f"step {made.name} has partitions and is mapped over {made.map_over}",
            mend="leave map_over out: each partition is a call of its own",
        )
    return made


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _placed(made: Step) -> Step:
    """Say where a step is to run; a limit of time needs a process that can be ended."""
    if made.pool:
        check_name("pool", made.pool)
    if made.timeout_s is None:
        return made
    return dataclasses.replace(made, process=True)
