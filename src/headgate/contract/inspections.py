"""Inspects contracts on a change: their files, the data they are about, and what they were."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from headgate.contract.compat.modes import compare
from headgate.contract.compat.schemas import document_of
from headgate.contract.earlier import earlier_of
from headgate.contract.inspecting import Contracts, breaches, file_remarks
from headgate.contract.odcs.files import FOLDER
from headgate.contract.odcs.places import place_of
from headgate.core.errors import HeadgateError
from headgate.spine.documents import parse, read_bytes
from headgate.spine.inspecting.nouns import Case, Place, Remark

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headgate.contract.earlier import Earlier
    from headgate.spine.context import Context
    from headgate.spine.inspecting.nouns import Mode, Wish

FILES = "contracts"


class ContractInspection:
    """Reads every contract, and holds the data that was named against it."""

    name = "contracts"

    def inspect(self, context: Context, wish: Wish, /) -> Iterator[Case]:
        """Say of every contract file what is wrong with it, and of every clause what breaks it.

        Raises:
            NotFound: a data file is named for what no contract is about, and no reference either.
        """
        contracts = Contracts(context, wish)
        is_whole = True
        for name, path in contracts.files.items():
            remarks = tuple(file_remarks(name, path))
            is_whole = is_whole and not remarks
            yield Case(suite=FILES, name=f"{FOLDER}/{path.name} is a contract", remarks=remarks)
            if not remarks:
                yield from breaches(contracts, name, path)
        if is_whole:
            contracts.require_use()


class CompatInspection:
    """Compares every contract with what it was: at the base, or else as it was published."""

    name = "compatibility"

    def inspect(self, context: Context, wish: Wish, /) -> Iterator[Case]:
        """Say of every contract whether it may follow what it was."""
        earlier = earlier_of(context, wish.base)
        if earlier is None:
            return
        known = Contracts(context, wish).files
        suite = f"contracts against {earlier.name}"
        for name, path in known.items():
            began = time.monotonic()
            remarks, skipped = _compared(earlier, name, path, wish.mode)
            took_ms = (time.monotonic() - began) * 1000
            yield Case(suite=suite, name=name, remarks=remarks, skipped=skipped, took_ms=took_ms)
        for name in earlier.contents.keys() - known:
            yield Case(suite=suite, name=name, remarks=(_gone(name, earlier),))


OFFERS = [ContractInspection(), CompatInspection()]


def _compared(
    earlier: Earlier, name: str, path: Path, mode: Mode
) -> tuple[tuple[Remark, ...], str]:
    """Compare a contract with what it was; say why not, where that cannot be done."""
    file = f"{FOLDER}/{path.name}"
    before = earlier.contents.get(name)
    content = read_bytes(path, file)
    if before is None:
        return (), f"it is not in {earlier.name} yet"
    if before == content:
        return (), ""
    try:
        old = document_of(before, f"{earlier.name}:{file}", "odcs")
        new = document_of(content, file, "odcs")
    except HeadgateError as error:
        return (), f"it cannot be compared: {error.message}"
    root = parse(content, file)
    remarks: list[Remark] = []
    for one in compare(old, new, mode).incompatibilities:
        about, _, rule = one.path.partition(".")
        mark = place_of(root, about, rule)
        remarks.append(
            Remark(
                rule=f"compatibility/{name}/{one.path}",
                level="error",
                message=f"{one.path} was {one.was} and is {one.now}: {one.why}; "
                f"it breaks {one.breaks}s",
                mend="keep the promise, or publish it as a breaking version both sides sign",
                place=Place(file, mark.line, mark.column),
            )
        )
    return tuple(remarks), ""


def _gone(name: str, earlier: Earlier) -> Remark:
    file = f"{FOLDER}/{name}.yaml"
    return Remark(
        rule="compatibility/gone",
        level="error",
        message=f"the contract {file} is gone; it stands in {earlier.name}",
        mend="keep it with `status: retired` until nobody relies on it",
        place=Place(file),
    )
