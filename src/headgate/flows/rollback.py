"""The rollback: a plan with its evidence, one move of the pointer, and a look where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.core.errors import Invalid
from headgate.flows.holding import ask_holders
from headgate.flows.reports import Candidate, RollbackReport
from headgate.flows.seeds import find_seeds, read_window
from headgate.spine.lineage.descend import descend

if TYPE_CHECKING:
    from headgate.flows.reports import RollbackRequest
    from headgate.spine.context import Context
    from headgate.spine.ports import Action


def roll_back(context: Context, request: RollbackRequest) -> RollbackReport:
    """Plan or do the rollback of a deployment.

    Raises:
        NotFound: there is no such deployment or release.
        Conflict: no release is left that the bad data does not reach.
        Invalid: the request contradicts itself.
    """
    if request.plan and request.apply:
        raise Invalid("both --plan and --apply were given", mend="plan first, then apply")
    if request.because is None and (request.from_ or request.until):
        raise Invalid("a window was given without a cause", mend="add --because source:NAME")
    settings: dict[str, Any] = {
        "to": request.to,
        "reached": _reached(context, request),
        "reason": request.reason or _reason(request),
    }
    action = _action(context)
    deed = action.apply if request.apply else action.plan
    return _report(context, request, deed(context, request.deployment, settings), settings)


def _reached(context: Context, request: RollbackRequest) -> list[str] | None:
    """List the releases that bad data reaches; nothing if nothing is said to be bad."""
    if request.because is None:
        return None
    window = read_window(request.from_, request.until)
    seeds = find_seeds(context, request.because, window)
    if seeds.foreign:
        raise Invalid(
            f"which releases {request.because} reaches is not known by rows",
            mend="name what is bad of ours: source:NAME, or snapshot:NAME@N; blast lists them",
        )
    affected = descend(context, seeds.affected)
    holdings = ask_holders(context, affected, seeds.refs)
    return list(holdings["predictions"].detail["releases"])


def _reason(request: RollbackRequest) -> str:
    if request.because is None:
        return "asked for"
    window = "".join(
        f" {word} {value}"
        for word, value in (("from", request.from_), ("until", request.until))
        if value
    )
    return f"{request.because} was bad{window}"


def _action(context: Context) -> Action:
    return next(action for action in context.registry.actions if action.name == "rollback")


def _live(context: Context, deployment: str) -> str | None:
    """Read back where the pointer stands, after whatever was done."""
    explained = context.registry.holder("predictions").explain(context, f"deployment:{deployment}")
    return None if explained is None else explained["release"]


def _report(
    context: Context, request: RollbackRequest, done: dict[str, Any], settings: dict[str, Any]
) -> RollbackReport:
    is_applied = request.apply and not done["already_there"]
    back = done["from"]
    undo = f"headgate rollback {request.deployment} --to {back} --apply" if back else None
    return RollbackReport(
        deployment=request.deployment,
        from_release=back,
        to_release=done["to"],
        is_applied=is_applied,
        already_there=done["already_there"],
        candidates=tuple(Candidate(**one) for one in done["candidates"]),
        reason=settings["reason"],
        actor=context.actor,
        live_release=_live(context, request.deployment),
        undo=undo if is_applied else None,
    )
