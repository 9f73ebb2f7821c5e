"""What `dataset duplicates` is asked and what it answers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Kind = Literal["exact", "near"]


class DuplicatesRequest(msgspec.Struct, frozen=True):
    """Find rows that stand in a dataset more than once, exactly or nearly."""

    name: Annotated[str, Meta(description="the dataset's name, or a snapshot such as orders@3")]
    columns: Annotated[
        tuple[str, ...],
        Meta(
            description="columns that are compared; those of free text if none is named, and all "
            "but the key if there are none"
        ),
    ] = ()
    against: Annotated[
        str | None, Meta(description="a dataset that must share no row with it, such as the test's")
    ] = None
    cost_per_token: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        Meta(description="what a token costs, to say what duplicates cost"),
    ] = None
    similarity: Annotated[
        float,
        Meta(
            description="runs of words that near duplicates have in common, of all runs that "
            "either has [ratio]",
            ge=0.3,
            le=1,
        ),
    ] = 0.8
    limit: Annotated[int, Meta(description="groups and pairs that are listed [count]", ge=0)] = 20


class DuplicateGroup(msgspec.Struct, frozen=True):
    """Rows that say the same.

    Args:
        kind: `exact` if all of them are equal.
        n_rows: how many there are [count].
        row_ids: the first ten of them, in the order of the dataset.
    """

    kind: Kind
    n_rows: int
    row_ids: tuple[int, ...]


class Leak(msgspec.Struct, frozen=True):
    """A row of one dataset that stands in another too.

    Args:
        kind: `exact` if both are equal.
        row_id: the row.
        other_row_id: the row of the other dataset.
        similarity: share of runs of words in common [ratio].
    """

    kind: Kind
    row_id: int
    other_row_id: int
    similarity: float


class DuplicatesReport(msgspec.Struct, frozen=True):
    """How much of a dataset says again what stands in it already.

    Args:
        dataset: its name.
        number: which snapshot.
        columns: columns that were compared.
        texts: those among them that were looked at for near duplicates.
        n_rows: rows [count].
        n_exact: rows that are equal to an earlier one [count].
        n_near: other rows that are nearly the same as an earlier one [count].
        duplicate_ratio: both, of all rows [ratio].
        n_tokens: words and marks of the texts [count]; a model's own tokens are some more.
        n_wasted_tokens: of the rows that are duplicates [count].
        wasted_cost: what these cost at the price that was given.
        groups: rows that say the same, the largest group first.
        against: the other dataset and its snapshot, such as `test@2`.
        n_leaked: rows of the other dataset that stand in this one too [count].
        leaked_ratio: these of all rows of the other dataset [ratio].
        leaks: pairs of such rows, exact ones first.
        has_findings: there is a duplicate or a leak.
    """

    dataset: str
    number: int
    columns: tuple[str, ...]
    texts: tuple[str, ...]
    n_rows: int
    n_exact: int
    n_near: int
    duplicate_ratio: float
    n_tokens: int
    n_wasted_tokens: int
    wasted_cost: float | None
    groups: tuple[DuplicateGroup, ...]
    against: str | None
    n_leaked: int
    leaked_ratio: float
    leaks: tuple[Leak, ...]
    has_findings: bool
