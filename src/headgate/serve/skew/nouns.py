"""What a comparison of served with offline features is asked with, and what it tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec


class SkewRequest(msgspec.Struct, frozen=True):
    """Which features to compare.

    Args:
        deployment: whose inputs.
        offline: the dataset that holds what they should have been: `features`, as it stood when
            each prediction was made; or `features?at=updated_at`, whose newest snapshot has a row
            for every change of an entity and the time of it in that column.
        key: the column that names the entity, in the inputs and in the dataset.
        since: predictions made at this time or later; all if not given.
        until: predictions made before this time.
        tolerance: share of entities that may differ in a feature [ratio].
        within: how far apart two numbers may be, relative to the offline one, and be the same
            [ratio].
    """

    deployment: str
    offline: str
    key: str
    since: datetime | None = None
    until: datetime | None = None
    tolerance: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    within: Annotated[float, msgspec.Meta(ge=0)] = 1e-6


class SkewExample(msgspec.Struct, frozen=True):
    """A prediction that was served another value than the offline data has; as text."""

    prediction_id: str
    served: str | None
    offline: str | None


class FeatureSkew(msgspec.Struct, frozen=True):
    """How one feature compares.

    Args:
        feature: its name.
        n_entities: entities that were compared [count].
        n_differing: of these that were ever served another value [count].
        differing_ratio: the share of them [ratio].
        n_served_missing: predictions that were served no value though offline there is one.
        n_offline_missing: predictions that were served a value though offline there is none.
        mean_gap: mean of served less offline over predictions that differ; nothing of what are no
            numbers [unit of the feature].
        largest_gap: the largest such gap by size, with its sign [unit of the feature].
        is_exceeded: more entities differ than the tolerance allows.
        examples: a few predictions that differ, the largest gaps first.
    """

    feature: str
    n_entities: int
    n_differing: int
    differing_ratio: float
    n_served_missing: int
    n_offline_missing: int
    mean_gap: float | None
    largest_gap: float | None
    is_exceeded: bool
    examples: tuple[SkewExample, ...] = ()


class SkewReport(msgspec.Struct, frozen=True):
    """What was served beside what the offline data said.

    Args:
        deployment: whose inputs.
        offline: the dataset they were compared with.
        n_predictions: predictions of the window [count].
        n_compared: of these whose entity the dataset has [count].
        n_without_row: whose entity it has not, or which name none [count].
        n_before: compared with the first state there is, which is younger than they are [count].
        features: each feature, those that differ most first.
        only_served: features of the inputs that the dataset has not.
        only_offline: columns of the dataset that the inputs have not.
        has_findings: a feature differs for more entities than the tolerance allows.
    """

    deployment: str
    offline: str
    n_predictions: int
    n_compared: int
    n_without_row: int
    n_before: int
    features: tuple[FeatureSkew, ...]
    only_served: tuple[str, ...]
    only_offline: tuple[str, ...]
    has_findings: bool
