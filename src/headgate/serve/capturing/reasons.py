"""Says why a prediction has nothing to show of what was asked and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.times import render

if TYPE_CHECKING:
    from headgate.serve.nouns import CapturePolicy, Prediction


def why_gone(prediction: Prediction, policy: CapturePolicy | None, *, is_blank: bool) -> str | None:
    """Say why input and output are not there; nothing if they are, or never were given.

    Args:
        prediction: as it is read now.
        policy: what its deployment captures today.
        is_blank: it was blanked in the log.
    """
    if prediction.input is not None or prediction.output is not None:
        return None
    if prediction.extra.get("capture") == "none":
        return f"never written: {prediction.deployment} captured none of it"
    before = policy.expired_before if policy else None
    if is_blank and before is not None and prediction.at < before:
        return f"expired: {prediction.deployment} kept it until {render(before)} at the longest"
    return "erased" if is_blank else None
