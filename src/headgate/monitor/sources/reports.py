"""What is asked of sources and what is told of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Kind = Literal["term", "format", "value", "missing", "unit", "type"]


class SourceDiffRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which sources to hold against the others.

    Args:
        dataset: the dataset.
        at: which snapshot; the newest if not given.
        source: only this source; each against all others if not given.
        columns: only these columns.
        limit: at most so many differences of each source, the strongest first [count].
    """

    dataset: str
    at: str | None = None
    source: str | None = None
    columns: tuple[str, ...] = ()
    limit: Annotated[int, msgspec.Meta(ge=1)] = 20


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Something one source has otherwise.

    Args:
        column: where.
        kind: a term or a format the others hardly have, a value of few that they do not have,
            more that is missing, or another unit: values so many times as large.
        what: the term, format or value; of a unit the factor.
        ratio: rows of the source that have it [ratio].
        ratio_elsewhere: rows of the others that have it [ratio].
        says: it in words.
        rows: ids of some of its rows.
        examples: what stands there, cut to 60 signs.
    """

    column: str
    kind: Kind
    what: str
    ratio: float
    ratio_elsewhere: float
    says: str
    rows: tuple[int, ...]
    examples: tuple[Any, ...]


class SourceWording(msgspec.Struct, frozen=True, kw_only=True):
    """One source beside the others.

    Args:
        source: its name.
        first_at: when its first rows came.
        n_rows: its rows in the snapshot [count].
        n_quarantined: records of it that were kept out, for they did not fit [count].
        differences: the strongest first.
        n_more: differences that are not listed [count].
    """

    source: str
    first_at: str
    n_rows: int
    n_quarantined: int
    differences: tuple[Difference, ...]
    n_more: int


class SourceDiffReport(msgspec.Struct, frozen=True):
    """What sources of a dataset say otherwise.

    Args:
        dataset: what was looked at, such as `orders@3`.
        sources: the newest source first.
    """

    dataset: str
    sources: tuple[SourceWording, ...]
