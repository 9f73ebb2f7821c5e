"""Takes feedback on predictions: corrections, thumbs, overrides and labels that came late."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from headgate.core.errors import Invalid
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.serve import queries
from headgate.serve.cast import json_text
from headgate.serve.nouns import Feedback, FeedbackKind, GiveFeedback, ListFeedback
from headgate.serve.reading import is_logged, unknown
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.spine.context import Context

KINDS = get_args(FeedbackKind)
THUMBS = ("up", "down")


def give_feedback(context: Context, request: GiveFeedback) -> Feedback:
    """Keep a judgment on a prediction.

    Raises:
        Invalid: a thumb is neither up nor down, or a number is not finite.
        NotFound: the log has no such prediction.
    """
    if request.kind == "thumb" and request.value not in THUMBS:
        raise Invalid(f"a thumb cannot be {request.value!r}", mend="give up or down")
    if isinstance(request.value, float) and not math.isfinite(request.value):
        raise Invalid(f"a {request.kind} cannot be {request.value}", mend="give a finite number")
    if not is_logged(context, request.prediction_id):
        raise unknown(request.prediction_id)
    given = Feedback(
        feedback_id=mint("fb"),
        prediction_id=request.prediction_id,
        kind=request.kind,
        value=_value(request.value),
        actor=context.actor,
        at=request.at or now(),
    )
    with Work(context) as work:
        queries.put_feedback(work.connection, context.tenant, given)
        payload: dict[str, object] = {"feedback_id": given.feedback_id, "kind": given.kind}
        work.record("feedback_given", f"prediction:{given.prediction_id}", payload)
    return given


def list_feedback(context: Context, request: ListFeedback) -> tuple[Feedback, ...]:
    """List feedback, the newest first."""
    with context.catalog.read() as connection:
        found = queries.feedback_rows(
            connection,
            context.tenant,
            prediction_id=request.prediction_id,
            kind=request.kind,
            limit=request.limit,
        )
    return tuple(found)


def _value(value: Any) -> Any:
    return msgspec.json.decode(json_text(value)) if isinstance(value, str) else value
