"""The project's salts for hashing what must not be told from its hash, made when first needed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Literal

from headgate.serve import queries
from headgate.spine.work import Work

if TYPE_CHECKING:
    from headgate.spine.context import Context

_N_BYTES = {"users": 16, "feedback": 32, "capture": 32}
_EVENTS = {
    "users": "prediction_log_opened",
    "feedback": "feedback_opened",
    "capture": "capture_opened",
}


def salt_for(context: Context, purpose: Literal["users", "feedback", "capture"]) -> bytes:
    """Return the project's salt for a purpose, the same ever after."""
    with context.catalog.read() as connection:
        salt = queries.find_salt(connection, context.tenant, purpose)
    if salt is not None:
        return salt
    with Work(context) as work:
        salt = queries.find_salt(work.connection, context.tenant, purpose)
        if salt is None:
            salt = secrets.token_bytes(_N_BYTES[purpose])
            queries.put_salt(work.connection, context.tenant, purpose, salt)
            work.record(_EVENTS[purpose], "predictions:-", {})
    return salt
