"""When a step need not run: its memo key, what it is made of, and what changed in it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from blake3 import blake3

from headgate.core.errors import Invalid
from headgate.pipeline.code import code_of
from headgate.pipeline.source import Source
from headgate.spine.store import manifest
from headgate.spine.store.canonical import canonical, row_hashes
from headgate.spine.store.manifest import shifted
from headgate.spine.store.reading import read_rows
from headgate.spine.store.snapshots import manifest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headgate.core.nouns import Snapshot
    from headgate.pipeline.steps import Step
    from headgate.spine.context import Context

VERSION = 1
"""Of what a key is made of; another one makes every step run once more."""


class KeptOut(msgspec.Struct, frozen=True):
    """Of parts, what is known of rows that did not go in; read without the rest."""

    n_held: int = 0
    held_by: str = ""


class Parts(msgspec.Struct, frozen=True, dict=True):
    """What a memo key is made of.

    Args:
        code: digest of each function, class and value that the step's code names.
        libraries: version of each library it names.
        settings: their values.
        how: mode, key, seed, and the columns that are read where they are declared.
        inputs: for each dataset the content root of what is read of it.
        partition: the key of the partition; empty where the step has none.
        seen: for each dataset the snapshot that was; told, and no part of the key.
        source: the code itself; told, and no part of the key. Of several partitions that are
            published together the first alone has it.
        n_held: rows of it that did not go in; told, and no part of the key [count].
        held_by: what stood before its dataset then.
    """

    code: dict[str, str]
    libraries: dict[str, str]
    settings: dict[str, Any]
    how: dict[str, Any]
    inputs: dict[str, str]
    partition: str = ""
    seen: dict[str, str] = {}
    source: Source | None = None
    n_held: int = 0
    held_by: str = ""

    @cached_property
    def key(self) -> str:
        """The memo key."""
        parts = (self.code, self.libraries, self.settings, self.how, self.inputs, self.partition)
        return blake3(msgspec.json.encode((VERSION, parts), order="sorted")).hexdigest()


def parts_of(context: Context, step: Step, settings: Mapping[str, Any]) -> Parts:
    """Take down all that a step's rows depend on, but what it reads.

    Args:
        context: the project.
        step: the step.
        settings: their values in this run.

    Raises:
        Invalid: a setting is of a kind that cannot be written down.
    """
    code = code_of(step.function, context.root)
    how: dict[str, Any] = {"mode": step.mode, "key": list(step.key), "seed": step.seed}
    if step.columns:
        how["columns"] = {name: list(columns) for name, columns in sorted(step.columns.items())}
    if step.partitions is not None:
        how["column"] = step.partitions.column
    if step.map_over:
        how["map_over"] = step.map_over
        if step.seed is not None:
            # each call starts from the seed anew
            how["piece_rows"] = step.piece_rows
    return Parts(
        code=code.functions,
        libraries=code.libraries,
        settings=_plain(step, settings),
        how=how,
        inputs={},
    )


def root_of(context: Context, snapshot: Snapshot, columns: tuple[str, ...] | None) -> str:
    """Return the content root of some columns of a snapshot; of all if none are named."""
    if columns is None:
        return snapshot.content_root
    rows = canonical(read_rows(context.blobs, manifest_of(context, snapshot), list(columns)))
    nothing = np.empty((0, 2), np.uint64)
    lanes = shifted((0, 0), added=row_hashes(rows), removed=nothing)
    return manifest.root_of(rows.num_rows, rows.column_names, lanes)


def changes(before: Parts, after: Parts) -> tuple[str, ...]:
    """Say in words what differs between two runs of a step."""
    said = [f"{_short(name)} {how}" for name, how in _differing(before.code, after.code)]
    for name, _ in _differing(before.libraries, after.libraries):
        old, new = (one.libraries.get(name, "not used") for one in (before, after))
        said.append(f"{name} is {new}, was {old}")
    said += [
        f"setting {name} is {after.settings.get(name)!r}, was {before.settings.get(name)!r}"
        for name, _ in _differing(before.settings, after.settings)
    ]
    said += [
        f"{name} is {after.how[name]!r}, was {before.how.get(name)!r}"
        for name, _ in _differing(before.how, after.how)
    ]
    said += [
        f"{after.seen.get(name, name)} holds other rows than {before.seen.get(name, 'nothing')}"
        for name, _ in _differing(before.inputs, after.inputs)
    ]
    return tuple(said)


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            found.append((name, "is new"))
        elif name not in after:
            found.append((name, "is gone"))
        elif before[name] != after[name]:
            found.append((name, "changed"))
    return found


def _short(name: str) -> str:
    """Leave out the module's name of our making."""
    return name.removeprefix("pipelines_")


def _plain(step: Step, settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return msgspec.json.decode(msgspec.json.encode(dict(settings), order="sorted"))
    except (TypeError, ValueError) as error:
        raise Invalid(
            f"a setting of step {step.name} cannot be written down: {error}",
            mend="give numbers, texts, truths, lists or dicts of them",
        ) from error
