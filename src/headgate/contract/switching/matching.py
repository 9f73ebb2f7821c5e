"""What an expectation became: the clauses that stand for it in the contract of its suite.

Each expectation is translated once more by itself. What it promises so stands among what the whole
contract promises, or another expectation has taken its place there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.contract.exchange.gx_in import from_gx
from headgate.contract.promises import promises_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.contract.checking import Rule
    from headgate.spine.registry import Registry

IMPLIED = ".logicalType"
"""How a clause is named that says what a column holds."""
TYPED = frozenset({"expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list"})


class Became(NamedTuple):
    """What stands for an expectation.

    Args:
        rules: names of clauses.
        why: why there are none; empty if there are.
    """

    rules: tuple[str, ...]
    why: str = ""


def became(expectation: Any, name: str, whole: Sequence[Rule], registry: Registry) -> Became:
    """Find the clauses of a contract that stand for one expectation.

    Args:
        expectation: as the suite has it.
        name: of the contract.
        whole: what the contract promises.
        registry: finds expectations.
    """
    alone = from_gx({"expectations": [expectation]}, name)
    promises = promises_of(alone.contract, name, registry)
    kind = kind_of(expectation)
    own = [one for one in promises.rules if kind in TYPED or not one.name.endswith(IMPLIED)]
    if not own:
        whys = [one.why for one in alone.left_out if one.path.count(".") == 0]
        return Became((), next(iter(whys), "a contract has no clause for it"))
    found = [_named(rule, whole) for rule in own]
    if not all(found):
        return Became((), "another expectation says this of the column already")
    return Became(tuple(found))


def _named(rule: Rule, whole: Sequence[Rule]) -> str:
    """Name the rule that looks at the same: one of the same name before all others."""
    same = [one.name for one in whole if one.check == rule.check]
    return rule.name if rule.name in same else next(iter(same), "")


def kind_of(expectation: Any) -> str:
    """Name the type of an expectation, in version 1 or in 0.18."""
    held = expectation if isinstance(expectation, dict) else {}
    return str(held.get("type") or held.get("expectation_type") or "")


def kwargs_of(expectation: Any) -> dict[str, Any]:
    """Return what an expectation is asked with."""
    held = expectation.get("kwargs") if isinstance(expectation, dict) else None
    return held if isinstance(held, dict) else {}


def columns_of(expectation: Any) -> list[str]:
    """List the columns that an expectation is about."""
    held = kwargs_of(expectation)
    single = [held[key] for key in ("column", "column_A", "column_B") if key in held]
    many = held.get("column_list") or held.get("column_set") or []
    return [str(one) for one in [*single, *(many if isinstance(many, list) else [])]]
