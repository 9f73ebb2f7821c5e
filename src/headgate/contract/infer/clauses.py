"""One proposed clause: where it goes in a contract, and the figures it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headgate.contract.odcs.nouns import (
    ENGINE,
    VERSION,
    Contract,
    Level,
    Property,
    Rule,
    SchemaObject,
    TypeOptions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.contract.infer.facts import Facts


class Clause(NamedTuple):
    """A clause that is proposed.

    Args:
        column: whose; nothing if it is about all rows.
        name: what a check calls it, without the column.
        reason: the figures it stands on.
        keys: keys of the column, such as `required`.
        options: options of the column's type, such as `minimum`.
        rule: a quality rule; its description is the reason.
    """

    column: str | None
    name: str
    reason: str
    keys: dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    rule: Rule | None = None

    @property
    def said(self) -> str:
        """What is promised, in short."""
        if self.rule is not None:
            return _rule_said(self.rule)
        held = {**(self.keys or {}), **(self.options or {})}
        return ", ".join(f"{key} {_shown(value)}" for key, value in held.items())

    @property
    def check(self) -> str:
        """What a check calls it."""
        return self.name if self.column is None else f"{self.column}.{self.name}"


def ours(name: str, expectation: str, reason: str, **more: Any) -> Rule:
    """Make a rule of an expectation of ours.

    Args:
        name: its id.
        expectation: which one.
        reason: the figures it stands on.
        more: operators and severity by the rule's fields; `settings` are the expectation's.
    """
    settings = more.pop("settings", {})
    implementation = {"expectation": expectation} | settings
    return Rule(
        id=name,
        type="custom",
        engine=ENGINE,
        implementation=implementation,
        description=reason,
        **more,
    )


def assembled(
    name: str, facts: Sequence[Facts], clauses: Iterable[Clause], levels: Sequence[Level]
) -> Contract:
    """Put a contract together.

    Args:
        name: the contract's id, and its table's.
        facts: the columns.
        clauses: what is promised.
        levels: service levels.
    """
    kept = list(clauses)
    about = SchemaObject(
        name=name,
        quality=tuple(one.rule for one in kept if one.column is None and one.rule is not None),
        properties=tuple(
            _property(column, [one for one in kept if one.column == column.name])
            for column in facts
        ),
    )
    return Contract(
        api_version=VERSION,
        kind="DataContract",
        id=name,
        version="0.1.0",
        status="proposed",
        schema=(about,),
        sla_properties=tuple(levels),
    )


def _property(column: Facts, clauses: Sequence[Clause]) -> Property:
    keys = {key: value for one in clauses for key, value in (one.keys or {}).items()}
    options = {key: value for one in clauses for key, value in (one.options or {}).items()}
    told = [f"{one.name}: {one.reason}" for one in clauses if one.rule is None and one.reason]
    return Property(
        name=column.name,
        physical_type=column.physical,
        description="; ".join(told),
        logical_type_options=TypeOptions(**options) if options else None,
        quality=tuple(one.rule for one in clauses if one.rule is not None),
        **keys,
    )


def _rule_said(rule: Rule) -> str:
    what = rule.metric or (
        rule.implementation.get("expectation", "") if isinstance(rule.implementation, dict) else ""
    )
    values = rule.arguments.get("validValues")
    told = [f"{what} of {len(values)} values" if values is not None else what]
    if isinstance(rule.implementation, dict):
        told += [_shown(each) for key, each in rule.implementation.items() if key != "expectation"]
    if rule.operator is not None:
        name, wanted = rule.operator
        told.append(f"{name} {_shown(wanted)}{' %' * (rule.unit == 'percent')}")
    return " ".join(told)


def _shown(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return " and ".join(map(_shown, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.10g}" if isinstance(value, (int, float)) else str(value)
