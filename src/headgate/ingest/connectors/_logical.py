"""Values as Kafka Connect writes them in JSON, told by the schema beside them, as plain ones.

Decimals, dates and times become text, for JSON holds them as base64 or as counts since 1970; bytes
become bytes. Names: Kafka Connect's data package, and Debezium's `io.debezium.time`.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime, timedelta
from decimal import Context, Decimal
from typing import Any

MILLI, MICRO, NANO = 3, 6, 9
"""Digits of a second's fraction."""
_CONNECT, _DEBEZIUM = "org.apache.kafka.connect.data.", "io.debezium.time."
DAYS = frozenset({_CONNECT + "Date", _DEBEZIUM + "Date"})
CLOCKS = {
    _CONNECT + "Time": MILLI,
    _DEBEZIUM + "Time": MILLI,
    _DEBEZIUM + "MicroTime": MICRO,
    _DEBEZIUM + "NanoTime": NANO,
}
MOMENTS = {
    _CONNECT + "Timestamp": MILLI,
    _DEBEZIUM + "Timestamp": MILLI,
    _DEBEZIUM + "MicroTimestamp": MICRO,
    _DEBEZIUM + "NanoTimestamp": NANO,
}
DECIMAL = _CONNECT + "Decimal"
ANY_SCALE = "io.debezium.data.VariableScaleDecimal"
LOGICAL = DAYS | CLOCKS.keys() | MOMENTS.keys() | {DECIMAL, ANY_SCALE}
_START = datetime(1970, 1, 1)  # noqa: DTZ001 - the database's own clock, whose zone nobody tells
_EXACT = Context(prec=2_000)


def plain(schema: dict[str, Any], value: Any) -> Any:
    """Turn a value into a plain one.

    Args:
        schema: what Kafka Connect says of it.
        value: as it stands in JSON.

    Raises:
        ValueError: it is not what its schema says, or outside of the calendar.

    >>> price = {"type": "bytes", "name": DECIMAL, "parameters": {"scale": "2"}}
    >>> day = {"type": "int32", "name": "io.debezium.time.Date", "field": "day"}
    >>> plain(price, "BNI="), plain({"type": "struct", "fields": [day]}, {"day": 17702})
    ('12.34', {'day': '2018-06-20'})
    """
    name, kind = schema.get("name"), schema.get("type")
    if value is None:
        return None
    if name in LOGICAL:
        return _logical(str(name), schema, value)
    if kind == "struct" and isinstance(value, dict):
        fields = {field["field"]: field for field in schema.get("fields", ())}
        return {name: plain(fields.get(name, {}), each) for name, each in value.items()}
    if kind == "array" and isinstance(value, list):
        return [plain(schema.get("items", {}), each) for each in value]
    return b64decode(value, validate=True) if kind == "bytes" else value


def _logical(name: str, schema: dict[str, Any], value: Any) -> str:
    if name == DECIMAL:
        return _decimal(value, int(schema.get("parameters", {}).get("scale", 0)))
    if name == ANY_SCALE:
        return _decimal(value["value"], int(value["scale"]))
    return _time(name, value)


def _time(name: str, value: Any) -> str:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no {name.rpartition('.')[2]}")
    if name in DAYS:
        return (_START + timedelta(days=value)).date().isoformat()
    if name in CLOCKS:
        return _moment(value, CLOCKS[name])[11:]
    return _moment(value, MOMENTS[name])


def _moment(value: int, digits: int) -> str:
    seconds, rest = divmod(value, 10**digits)
    fraction = f".{rest:0{digits}d}".rstrip("0") if rest else ""
    return (_START + timedelta(seconds=seconds)).isoformat() + fraction


def _decimal(text: str, scale: int) -> str:
    whole = int.from_bytes(b64decode(text, validate=True), "big", signed=True)
    return f"{Decimal(whole).scaleb(-scale, _EXACT):f}"
