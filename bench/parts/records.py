"""A record of 50 fields, what is promised of it, and how its validators are timed.

Nothing of ours is imported, for peers read it in their own environment.
"""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CODE = "^[A-Z]{2}-[0-9]{4}$"
CITIES = ["Oslo", "Bergen", "Rome", "Paris", "Lund", "Kiel", "Bonn", "Graz"]
FIELDS: dict[str, str] = {
    **{f"amount_{n}": "amount" for n in range(20)},
    **{f"count_{n}": "count" for n in range(10)},
    **{f"code_{n}": "code" for n in range(8)},
    **{f"city_{n}": "city" for n in range(6)},
    **{f"is_{n}": "flag" for n in range(3)},
    **{f"day_{n}": "day" for n in range(3)},
}
"""What each of the 50 fields holds."""
FORMS: dict[str, dict[str, Any]] = {
    "amount": {"type": "number", "minimum": 0, "maximum": 10_000},
    "count": {"type": "integer", "minimum": 0, "maximum": 1_000},
    "code": {"type": "string", "minLength": 7, "maxLength": 7, "pattern": CODE},
    "city": {"type": "string", "enum": CITIES},
    "flag": {"type": "boolean"},
    "day": {"type": "string", "format": "date"},
}
"""Each as JSON Schema says it."""
FAULTS = {"amount_3": -1.0, "code_2": "no code", "count_7": "many"}
"""What a bad record holds instead: three fields are wrong."""


def records(n_records: int, *, are_bad: bool = False) -> list[bytes]:
    """Make records as a client sends them."""
    chance = random.Random(7)
    make: dict[str, Callable[[], Any]] = {
        "amount": lambda: round(chance.uniform(0, 9_000), 2),
        "count": lambda: chance.randrange(1_000),
        "code": lambda: f"NO-{chance.randrange(10_000):04d}",
        "city": lambda: chance.choice(CITIES),
        "flag": lambda: chance.random() < 0.5,
        "day": lambda: f"2026-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}",
    }
    made = ({name: make[form]() for name, form in FIELDS.items()} for _ in range(n_records))
    return [json.dumps(one | FAULTS if are_bad else one).encode() for one in made]


def json_schema() -> dict[str, Any]:
    """Say what is promised as JSON Schema."""
    properties = {name: FORMS[form] for name, form in FIELDS.items()}
    return {"type": "object", "properties": properties, "required": list(FIELDS)}


def figures(
    check: Callable[[bytes], int],
    n_records: int,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> dict[str, float]:
    """Time a check of single records, good ones and bad ones.

    Args:
        check: tells how many fields are wrong with a record.
        n_records: of each kind [count].
        clock: what the time is taken by [ns].

    Returns:
        Median and 99 % quantile of each kind [µs], and how many errors a bad one brings.
    """
    found: dict[str, float] = {}
    for kind in ("good", "bad"):
        sent = records(n_records, are_bad=kind == "bad")
        for one in sent[:200]:
            check(one)
        took: list[int] = []
        n_wrong = 0
        for one in sent:
            started = clock()
            n_wrong = check(one)
            took.append(clock() - started)
            if (n_wrong > 0) != (kind == "bad"):
                raise AssertionError(f"a {kind} record brings {n_wrong} errors")
        took.sort()
        found[f"{kind} p50"] = took[len(took) // 2] / 1000
        found[f"{kind} p99"] = took[int(len(took) * 0.99)] / 1000
        found[f"{kind} errors"] = n_wrong
    return found
