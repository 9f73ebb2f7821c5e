"""Missing values: rows whose value is null or stands for nothing."""

from __future__ import annotations

from headgate.core.checks import Check, Plain, call, column, each_row, either

MISSING = ("", "NA", "N/A", "null", "None", "nan")


def missing_values(name: str, /, *, values: tuple[Plain, ...] = MISSING) -> Check:
    """Find rows whose value is null or one of those that stand for none.

    Args:
        name: the column.
        values: what stands for no value; compared as text, without blanks around it, and with
            numbers as a number.
    """
    texts = [_text(one) for one in values if one is not None]
    stands_for_none = call("in", call("trim", call("text", column(name))), *texts)
    breaks = either(call("is_null", column(name)), stands_for_none)
    return each_row(name, breaks, f"{name} is missing")


def _text(value: Plain) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
