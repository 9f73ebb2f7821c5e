"""Delivers what is in the outbox: at least once, in order, under a lease, with patience.

A letter is leased in one transaction, sent outside of any, and settled in another. The lease is
renewed for as long as sending takes. A deliverer that is killed between sending and settling
leaves it to run out; then the letter is sent again, with the same id. Each call comes to a letter
once at most.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from headgate.core.errors import HeadgateError, Unavailable
from headgate.core.messages import Envelope
from headgate.core.refs import mint
from headgate.core.times import now
from headgate.spine.context import Step
from headgate.spine.outbox import queries
from headgate.spine.outbox.notifiers import Notifier, Outcome, opened
from headgate.spine.outbox.queries import Lease, Letter, Wanted
from headgate.spine.outbox.writing import facts
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Collection, Generator
    from datetime import datetime

    from headgate.spine.context import Context

MAX_WAIT_S = 900.0
MIN_LEASE_S = 1
N_IN_A_ROW = 3
"""Failures after which a notifier is left alone until the next call, so that others have their
turn [count]."""
MOST_CARRIED = 1000
"""Letters of couriers in one call [count]."""
_CHANCE = random.SystemRandom()


class Delivery(NamedTuple):
    """What became of the letters that were due.

    Args:
        letters: those that were tried, in that order, as they are now.
        unusable: notifiers that letters wait for and that are not ready, each with its error.
    """

    letters: list[Letter]
    unusable: dict[str, HeadgateError]


def deliver(
    context: Context,
    *,
    keys: Collection[str] | None = None,
    only: Collection[str] | None = None,
) -> Delivery:
    """Try every letter that is due, once; those of couriers after all others.

    A call ends after `MOST_CARRIED` letters of couriers, so that what has come meanwhile for
    people does not wait for all of them.

    Args:
        context: the project.
        keys: only letters about these things, by their dedup keys.
        only: only letters to these notifiers or couriers.
    """
    began = now()
    ready, unusable = _ready(context, only)
    carried = context.registry.couriers.keys() & ready.keys()
    tried: list[Letter] = []
    failures = Counter[str]()
    total = _count_due(context, Wanted(began, list(ready), keys))
    while True:
        context.progress(Step("delivering", len(tried), max(total, len(tried)), "messages"))
        willing = {name for name in ready if failures[name] < N_IN_A_ROW}
        if sum(one.notifier in carried for one in tried) >= MOST_CARRIED:
            willing -= carried
        wanted = Wanted(began, willing - carried, keys)
        letter = _take(context, wanted) or _take(context, wanted._replace(notifiers=willing))
        if letter is None:
            return Delivery(tried, unusable)
        now_is = _tried(context, ready[letter.notifier], letter)
        tried.append(now_is)
        is_well = now_is.state != "pending"
        failures[letter.notifier] = 0 if is_well else failures[letter.notifier] + 1


def _ready(
    context: Context, only: Collection[str] | None
) -> tuple[dict[str, Notifier], dict[str, HeadgateError]]:
    """Make those notifiers ready that letters wait for; a broken one lets its letters wait."""
    with context.catalog.read() as connection:
        names = queries.waiting_for(connection, context.tenant)
    names = names if only is None else names & set(only)
    ready: dict[str, Notifier] = {}
    unusable: dict[str, HeadgateError] = {}
    for name in sorted(names):
        try:
            ready[name] = opened(context, name)
        except HeadgateError as error:
            unusable[name] = error
    return ready, unusable


def _count_due(context: Context, wanted: Wanted) -> int:
    with context.catalog.read() as connection:
        return queries.count_due(connection, context.tenant, wanted, wanted.due_by)


def _take(context: Context, wanted: Wanted) -> Letter | None:
    if not wanted.notifiers:
        return None
    at = now()
    lease = Lease(mint("lease"), at, at + _length(context))
    with context.catalog.read() as connection:
        if not queries.has_due(connection, context.tenant, wanted, at):
            return None
    with context.catalog.write() as connection:
        return queries.take(connection, context.tenant, wanted, lease)


def _length(context: Context) -> timedelta:
    return timedelta(seconds=max(context.settings.number("outbox.lease_s"), MIN_LEASE_S))


def _tried(context: Context, notifier: Notifier, letter: Letter) -> Letter:
    if letter.n_attempts > letter.max_attempts:
        ended = "each deliverer that sent it ended before it could say what came of it"
        return _settled(context, letter, Outcome(is_sent=False, is_final=True, answer=ended))
    envelope = Envelope(
        message_id=letter.message_id,
        project=context.settings.text("name"),
        tenant=context.tenant,
        at=letter.created_at,
        message=letter.content,
    )
    with _leased(context, letter):
        outcome = notifier.send(envelope)
    return _settled(context, letter, outcome)


@contextmanager
def _leased(context: Context, letter: Letter) -> Generator[None]:
    """Keep the lease of a letter while it is being sent, however long that takes."""
    is_over = Event()
    keeper = Thread(target=_keep, args=(context, letter, is_over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        keeper.join()


def _keep(context: Context, letter: Letter, is_over: Event) -> None:
    length = _length(context)
    while not is_over.wait(length.total_seconds() / 3):
        with suppress(Unavailable), context.catalog.write() as connection:
            queries.renew(connection, context.tenant, letter, now() + length)


def _settled(context: Context, letter: Letter, outcome: Outcome) -> Letter:
    """Write down what came of an attempt, with an event if that was the end of it."""
    at = now()
    if outcome.is_sent:
        now_is = msgspec.structs.replace(letter, state="sent", sent_at=at, answer=outcome.answer)
    elif outcome.is_final or letter.n_attempts >= letter.max_attempts:
        now_is = msgspec.structs.replace(letter, state="dead", answer=outcome.answer)
    else:
        return _put_off(context, letter, outcome, at)
    with Work(context) as work:
        if queries.settle(work.connection, context.tenant, letter, now_is):
            payload = facts(letter) | {"n_attempts": letter.n_attempts}
            work.record(f"message_{now_is.state}", f"message:{letter.message_id}", payload)
    return now_is


def _put_off(context: Context, letter: Letter, outcome: Outcome, at: datetime) -> Letter:
    wait_s = max(backoff_s(context, letter.n_attempts), outcome.retry_after_s)
    due_at = at + timedelta(seconds=wait_s)
    now_is = msgspec.structs.replace(letter, due_at=due_at, answer=outcome.answer)
    with context.catalog.write() as connection:
        queries.settle(connection, context.tenant, letter, now_is)
        if outcome.retry_after_s:
            until = at + timedelta(seconds=outcome.retry_after_s)
            queries.hold_back(connection, context.tenant, letter.notifier, until)
    return now_is


def backoff_s(context: Context, n_attempts: int) -> float:
    """Return how long to wait after so many failed attempts, half of it left to chance [s].

    The chance keeps deliverers that failed together from coming back together.
    """
    longest = context.settings.number("outbox.backoff_s") * 2 ** min(n_attempts - 1, 30)
    return min(longest, MAX_WAIT_S) * _CHANCE.uniform(0.5, 1.0)
