"""Order: values that never fall, or never rise."""

from __future__ import annotations

from headgate.core.checks import Check, InOrder


def monotonic(
    name: str,
    /,
    *,
    by: str | None = None,
    is_falling: bool = False,
    is_strict: bool = False,
) -> Check:
    """Find values that go the wrong way from one row to the next.

    Args:
        name: the column.
        by: the column that says which row is the next; the order in which they came if none.
        is_falling: values may fall and must not rise.
        is_strict: they must not stay the same either.
    """
    promise = InOrder(name, by, is_falling=is_falling, is_strict=is_strict)
    return Check(promise, shows=(name,), evidence=f"{name} goes the wrong way")
