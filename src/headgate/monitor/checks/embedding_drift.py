"""How far columns of vectors have moved: can the windows be told apart, and by how much.

A classifier that guesses from which of two windows a vector comes has an area under the curve of
0.5 if nothing moved. It sees each direction and each spread (vectors beside their squares); wide
vectors are first projected at random, which keeps distances (Johnson and Lindenstrauss 1984).
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headgate.core.errors import Invalid
from headgate.monitor.documents import Some
from headgate.monitor.metrics._libraries import needing, quietly
from headgate.monitor.metrics._numbers import Floats, arrow
from headgate.monitor.nouns import Measured
from headgate.monitor.performance.scores import roc_auc
from headgate.monitor.thresholds import N_LEAST, NULL_SHARE, threshold

if TYPE_CHECKING:
    import pyarrow as pa

N_BINS = 10
N_FOLDS = 5
REGULARISATION = 0.1
LARGEST = 1e30
"""Vectors with a number beyond are left out as if it were infinite: its powers soon are."""

NOISE_OF_FOLDS = 1.5
"""A cross-validated area varies more than that of a given ranking: 1.4 times in 25 pairs of
windows of 5,000 vectors, and of 5,000 and 500, of 64 numbers without drift [ratio]."""


class EmbeddingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How vectors are compared.

    Args:
        columns: those of vectors; all of lists of numbers of one length if none is named.
        n_most: vectors of each window that are looked at, chosen by the seed [count].
        n_dimensions: numbers that a vector is projected to for the classifier [count].
        area: an area under the curve from here is a shift, if chance has it below [ratio].
        distance: a distance of means from here is one [standard deviations].
        share: a share of drifted dimensions from here is one [ratio].
        seed: of sample, projection and folds.
        hidden: keep no vector, so that windows cannot be told apart by a classifier.
    """

    columns: tuple[str, ...] = ()
    n_most: Some = 5000
    n_dimensions: Some = 32
    area: float = 0.6
    distance: float = 0.1
    share: float = 0.1
    seed: int = 0
    hidden: bool = False


DEFAULT = EmbeddingSettings()


class Vectors(msgspec.Struct, frozen=True):
    """A column of vectors of the reference.

    Args:
        n: vectors of the sample [count].
        n_missing: rows of the reference without one, or with one of another length [count].
        width: numbers of a vector [count].
        means: of each dimension, float64, shape (width,).
        spreads: standard deviation of each dimension, float64, shape (width,).
        cuts: deciles of each dimension, float64, shape (width, 9).
        counts: the sample's vectors in each cell, int64, shape (width, 10).
        togetherness: sum of the squared correlations of all pairs of dimensions; `width` if each
            moves by itself.
        projected: the sample's vectors, float32, shape (n, dimensions); empty if hidden.
    """

    n: int
    n_missing: int
    width: int
    means: bytes
    spreads: bytes
    cuts: bytes
    counts: bytes
    togetherness: float
    projected: bytes


class EmbeddingReference(msgspec.Struct, frozen=True):
    """What is kept of a reference's vectors.

    Args:
        columns: each column by its name.
    """

    columns: dict[str, Vectors]


def fit_embedding_drift(
    table: pa.Table, settings: EmbeddingSettings = DEFAULT
) -> EmbeddingReference:
    """Fit the columns of vectors of a reference.

    Args:
        table: the reference; rows without a vector are counted.
        settings: which columns, and how many vectors.

    Raises:
        NotFound: a named column is not there.
        Invalid: a named column holds no vectors of one length.
    """
    columns = settings.columns or tuple(
        each for each in table.column_names if _is_of_vectors(table[each])
    )
    return EmbeddingReference({each: _fitted(table, each, settings) for each in columns})


def embedding_drift(
    reference: EmbeddingReference, window: pa.Table, settings: EmbeddingSettings = DEFAULT
) -> list[Measured]:
    """Compare the vectors of a window with the reference's.

    Args:
        reference: as fitted.
        window: its rows; a column that it has not, or that holds no lists of numbers any more, is
            left out.
        settings: as for the reference.

    Returns:
        For each column `domain_classifier` (area under the curve, cross-validated; no value if the
        reference is hidden, or has or meets fewer than five vectors), `mean_distance` (root mean
        square over dimensions, in standard deviations of the reference) and `drifted_dimensions`
        (share whose PSI is beyond its threshold).

    Raises:
        Invalid: most of the window's vectors are of another length.
        Unavailable: scikit-learn or scipy is not installed.
    """
    found: list[Measured] = []
    for name, fitted in reference.columns.items():
        if name not in window.column_names or not _is_of_lists(window[name].type):
            continue
        vectors, n_missing = _vectors(window[name], fitted.width)
        if not len(vectors):
            continue
        if vectors.shape[1] != fitted.width:
            raise Invalid(
                f"{name} has vectors of {vectors.shape[1]} numbers, the reference {fitted.width}",
                mend="fit the reference anew when the embedding model changes",
            )
        sample = _sampled(vectors, settings)
        for each in (_area, _distance, _dimensions):
            one = each(name, fitted, sample, settings)
            evidence = one.evidence | {"n_missing": n_missing, "n_before": fitted.n}
            found.append(msgspec.structs.replace(one, evidence=evidence))
    return found


def _area(name: str, fitted: Vectors, sample: Floats, settings: EmbeddingSettings) -> Measured:
    n, m = fitted.n, len(sample)
    half = _quantile() * NOISE_OF_FOLDS * math.sqrt((n + m + 1) / (12 * n * m))
    limit = max(settings.area, 0.5 + half)
    if not fitted.projected:
        says = "the reference is hidden, so no vector of it is kept to tell windows apart by"
        return _measured((name, "domain_classifier", m), None, {"says": says})
    if min(n, m) < N_FOLDS:
        says = f"{N_FOLDS} vectors of each window are needed to tell them apart"
        return _measured((name, "domain_classifier", m), None, {"says": says})
    before = np.frombuffer(fitted.projected, np.float32).reshape(n, -1).astype(np.float64)
    area = _told_apart(before, _projected(fitted, sample, settings), settings.seed)
    evidence = {"limit": limit, "null": 0.5 + half, "floor": settings.area}
    return _measured((name, "domain_classifier", m), area, evidence, before=0.5)


def _distance(name: str, fitted: Vectors, sample: Floats, settings: EmbeddingSettings) -> Measured:
    """Use that the squared distances of dimensions add up to a gamma (Satterthwaite 1946)."""
    with needing("a null quantile"):
        from scipy.special import gammaincinv
    unit, width = 1 / fitted.n + 1 / len(sample), fitted.width
    moved = _scaled(fitted, sample).mean(axis=0)
    shape = width**2 / (2 * fitted.togetherness)
    square = float(gammaincinv(shape, NULL_SHARE)) / shape * unit
    limit = max(settings.distance, math.sqrt(square))
    evidence = {"limit": limit, "null": math.sqrt(square), "floor": settings.distance}
    value = math.sqrt(float(np.mean(moved**2)))
    return _measured((name, "mean_distance", len(sample)), value, evidence, before=0.0)


def _dimensions(
    name: str, fitted: Vectors, sample: Floats, settings: EmbeddingSettings
) -> Measured:
    width = fitted.width
    cuts = np.frombuffer(fitted.cuts).reshape(width, N_BINS - 1)
    before = np.frombuffer(fitted.counts, np.int64).reshape(width, N_BINS)
    after = np.stack([_counted(sample[:, one], cuts[one]) for one in range(width)])
    shares = [np.maximum(each, 0.5) / each.sum(axis=1, keepdims=True) for each in (before, after)]
    empty = (before + after) == 0
    terms = np.where(empty, 0.0, (shares[0] - shares[1]) * np.log(shares[0] / shares[1]))
    values = terms.sum(axis=1)
    limit = threshold("psi", fitted.n, len(sample), over=N_BINS).value
    worst = np.argsort(-values, kind="stable")[:5]
    evidence = {
        "limit": settings.share,
        "psi_from": limit,
        "worst": {str(one): float(values[one]) for one in worst},
    }
    share = float(np.mean(values > limit))
    return _measured((name, "drifted_dimensions", len(sample)), share, evidence, before=0.0)


def _measured(
    of: tuple[str, str, int],
    value: float | None,
    evidence: dict[str, Any],
    *,
    before: float | None = None,
) -> Measured:
    name, metric, n = of
    limit = float(evidence.get("limit", math.inf))
    is_enough = n >= N_LEAST and math.isfinite(limit)
    return Measured(
        check="embedding_drift",
        subject=name,
        metric=metric,
        value=value,
        threshold=limit if is_enough else None,
        before=before,
        n=n,
        is_exceeded=is_enough and value is not None and value > limit,
        evidence={key: each for key, each in evidence.items() if key != "limit"},
    )


def _fitted(table: pa.Table, name: str, settings: EmbeddingSettings) -> Vectors:
    from headgate.monitor.performance.answered import column_of

    column = column_of(table, name)
    width = _width(column)
    if not width:
        raise Invalid(
            f"{name} holds no vectors of one length", mend="name a column of lists of numbers"
        )
    vectors, n_missing = _vectors(column, width)
    if not len(vectors):
        raise Invalid(
            f"{name} holds no vector that is finite", mend="name a column of lists of numbers"
        )
    sample = _sampled(vectors, settings)
    cuts = np.quantile(sample, np.arange(1, N_BINS) / N_BINS, axis=0, method="inverted_cdf").T
    spreads = sample.std(axis=0)
    fitted = Vectors(
        n=len(sample),
        n_missing=n_missing,
        width=width,
        means=sample.mean(axis=0).tobytes(),
        spreads=np.where(spreads > 0, spreads, 1.0).tobytes(),
        cuts=np.ascontiguousarray(cuts).tobytes(),
        counts=np.stack([_counted(sample[:, one], cuts[one]) for one in range(width)]).tobytes(),
        togetherness=float(width),
        projected=b"",
    )
    scaled = _scaled(fitted, sample)
    together = float(np.sum((scaled.T @ scaled / len(sample)) ** 2))
    kept = b"" if settings.hidden else _projected(fitted, sample, settings).astype(np.float32)
    return msgspec.structs.replace(fitted, togetherness=max(together, 1.0), projected=bytes(kept))


def _told_apart(before: Floats, after: Floats, seed: int) -> float:
    """Return the mean area under the curve over folds, of a classifier that has not seen them."""
    with needing("the domain classifier"):
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold
    rows = np.concatenate([before, after])
    rows = np.concatenate([rows, rows**2], axis=1)
    rows = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-12)
    which = np.repeat([0, 1], [len(before), len(after)])
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    areas: list[float] = []
    for learnt, asked in folds.split(rows, which):
        model = LogisticRegression(C=REGULARISATION, max_iter=200)
        with quietly():
            model.fit(rows[learnt], which[learnt])
        areas.append(roc_auc(model.decision_function(rows[asked]), which[asked].astype(float)))
    return float(np.mean(areas))


def _projected(fitted: Vectors, sample: Floats, settings: EmbeddingSettings) -> Floats:
    scaled = _scaled(fitted, sample)
    k = settings.n_dimensions
    if fitted.width <= k:
        return scaled
    rng = np.random.default_rng(settings.seed)
    return scaled @ rng.normal(0, 1 / math.sqrt(k), size=(fitted.width, k))


def _scaled(fitted: Vectors, sample: Floats) -> Floats:
    return (sample - np.frombuffer(fitted.means)) / np.frombuffer(fitted.spreads)


def _counted(values: Floats, cuts: Floats) -> Any:
    return np.bincount(np.searchsorted(cuts, values, side="left"), minlength=N_BINS)


def _sampled(vectors: Floats, settings: EmbeddingSettings) -> Floats:
    if len(vectors) <= settings.n_most:
        return vectors
    rng = np.random.default_rng(settings.seed)
    return vectors[np.sort(rng.choice(len(vectors), settings.n_most, replace=False))]


def _vectors(values: Any, width: int) -> tuple[Floats, int]:
    """Read vectors, shape (n, width), leaving out those that are missing or not finite.

    Where most are of another width they come back in that one, and those of this one are left out.
    """
    column = arrow(values)
    listed = [each for each in column.drop_null().to_pylist() if len(each)]
    lengths = Counter(map(len, listed))
    if 2 * lengths[width] < len(listed):
        width = lengths.most_common(1)[0][0]
    whole = [each for each in listed if len(each) == width]
    rows = np.array(whole, dtype=np.float64).reshape(len(whole), width)
    rows = rows[np.all(np.abs(rows) <= LARGEST, axis=1)]
    return rows, len(column) - len(rows)


def _is_of_vectors(values: Any) -> bool:
    """Tell columns of vectors; one of which not a single vector is finite is none."""
    width = _width(values)
    return bool(width and len(_vectors(values, width)[0]))


def _is_of_lists(kind: Any) -> bool:
    import pyarrow as pa

    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return (is_list or pa.types.is_fixed_size_list(kind)) and (
        pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type)
    )


def _width(values: Any) -> int:
    """Return the length of a column's vectors; 0 if it holds none of one length."""
    import pyarrow.compute as pc

    if not _is_of_lists(values.type):
        return 0
    found: Any = pc
    lengths = found.unique(found.list_value_length(values).drop_null()).to_pylist()
    return lengths[0] if len(lengths) == 1 and lengths[0] > 1 else 0


def _quantile() -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(NULL_SHARE)
