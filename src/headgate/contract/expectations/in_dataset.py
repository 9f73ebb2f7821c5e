"""Foreign key: values that are found in another dataset."""

from __future__ import annotations

from headgate.core.checks import Check, Known
from headgate.core.errors import Invalid


def in_dataset(*names: str, dataset: str, columns: tuple[str, ...] = ()) -> Check:
    """Find values that another dataset does not have; missing ones need not be there.

    Args:
        names: the columns, taken together.
        dataset: the other dataset.
        columns: its columns, in the same order; named alike if not given.

    Raises:
        Invalid: there are more columns on one side than on the other.
    """
    others = columns or names
    if len(others) != len(names):
        raise Invalid(
            f"{len(names)} columns cannot be found in {len(others)} of {dataset}",
            mend="name as many columns there as here",
        )
    told = ", ".join(names)
    evidence = f"{told} is not in {dataset}"
    return Check(Known(names, dataset, others), shows=names, evidence=evidence)
