"""The sketch of one column: what is there and what is not, moments, quantiles, names, lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.monitor.metrics._numbers import Floats
from headgate.monitor.profiling import distinct, frequent, quantiles
from headgate.monitor.profiling.distinct import Distinct
from headgate.monitor.profiling.frequent import Frequent
from headgate.monitor.profiling.quantiles import Quantiles
from headgate.spine.store.canonical import canonical, row_hashes

Kind = Literal["number", "text", "bool", "time", "other"]


class ColumnSketch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A column of some batches.

    Args:
        kind: what stands in it; `time` is counted in seconds since 1970 (of a time of day since
            midnight), `other` is nested or bytes, of which only what is missing is known.
        n: rows [count].
        n_null: values that are not there [count].
        n_nan: values that are no number [count].
        n_infinite: infinite values [count].
        low: the least finite value [unit of the column; of text its length in signs].
        high: the greatest finite value.
        mean: of the finite values.
        spread: sum of squared distances from the mean.
        quantiles: of finite values; of text of its lengths.
        distinct: different values.
        frequent: the most frequent values, of text, bool and of numbers with few values.
    """

    kind: Kind
    n: int = 0
    n_null: int = 0
    n_nan: int = 0
    n_infinite: int = 0
    low: float | None = None
    high: float | None = None
    mean: float = 0.0
    spread: float = 0.0
    quantiles: Quantiles = Quantiles()
    distinct: Distinct = Distinct()
    frequent: Frequent = Frequent()

    @property
    def std(self) -> float:
        """Standard deviation of the finite values, over n."""
        n = self.quantiles.n
        return float(np.sqrt(self.spread / n)) if n else 0.0


def sketch(values: Any) -> ColumnSketch:
    """Sketch one column of a batch.

    Args:
        values: a pyarrow array, shape (n,), nulls and NaN among them.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    values = canonical(pa.table({"": values})).column(0).combine_chunks()
    kind = kind_of(values.type)
    base = ColumnSketch(kind=kind, n=len(values), n_null=values.null_count)
    if kind == "other":
        return base
    present = values.drop_null()
    hashes = row_hashes(pa.table({"": present}))[:, 0]
    floats, n_nan = _floats(present, kind)
    finite = floats[np.isfinite(floats)]
    finite.sort()
    return msgspec.structs.replace(
        base,
        n_nan=n_nan,
        n_infinite=len(floats) - len(finite),
        distinct=Distinct.of(hashes),
        frequent=_frequent(present, kind),
        **_moments(finite),
    )


def merged(parts: Sequence[ColumnSketch]) -> ColumnSketch:
    """Put the sketches of one column of several batches together.

    Args:
        parts: at least one; of a batch that held nothing of the column the kind gives way.
    """
    kinds: list[Kind] = [one.kind for one in parts if one.n > one.n_null] or [parts[0].kind]
    held = [one for one in parts if one.quantiles.n]
    n = sum(one.quantiles.n for one in held)
    mean = sum(one.mean * (one.quantiles.n / n) for one in held)
    apart = [one.mean - mean for one in held]
    spread = sum(
        one.spread + one.quantiles.n * (gap * gap) for one, gap in zip(held, apart, strict=True)
    )
    kind: Kind = kinds[0] if len(set(kinds)) == 1 else "other"
    return ColumnSketch(
        kind=kind,
        n=sum(one.n for one in parts),
        n_null=sum(one.n_null for one in parts),
        n_nan=sum(one.n_nan for one in parts),
        n_infinite=sum(one.n_infinite for one in parts),
        low=min((one.low for one in held if one.low is not None), default=None),
        high=max((one.high for one in held if one.high is not None), default=None),
        mean=mean,
        spread=spread,
        quantiles=quantiles.merged([one.quantiles for one in parts]),
        distinct=distinct.merged([one.distinct for one in parts]),
        frequent=frequent.merged([one.frequent for one in parts]),
    )


def kind_of(found: pa.DataType) -> Kind:
    """Say what a column of a type holds."""
    if pa.types.is_boolean(found):
        return "bool"
    if pa.types.is_integer(found) or pa.types.is_floating(found) or pa.types.is_decimal(found):
        return "number"
    if pa.types.is_string(found) or pa.types.is_large_string(found):
        return "text"
    is_time = pa.types.is_timestamp(found) or pa.types.is_date(found) or pa.types.is_time(found)
    return "time" if is_time else "other"


def _floats(present: Any, kind: Kind) -> tuple[Floats, int]:
    """Return values as numbers, without NaN, and how many of these there were."""
    if kind == "text":
        floats = pc.utf8_length(present).to_numpy(zero_copy_only=False).astype(np.float64)
    elif kind == "time":
        floats = _seconds(present)
    else:
        floats = present.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    is_nan = np.isnan(floats)
    n_nan = int(is_nan.sum())
    return (floats[~is_nan] if n_nan else floats.copy()), n_nan


def _seconds(present: Any) -> Floats:
    kind = present.type
    if pa.types.is_date(kind):
        return present.cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.float64) * 86_400
    unit = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[kind.unit]
    whole = pa.int32() if kind.bit_width == pa.int32().bit_width else pa.int64()
    return present.cast(whole).to_numpy(zero_copy_only=False).astype(np.float64) * unit


def _moments(finite: Floats) -> dict[str, Any]:
    if not len(finite):
        return {}
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(finite.mean())
        spread = float(np.square(finite - mean).sum())
    return {
        "low": float(finite[0]),
        "high": float(finite[-1]),
        "mean": mean,
        "spread": spread,
        "quantiles": Quantiles.of(finite),
    }


def _frequent(present: Any, kind: Kind) -> Frequent:
    """Count values by name; of numbers and times no names are kept but of a few whole numbers."""
    if kind == "time" or (kind == "number" and not pa.types.is_integer(present.type)):
        return Frequent()
    counted = pc.value_counts(present)
    values, counts = counted.field("values"), counted.field("counts")
    if kind == "number" and len(values) > frequent.N_KEPT:
        return Frequent()
    if len(values) > frequent.N_KEPT + 1:
        most = np.argsort(-counts.to_numpy(), kind="stable")[: frequent.N_KEPT + 1]
        values, counts = values.take(pa.array(most)), counts.take(pa.array(most))
    names = [_name(one) for one in values.to_pylist()]
    return Frequent.of(list(zip(names, counts.to_pylist(), strict=True)))


def _name(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
