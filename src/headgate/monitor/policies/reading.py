"""Reads `monitors/policy.yaml`: every key checked, every problem with its line, clause and mend."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import inspect as shape

from headgate.core.errors import HeadgateError
from headgate.core.refs import check_name
from headgate.core.times import span
from headgate.monitor.nouns import ActionName
from headgate.monitor.policies.nouns import N_DAYS, Conditions, Policy, Rule
from headgate.spine.documents import Node, parse, read_bytes
from headgate.spine.problems import Problems, Steps, refusal
from headgate.spine.strict import Reader, Struct

PLACE = Path("monitors") / "policy.yaml"
OWN = Path("monitors") / "policies"
"""Where policies lie that only monitors which name them go by."""
DEFAULT = Path(__file__).with_name("default.yaml")
ABOUT_FINDINGS = ("check", "kind", "severity", "harm", "is_important", "persists")
"""Conditions that a finding meets or not; the facts, on the other hand, can be needed."""


def policy_of(root: Path, name: str | None = None) -> Policy:
    """Read the policy of a project; the one that is shipped if it has none.

    Args:
        root: the project's folder.
        name: one of several, as `monitors/policies/NAME.yaml`.

    Raises:
        NotFound: there is none of that name.
        Invalid: the file is broken; the message names line and clause.
    """
    path = root / PLACE
    if name is not None:
        own = OWN / f"{check_name('policy', name)}.yaml"
        return read_policy(read_bytes(root / own, own.as_posix()), own.as_posix())
    if not path.is_file():
        return read_policy(DEFAULT.read_bytes(), "the default policy")
    return read_policy(read_bytes(path, str(PLACE)), str(PLACE))


def read_policy(content: bytes, name: str) -> Policy:
    """Read a policy from the bytes of its file.

    Raises:
        Invalid: it is none; the first problem is told, the lines of the others are named.
    """
    root, problems = parse(content, name), Problems()
    policy = _Reader(problems).struct(root, Policy)
    if policy is not None:
        rules = tuple(_named(policy.rules, root.value["rules"], problems))
        policy = msgspec.structs.replace(policy, rules=rules)
    if policy is None or problems.found:
        raise refusal(name, problems.listed())
    return policy


class _Reader(Reader):
    """Takes one word for a list of one, and tells what no single field of a rule can."""

    def fields(self, kind: type[msgspec.Struct]) -> dict[str, shape.Field]:
        """List the keys of a part; where a rule stands is not one."""
        return {key: field for key, field in super().fields(kind).items() if key != "line"}

    def struct(self, node: Node, kind: type[Struct], path: Steps = ()) -> Struct | None:
        """Read a mapping; of what is wrong at one place the first that is said counts."""
        if isinstance(node.value, dict) and kind is Rule:
            self._check_rule(node, path)
        if isinstance(node.value, dict) and kind is Conditions:
            self._check_conditions(node, path)
        return super().struct(node, kind, path)

    def made(self, kind: type[Struct], given: dict[str, Any], node: Node) -> Struct:
        """Make a part; a rule knows its line."""
        line = {"line": node.mark.line} if kind is Rule else {}
        return super().made(kind, given | line, node)

    def value(self, node: Node, known: Any, path: Steps) -> Any:
        """Read a value; one word stands for a list of one."""
        is_listed = isinstance(known, shape.VarTupleType)
        if is_listed and isinstance(node.value, str):
            word = super().value(node, known.item_type, path)
            return (word,)
        return super().value(node, known, path)

    def scalar(self, node: Node, known: Any, path: Steps) -> Any:
        """Read a scalar, or a length of time."""
        if not isinstance(known, shape.TimeDeltaType):
            return super().scalar(node, known, path)
        if not isinstance(node.value, str):
            return self.wrong(node, "text", path)
        try:
            length = span(node.value)
        except HeadgateError as error:
            return self.problems.add(path, node.mark, error.message, error.mend)
        if length > timedelta(days=N_DAYS):
            what = f"{node.value!r} is longer than a policy looks back"
            self.problems.add(path, node.mark, what, f"write at most {N_DAYS}d")
        return length

    def _check_rule(self, node: Node, path: Steps) -> None:
        if "when" not in node.value:
            mend = "add `when: {}` for whatever is found"
            self.problems.add((*path, "when"), node.mark, "when is missing", mend)
        then, pipeline = node.value.get("then"), node.value.get("pipeline")
        done = then.plain if then is not None else None
        if then is not None and done == []:
            mend = f"write {', '.join(get_args(ActionName))}"
            self.problems.add((*path, "then"), then.mark, "nothing is to be done", mend)
        retrains = done == "retrain" or (isinstance(done, list) and "retrain" in done)
        if pipeline is not None and pipeline.value and not retrains:
            what = "a pipeline means nothing to a rule that does not retrain"
            self.problems.add((*path, "pipeline"), pipeline.mark, what, "leave it out")

    def _check_conditions(self, node: Node, path: Steps) -> None:
        for key, each in node.value.items():
            if each.value == []:
                what = "nothing is said, which would hold for whatever is found"
                self.problems.add((*path, key), each.mark, what, "name some, or leave it out")
            if path[-1] == "needs" and key in ABOUT_FINDINGS:
                what = f"{key!r} is no key here, for it is about findings"
                self.problems.add((*path, key), node.keys[key], what, "write it under `when`")


def _named(rules: tuple[Rule, ...], node: Node, problems: Problems) -> Iterator[Rule]:
    """Name rules that have no name by their number."""
    if not rules:
        problems.add(("rules",), node.mark, "there are no rules", "write `- when: …`")
    lines: dict[str, int] = {}
    for number, rule in enumerate(rules):
        name = rule.name or f"rule {number + 1}"
        if name in lines:
            what = f"rule {name!r} stands on line {lines[name]} already"
            mark = node.value[number].mark
            problems.add(("rules", number, "name"), mark, what, "give it another name")
        lines.setdefault(name, rule.line)
        yield msgspec.structs.replace(rule, name=name)
