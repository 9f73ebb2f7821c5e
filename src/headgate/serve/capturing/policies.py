"""Says what is captured of a deployment's predictions: nothing but sketches, redacted, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Invalid
from headgate.core.times import now, span
from headgate.serve import queries
from headgate.serve.capturing.fields import check_fields, with_unseen
from headgate.serve.deployments import get_deployment
from headgate.serve.nouns import CapturePolicy
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.serve.nouns import CaptureDeployment
    from headgate.spine.context import Context

LONGEST_S = 36_500 * 86_400
"""Longest time that anything can be kept and still go [s]."""


def set_policy(context: Context, request: CaptureDeployment) -> CapturePolicy:
    """Decide what is written of predictions that are logged from now on.

    Raises:
        NotFound: there is no such deployment.
        Invalid: a setting does not fit the policy.
    """
    ttl_s = _ttl(request)
    if request.fields and request.policy != "redacted":
        raise Invalid(
            f"{request.policy!r} takes no fields", mend="name fields with the policy redacted"
        )
    check_fields(request.fields)
    with Work(context) as work:
        get_deployment(work.connection, context.tenant, request.deployment, lock=True)
        policies = queries.capture_policies(work.connection, context.tenant)
        known = policies.get(request.deployment)
        made = CapturePolicy(
            deployment=request.deployment,
            policy=request.policy,
            fields=request.fields,
            ttl_s=_kept(request, ttl_s, known),
            expired_before=known.expired_before if known else None,
            changed_at=now(),
            changed_by=context.actor,
        )
        queries.put_capture_policy(work.connection, context.tenant, made)
        payload: dict[str, object] = {"policy": made.policy, "ttl_s": made.ttl_s}
        work.record("capture_decided", f"deployment:{made.deployment}", payload)
    return with_unseen(context, made)


def _ttl(request: CaptureDeployment) -> int | None:
    if request.ttl is None:
        return None
    if request.policy == "none":
        raise Invalid("nothing is kept, so nothing expires", mend="leave out ttl")
    ttl_s = span(request.ttl).total_seconds()
    if not 1 <= ttl_s <= LONGEST_S:
        raise Invalid(
            f"a time to live cannot be {request.ttl}",
            mend="give one of 1s to 36500d, or leave out ttl to keep all",
        )
    return int(ttl_s)


def _kept(request: CaptureDeployment, ttl_s: int | None, known: CapturePolicy | None) -> int | None:
    """Return the time to live; what was kept before nothing is kept any more goes as it would."""
    return known.ttl_s if known is not None and request.policy == "none" else ttl_s
