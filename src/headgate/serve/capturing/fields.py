"""Looks whether the fields that are to be redacted are there, so that no slip passes for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headgate.core.errors import Invalid
from headgate.serve.capturing.applying import MARK
from headgate.serve.capturing.redacting import COLUMNS, Rule, is_meant, paths_of
from headgate.serve.nouns import ListPredictions
from headgate.serve.reading import list_predictions
from headgate.serve.schema import SCHEMA, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.serve.nouns import CapturePolicy
    from headgate.spine.context import Context

LOOKED_AT = 1_000
"""Newest predictions that are looked through for fields [count]."""
MOST_KNOWN = 100
"""Fields that are told [count]."""


def check_fields(fields: Sequence[str]) -> None:
    """Refuse what no policy can redact.

    Raises:
        Invalid: it names no field, or what is written of a prediction in any case.
    """
    for field in fields:
        if not all(field.split(".")):
            raise Invalid(
                f"{field!r} names no field", mend="write email, output.email or address.street"
            )
        if field in SCHEMA.names and field not in COLUMNS:
            raise Invalid(
                f"{field} is written of every prediction, whatever the policy says",
                mend=f"give a pseudonym as {field}; a field of that name in what was asked is "
                f"input.{field}",
            )


def with_unseen(context: Context, policy: CapturePolicy) -> CapturePolicy:
    """Add which fields hold a text in none of the newest predictions, if there are predictions."""
    if not policy.fields:
        return policy
    known = _known(context, policy.deployment)
    unseen = [one for one in policy.fields if not any(_holds(path, one) for path in known)]
    if not known or not unseen:
        return policy
    told = tuple(sorted(known)[:MOST_KNOWN])
    return msgspec.structs.replace(policy, unseen=tuple(unseen), known=told)


def _known(context: Context, deployment: str) -> set[str]:
    """Name the fields that hold texts, after their columns, such as `output.email`."""
    table = list_predictions(context, ListPredictions(deployment=deployment, limit=LOOKED_AT))
    found: set[str] = set()
    for column in COLUMNS:
        for text in whole(table, column).unique().drop_null().to_pylist():
            found |= _texts_in(text, column) if text != MARK else set()
    return found


def _texts_in(text: str, column: str) -> set[str]:
    """Name the fields of one JSON text; of one too deep to look through the column alone."""
    try:
        return set(paths_of(msgspec.json.decode(text), column))
    except RecursionError:
        return {column}


def _holds(path: str, field: str) -> bool:
    """Say whether a field means a path, by the rule that redacts it."""
    column, _, inner = path.partition(".")
    if not inner:
        return field == column
    return is_meant(inner, Rule((field,), b"").within(column).fields)
