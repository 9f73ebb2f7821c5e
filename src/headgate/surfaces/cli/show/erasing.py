"""How a terminal shows an erasure, planned or done, and the receipts there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import broken, count

if TYPE_CHECKING:
    from headgate.dataset.erasing.reports import Erasures, KeptReceipt, Receipt
    from headgate.surfaces.cli.paint import Paint

DATASETS = ("dataset", "rows", "snapshots that held them", "snapshots without them")
N_NUMBERS = 6
"""Snapshot numbers a line names; of more the first and the last are named [count]."""


def erase_lines(receipt: Receipt, paint: Paint) -> list[str]:
    """Show what is erased where, what is left to do, and how to go on."""
    lines = [*_headline(receipt, paint), ""]
    lines += paint.grid(
        DATASETS,
        [
            (one.name, one.n_rows, _numbers(one.versions), ", ".join(one.snapshots) or "-")
            for one in receipt.datasets
        ],
    )
    lines += ["", *paint.pairs(_facts(receipt))]
    if receipt.obligations:
        lines += ["", paint.heading("left to do"), *_obligations(receipt, paint)]
    if not receipt.is_applied:
        lines += ["", paint.style("yellow", "an erasure cannot be undone")]
        lines.append(paint.style("cyan", "do it: the same command with --apply"))
    return lines


def erasures_lines(found: Erasures, paint: Paint) -> list[str]:
    """List the receipts, each with the state of its signature."""
    if not found.erasures:
        return ["nothing was erased yet"]
    names = ("receipt", "dataset", "rows", "snapshots", "left to do", "at", "by", "state")
    rows = [
        (
            one.receipt.receipt_id,
            one.receipt.dataset,
            one.receipt.n_rows,
            one.receipt.n_versions,
            len(one.receipt.obligations),
            one.receipt.erased_at,
            one.receipt.erased_by,
            _state(one),
        )
        for one in found.erasures
    ]
    return paint.grid(names, rows)


def _headline(receipt: Receipt, paint: Paint) -> list[str]:
    rows = f"{count(receipt.n_rows, 'row')} of {receipt.dataset}"
    reach = f"{rows} in {count(receipt.n_versions, 'snapshot')}"
    if not receipt.is_applied:
        return paint.told(f"{reach} would be erased; nothing is changed yet", "bold")
    return paint.told(f"{reach} erased, receipt {receipt.receipt_id}", "green")


def _facts(receipt: Receipt) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [("files blanked", len(receipt.blobs))]
    facts += [(f"{kind} blanked", n) for kind, n in receipt.traces.items()]
    columns = ", ".join(receipt.columns)
    values = count(receipt.n_suppressed, "value")
    facts.append(("kept out from now on", f"{values} of {columns}" if values != "0" else "nothing"))
    if receipt.is_applied:
        facts.append(("signed with", receipt.public_key))
    return facts


def _obligations(receipt: Receipt, paint: Paint) -> list[str]:
    """Name each thing that is left and below it how to do it; a place may be long."""
    lines: list[str] = []
    for one in receipt.obligations:
        lines.append(f"  {one.what}" + (f", {count(one.n_rows, 'row')}" if one.n_rows else ""))
        lines += [f"    {part}" for part in broken(one.mend, paint.width - 4)]
    return lines


def _numbers(numbers: tuple[int, ...]) -> str:
    if len(numbers) > N_NUMBERS:
        return f"{len(numbers)}: @{numbers[0]} to @{numbers[-1]}"
    return ", ".join(f"@{number}" for number in numbers)


def _state(kept: KeptReceipt) -> str:
    if not kept.is_signed:
        return "signature broken"
    return "done" if kept.is_finished else "cut off; run dataset fsck --repair"
