"""How a terminal shows messages to the outside: what waits, what went, what nobody took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.surfaces.cli.paint import cell, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.incident.requests import (
        DeliveryReport,
        MessageLine,
        MessageList,
        RetryReport,
    )
    from headgate.surfaces.cli.paint import Paint

STYLES = {"sent": "green", "dead": "red", "pending": "yellow"}


def told(message: MessageLine) -> str:
    """Say in a line what has become of a message."""
    tries = f" after {count(message.n_attempts, 'attempt')}" if message.n_attempts > 1 else ""
    due = f", again at {cell(message.due_at)}" if message.due_at and message.n_attempts else ""
    return f"{message.state}{tries}{due}: {message.answer or 'not tried yet'}"


def list_lines(found: MessageList, paint: Paint) -> list[str]:
    """Show messages, the newest first."""
    counts = ", ".join(f"{n:,} {state}" for state, n in sorted(found.counts.items()))
    lines = [counts or "no message yet", *_each(found.messages, paint)]
    if found.counts.get("dead"):
        lines.append("send dead ones again: headgate outbox retry --all-dead")
    return lines


def retry_lines(report: RetryReport, paint: Paint) -> list[str]:
    """Show which dead letters wait again."""
    lines = [f"{count(len(report.messages), 'message')} to be tried again"]
    if report.n_overtaken:
        left = f"{count(report.n_overtaken, 'message')} left dead: what came after was sent"
        lines += paint.told(left)
    lines += _each(report.messages, paint)
    return [*lines, "do it: headgate outbox deliver"] if report.messages else lines


def deliver_lines(report: DeliveryReport, paint: Paint) -> list[str]:
    """Show what became of each message that was due."""
    n_sent = sum(one.state == "sent" for one in report.messages)
    lines = [f"{n_sent:,} of {count(len(report.messages), 'message')} sent"]
    lines += _each(report.messages, paint)
    for one in report.unusable:
        lines += ["", paint.style("red", f"notifier {one.notifier} is not ready")]
        lines += paint.pairs([("problem", one.problem), ("mend", one.mend)])
    if report.n_pending:
        lines.append(f"{count(report.n_pending, 'message')} still to be sent")
    return lines


def _each(messages: Sequence[MessageLine], paint: Paint) -> list[str]:
    lines: list[str] = []
    for one in messages:
        state = paint.style(STYLES[one.state], one.state)
        lines += ["", f"{state} {one.message_id}"]
        told_of = f"{one.kind} to {one.notifier}: {one.title}"
        entries = [("what", told_of), ("about", one.dedup_key), ("now", told(one))]
        lines += paint.pairs([*entries, ("at", cell(one.sent_at or one.created_at))], indent="  ")
    return lines
