"""Pools: so many steps at once and no more, over all processes and machines of a project.

`[pools] gpu = 1` in headgate.toml makes one. Who has a place in it says so in the catalog and says
again while it lives, from a thread; one that is not heard of for a minute has lost its place. A
step that computes for long in code that lets no other thread run had better run in a process of
its own.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from headgate.core.errors import Invalid, NotFound, Unavailable
from headgate.core.refs import mint
from headgate.pipeline import queries
from headgate.spine.context import Step as Progress

if TYPE_CHECKING:
    from collections.abc import Generator

    from headgate.pipeline.queries import Held
    from headgate.spine.context import Context

LEASE_S = 60.0
"""How long a place is kept for one that is not heard of [s]."""
SHORTEST_S = 0.05
LONGEST_S = 0.5
"""Between these two lies how often a place is looked for [s]."""
_TABLE = "pools"
_NAME_LENGTH = 200


class Slot:
    """A place in a pool; give it back with `release`, or use it as a context manager.

    Args:
        context: the project.
        held: the place, as the catalog knows it.
        lease_s: how long it is kept once it is no longer renewed [s]; renewed three times as often.

    Attributes:
        number: which of the pool's places, from 0 on: the number of a device, say.
        is_lost: whether somebody else has it by now, because this process could not say in time
            that it lives.
    """

    def __init__(self, context: Context, held: Held, lease_s: float) -> None:
        self.pool = held.pool
        self.number = held.number
        self.is_lost = False
        self._context = context
        self._held = held
        self._lease_s = lease_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="pool", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Give the place back; fine to say twice."""
        if self._is_over.is_set():
            return
        self._is_over.set()
        self._thread.join()
        # it runs out by itself
        with suppress(Unavailable), self._context.catalog.write() as connection:
            queries.give_place_back(connection, self._context.tenant, self._held)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.release()

    def _keep(self) -> None:
        while not self.is_lost and not self._is_over.wait(self._lease_s / 3):
            with suppress(Unavailable), self._context.catalog.write() as connection:
                until = queries.clock(connection) + timedelta(seconds=self._lease_s)
                is_ours = queries.renew_place(connection, self._context.tenant, self._held, until)
                self.is_lost = not is_ours


def try_slot(context: Context, pool: str, *, holder: str, lease_s: float = LEASE_S) -> Slot | None:
    """Take a place in a pool if one is free now.

    Args:
        context: the project.
        pool: its name.
        holder: who takes it, such as `train (run_…)`; told to those who wait.
        lease_s: how long the place is kept once this process is gone [s].

    Raises:
        NotFound: there is no such pool.
        Invalid: its size is no number above 0.
    """
    size = size_of(context, pool)
    if len(holders(context, pool)) >= size:
        return None
    with context.catalog.write() as connection:
        taken = {one.number for one in queries.held_places(connection, context.tenant, pool)}
        free = [number for number in range(size) if number not in taken]
        if not free or len(taken) >= size:
            return None
        at = queries.clock(connection)
        held = queries.Held(
            pool=pool,
            number=free[0],
            slot_id=mint("slot"),
            holder=holder[:_NAME_LENGTH],
            taken_at=at,
            expires_at=at + timedelta(seconds=lease_s),
        )
        queries.take_place(connection, context.tenant, held)
    return Slot(context, held, lease_s)


@contextmanager
def slot(
    context: Context,
    pool: str,
    *,
    holder: str,
    wait_s: float | None = None,
    lease_s: float = LEASE_S,
) -> Generator[Slot]:
    """Wait for a place in a pool, telling who has them, and give it back in the end.

    Args:
        context: the project; its progress is told who is waited for.
        pool: its name.
        holder: who takes it, such as `train (run_…)`; told to those who wait.
        wait_s: how long to wait at most; as long as it takes if none is given [s].
        lease_s: how long the place is kept once this process is gone [s].

    Raises:
        NotFound: there is no such pool.
        Invalid: its size is no number above 0.
        Unavailable: no place came free in time.
    """
    until = None if wait_s is None else time.monotonic() + wait_s
    pause_s = SHORTEST_S
    while (taken := try_slot(context, pool, holder=holder, lease_s=lease_s)) is None:
        who = ", ".join(one.holder for one in holders(context, pool)) or "others"
        if until is not None and time.monotonic() >= until:
            raise Unavailable(
                f"no place in pool {pool} came free in {wait_s:g} s (held by {who})",
                mend=f"wait for them, or write a larger number at {_TABLE}.{pool}",
            )
        what = f"waiting for a place in pool {pool} (held by {who})"
        context.progress(Progress(what, 0, None, "places"))
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, LONGEST_S)
    with taken:
        yield taken


def holders(context: Context, pool: str) -> list[Held]:
    """List who has a place in a pool now."""
    with context.catalog.read() as connection:
        return queries.held_places(connection, context.tenant, pool)


def size_of(context: Context, pool: str) -> int:
    """Return how many places a pool has.

    Raises:
        NotFound: there is no such pool.
        Invalid: its size is no number above 0.
    """
    known = context.settings.within(_TABLE)
    if pool not in known:
        missing = NotFound.among("pool", pool, known)
        mend = missing.mend if known else f"write in headgate.toml: [{_TABLE}] {pool} = 1"
        raise NotFound(missing.message, mend=mend)
    size = context.settings.number(f"{_TABLE}.{pool}")
    if size < 1:
        raise Invalid(f"pool {pool} has {size} places", mend=f"write {pool} = 1 or more")
    return size
