"""What is promised of one column: type, presence, its own values, lengths, forms and order.

Below `FEW` rows nothing but types is promised: of 19 rows without a null the share of nulls may
still be 15 % (rule of three: 3 / n at 95 % confidence).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.contract.expectations.parses_as import WRITTEN
from headgate.contract.infer.clauses import Clause, ours
from headgate.contract.infer.facts import MOST_VALUES, SAMPLED, Facts, Sample
from headgate.contract.infer.patterns import ENOUGH, LONGEST, code_form, known_form, read_as
from headgate.contract.infer.ranges import Ends, range_clauses
from headgate.contract.odcs.nouns import Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

FEW = 20
"""Rows from which more than types is promised [count]."""
TIMES_SEEN = 5
"""How often each value of a closed set must have been seen [count]."""
MOST_CODES = 10
"""Whole numbers that are taken for codes, not for amounts [count]."""
ROWS_A_VALUE = 20
"""Rows for each value of a closed set, on average [count]."""
REPEATS = 5
"""Repeats that chance would have brought among values that are promised to be unique [count]."""
FORMS = 2000
"""Texts in which a form is looked for; all are looked at by what is found [count]."""
LONG_TEXT = 64
"""Signs from which a text is no key [count]."""
DAYS = {kind: WRITTEN[kind] for kind in ("date", "timestamp")}
"""What texts may be read as that are no closed set: there will be another day."""
LENGTHS = (1, 2, 4, 5, 8, 10, 16, 20, 32, 40, 50, 64, 80, 100, 128, 160, 200, 256, 320, 400, 512)
ALL = 100.0
"""Percent of all rows."""
TOLERATED = 0.1
"""Percent of texts without the form that most have."""


class Seen(NamedTuple):
    """What is known of one column.

    Args:
        facts: figures of all rows.
        sample: some rows.
        counts: each value with how often it stands there, if they are few.
        earlier: its ends in earlier snapshots, the newest first.
        known: its values in earlier snapshots; nothing where they are many.
        is_unique: no two rows of the sample have one value.
    """

    facts: Facts
    sample: Sample
    counts: dict[Any, int] | None
    earlier: Sequence[Ends]
    known: Sequence[Collection[Any]]
    is_unique: bool


def clauses_of(seen: Seen, *, is_key: bool) -> Iterator[Clause]:
    """Propose the clauses of one column; some may turn out to be broken.

    Args:
        seen: what is known of it.
        is_key: it is one of the dataset's key, which promises that it is there.
    """
    facts = seen.facts
    if facts.kind is not None:
        yield Clause(facts.name, "logicalType", "", keys={"logical_type": facts.kind})
    if facts.n_rows < FEW:
        return
    if not is_key:
        yield from _present(facts)
    closed = _closed(seen)
    is_growing = _is_growing(seen)
    if closed is not None:
        yield closed
    elif facts.kind in {"integer", "number", "date", "timestamp"}:
        yield from range_clauses(facts, seen.sample, seen.earlier, is_growing=is_growing)
    if facts.kind == "string" and closed is None:
        yield from _texts(seen)
    if seen.is_unique and not is_key and _is_no_chance(seen):
        n_rows = f"{facts.n_given:,}"
        reason = f"{n_rows} values of {n_rows} rows, none twice, where chance would repeat some"
        yield Clause(facts.name, "unique", reason, keys={"unique": True})
    if is_growing and facts.is_whole and facts.low != facts.high:
        reason = "no value below that of an earlier row"
        rule = ours("order", "monotonic", reason, severity="warning")
        yield Clause(facts.name, "order", reason, rule=rule)


def may_be_closed(facts: Facts, sample: Sample) -> bool:
    """Say whether a column may hold a closed set, by a sample: texts or whole numbers, few."""
    if facts.kind not in {"string", "integer"} or facts.n_rows < FEW:
        return False
    values = set(sample.values(facts.name))
    most = MOST_CODES if facts.kind == "integer" else MOST_VALUES
    return 0 < len(values) <= most and len(values) * ROWS_A_VALUE <= facts.n_given


def has_no_repeats(facts: Facts, sample: Sample) -> bool:
    """Say whether a column of whole numbers or short texts repeats nothing in a sample."""
    if facts.kind not in {"string", "integer"} or facts.n_given < FEW:
        return False
    if facts.kind == "string" and (facts.longest or 0) > LONG_TEXT:
        return False
    values = sample.values(facts.name)
    return len(values) > 1 and len(set(values)) == len(values)


def _present(facts: Facts) -> Iterator[Clause]:
    """Promise that there are no nulls, or no more than now with room for chance."""
    n_null = facts.n_rows - facts.n_given
    if not n_null:
        reason = f"0 nulls of {facts.n_rows:,}"
        yield Clause(facts.name, "required", reason, keys={"required": True})
        return
    share = n_null / facts.n_rows
    # four standard errors, and a fifth more for what is no chance
    room = 4 * math.sqrt(share * (1 - share) / facts.n_rows)
    most = min(math.ceil((share * 1.2 + room) * 1000) / 10, ALL)
    if most < ALL:
        reason = f"{n_null:,} nulls of {facts.n_rows:,}, {share:.2%}"
        rule = Rule(
            id="nulls",
            metric="nullValues",
            must_be_less_or_equal_to=most,
            unit="percent",
            dimension="completeness",
            description=reason,
        )
        yield Clause(facts.name, "nulls", reason, rule=rule)


def _closed(seen: Seen) -> Clause | None:
    """Promise a set of values where it is closed: each seen often, and none of them new."""
    counts = seen.counts
    most = MOST_CODES if seen.facts.kind == "integer" else MOST_VALUES
    if not counts or len(counts) > most or min(counts.values()) < TIMES_SEEN:
        return None
    if any(not set(counts) <= set(values) for values in seen.known):
        return None
    values = sorted(counts)
    is_long = (seen.facts.longest or 0) > LONGEST
    if seen.facts.n_given < ROWS_A_VALUE * len(values) or is_long or any(map(_is_odd, values)):
        return None
    if seen.facts.kind == "string" and next(read_as(values, DAYS), None):
        return None
    reason = f"{len(values)} different of {seen.facts.n_given:,}"
    reason += f", each {min(counts.values()):,} times or more"
    if seen.known:
        reason += f", all of them in the {len(seen.known)} snapshots before, too"
    rule = Rule(
        id="values",
        metric="invalidValues",
        arguments={"validValues": values},
        must_be=0,
        dimension="conformity",
        description=reason,
    )
    return Clause(seen.facts.name, "values", reason, rule=rule)


def _is_odd(value: object) -> bool:
    """Say whether a text holds signs that a file does not keep as they are."""
    return isinstance(value, str) and not value.isprintable()


def _is_growing(seen: Seen) -> bool:
    """Say whether values only rise from row to row, or are numbers of rows."""
    if seen.facts.kind not in {"integer", "date", "timestamp"}:
        return False
    values = seen.sample.values(seen.facts.name)
    rises = seen.facts.is_whole and len(values) > 1
    rises = rises and all(one <= other for one, other in pairwise(values))
    return rises or (seen.is_unique and _is_no_chance(seen))


def _is_no_chance(seen: Seen) -> bool:
    """Say whether chance would have repeated values, were they not unique by what they are."""
    if seen.facts.kind == "string":
        return True
    n_sampled = min(seen.facts.n_given, SAMPLED)
    span = float(seen.facts.high) - float(seen.facts.low) + 1
    return n_sampled * n_sampled / (2 * span) >= REPEATS


def _texts(seen: Seen) -> Iterator[Clause]:
    """Promise how long texts are, and their form where they have one."""
    facts = seen.facts
    if facts.longest is None or facts.shortest is None:
        return
    yield _length(facts)
    texts = seen.sample.values(facts.name)
    texts = texts[:: max(len(texts) // FORMS, 1)]
    if len(texts) < ENOUGH:
        return
    kind = next(read_as(texts, WRITTEN), None)
    if kind is not None:
        reason = f"{len(texts):,} texts looked at, and they can be read as {kind}"
        settings = {"kind": kind}
        rule = ours("form", "parses_as", reason, settings=settings, **_tolerated())
        yield Clause(facts.name, "form", reason, rule=rule)
        return
    shape = known_form(texts) or code_form(texts)
    if shape is not None:
        reason = f"{len(texts):,} texts looked at, and they have the form of {shape.said}"
        yield Clause(facts.name, "pattern", reason, options={"pattern": shape.pattern})
        rule = Rule(
            id="form",
            metric="invalidValues",
            arguments={"pattern": shape.pattern},
            description=reason,
            dimension="conformity",
            **_tolerated(),
        )
        yield Clause(facts.name, "form", reason, rule=rule)


def _tolerated() -> dict[str, Any]:
    return {"must_be_less_or_equal_to": TOLERATED, "unit": "percent"}


def _length(facts: Facts) -> Clause:
    shortest, longest = facts.shortest or 0, facts.longest or 0
    if shortest == longest and facts.n_given >= ENOUGH and longest:
        reason = f"all have {longest} signs"
        return Clause(
            facts.name, "length", reason, options={"min_length": longest, "max_length": longest}
        )
    most = next((one for one in LENGTHS if one >= 2 * longest), 2 * longest)
    reason = f"{shortest} to {longest} signs; with room of as many again"
    least = {"min_length": 1} if shortest else {}
    return Clause(facts.name, "length", reason, options=least | {"max_length": most})
