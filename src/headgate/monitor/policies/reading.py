"""Reads `monitors/policy.yaml`: every key checked, every problem with its line, clause and mend."""

from __future__ import annotations

import difflib
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from headgate.core.errors import HeadgateError
from headgate.core.refs import check_name
from headgate.core.times import span
from headgate.monitor.nouns import ActionName
from headgate.monitor.policies.nouns import N_DAYS, Budget, Conditions, Mode, Policy, Rule
from headgate.spine.documents import Node, parse, read_bytes
from headgate.spine.problems import Problems, Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PLACE = Path("monitors") / "policy.yaml"
OWN = Path("monitors") / "policies"
"""Where policies lie that only monitors which name them go by."""
DEFAULT = Path(__file__).with_name("default.yaml")
TOP = ("budget", "fault_ratio", "rules")
IN_RULE = ("name", "when", "then", "needs", "cooldown", "to", "mode", "pipeline")
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
    reader = _Reader(parse(content, name))
    policy = reader.policy
    reader.problems.refuse(name)
    return policy


class _Reader:
    """Reads one file."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.problems = Problems()

    @cached_property
    def policy(self) -> Policy:
        """What stands there, as far as it can be read."""
        given = self._keys(self.root, (), TOP)
        if "rules" not in given:
            self._add((), self.root, "there are no rules", "add `rules:` with at least one")
        fault_ratio = self._value(given, "fault_ratio", (), float)
        if fault_ratio is not None and not 0 < fault_ratio <= 1:
            what = f"{fault_ratio} is no share"
            self._add(("fault_ratio",), given["fault_ratio"], what, "write 0.01")
        return Policy(
            rules=tuple(self._rules(given["rules"]) if "rules" in given else ()),
            budget=self._value(given, "budget", (), Budget) or Budget(),
            fault_ratio=0.01 if fault_ratio is None else fault_ratio,
        )

    def _rules(self, node: Node) -> Iterable[Rule]:
        if not isinstance(node.value, list) or not node.value:
            self._add(("rules",), node, "must be a list of rules", "write `- when: …`")
            return
        seen: dict[str, int] = {}
        for number, each in enumerate(node.value):
            rule = self._rule(each, ("rules", number), number)
            if rule.name in seen:
                what = f"rule {rule.name!r} stands on line {seen[rule.name]} already"
                self._add(("rules", number, "name"), each, what, "give it another name")
            seen.setdefault(rule.name, each.mark.line)
            yield rule

    def _rule(self, node: Node, path: Steps, number: int) -> Rule:
        given = self._keys(node, path, IN_RULE)
        for needed in ("when", "then"):
            if isinstance(node.value, dict) and needed not in given:
                mend = f"add `{needed}: …`" if needed == "then" else "add `when: {}` for whatever"
                self._add((*path, needed), node, f"{needed} is missing", mend)
        rule = Rule(
            name=self._value(given, "name", path, str) or f"rule {number + 1}",
            when=self._conditions(given, "when", path),
            then=self._value(given, "then", path, tuple[ActionName, ...]) or (),
            needs=self._conditions(given, "needs", path),
            cooldown=self._span(given, path),
            to=self._value(given, "to", path, tuple[str, ...]),
            mode=self._value(given, "mode", path, Mode),
            pipeline=self._value(given, "pipeline", path, str) or "",
            line=node.mark.line,
        )
        if "then" in given and not rule.then and not self.problems.beneath((*path, "then")):
            known = ", ".join(get_args(ActionName))
            self._add((*path, "then"), given["then"], "nothing is to be done", f"write {known}")
        if rule.pipeline and "retrain" not in rule.then:
            what = "a pipeline means nothing to a rule that does not retrain"
            self._add((*path, "pipeline"), given["pipeline"], what, "leave it out")
        return rule

    def _conditions(self, given: dict[str, Node], key: str, path: Steps) -> Conditions:
        if key not in given:
            return Conditions()
        node = given[key]
        known = list(Conditions.__struct_fields__)
        if key == "needs":
            known = [each for each in known if each not in ABOUT_FINDINGS]
        inner = self._keys(node, (*path, key), known)
        types = {field.name: field.type for field in msgspec.structs.fields(Conditions)}
        for name, each in inner.items():
            if each.plain in (None, []):
                what = "nothing is said, which would hold for whatever is found"
                self._add((*path, key, name), each, what, f"{_mend(types[name])}, or leave it out")
        values = {name: self._value(inner, name, (*path, key), types[name]) for name in inner}
        return Conditions(**{name: one for name, one in values.items() if one is not None})

    def _span(self, given: dict[str, Node], path: Steps) -> timedelta:
        text = self._value(given, "cooldown", path, str)
        if text is None:
            return timedelta(0)
        try:
            length = span(text)
        except HeadgateError as error:
            self._add((*path, "cooldown"), given["cooldown"], error.message, error.mend)
            return timedelta(0)
        if length > timedelta(days=N_DAYS):
            what = f"{text!r} is longer than a policy looks back"
            self._add((*path, "cooldown"), given["cooldown"], what, f"write at most {N_DAYS}d")
        return min(length, timedelta(days=N_DAYS))

    def _keys(self, node: Node, path: Steps, known: Iterable[str]) -> dict[str, Node]:
        """Return what stands under the known keys of a mapping."""
        known = list(known)
        if not isinstance(node.value, dict):
            self._add(path, node, "must be a mapping", f"write keys such as `{known[0]}: …`")
            return {}
        held: dict[str, Node] = node.value
        for key, each in held.items():
            if key not in known:
                near = difflib.get_close_matches(key[:80], known, n=1)
                mend = f"write {near[0]}" if near else f"write one of {', '.join(known)}"
                mark = each._replace(mark=node.keys[key])
                self._add((*path, key), mark, f"{key!r} is no key here", mend)
        return {key: each for key, each in held.items() if key in known}

    def _value(self, given: dict[str, Node], key: str, path: Steps, kind: Any) -> Any:
        """Read one value; a single one stands for a list of one."""
        if key not in given:
            return None
        node = given[key]
        plain = node.plain
        is_many = str(kind).startswith("tuple[")
        if is_many and not isinstance(plain, list):
            plain = [plain]
        try:
            return msgspec.convert(plain, kind)
        except msgspec.ValidationError as error:
            what, _, place = str(error).partition(" - at ")
            self._add((*path, key), _at(node, place), _plainly(what), _mend(kind))
            return None

    def _add(self, path: Steps, node: Node, message: str, mend: str) -> None:
        self.problems.add(path, node.mark, message, mend)


def _at(node: Node, place: str) -> Node:
    """Find the item of a list that is meant, such as `$[1]`."""
    number = place.strip("`$[]")
    if number.isdigit() and isinstance(node.value, list):
        return node.value[int(number)]
    return node


def _plainly(what: str) -> str:
    return (
        what.replace("`", "")
        .replace(" | null", "")
        .replace("Expected", "expected")
        .replace("Invalid", "unknown")
    )


def _mend(kind: Any) -> str:
    """Say what can be written."""
    words = sorted({word for one in _leaves(kind) for word in one})
    return f"write {', '.join(words)}"


def _leaves(kind: Any) -> Iterable[tuple[str, ...]]:
    said: dict[Any, str] = {
        str: "text, in quotes if it looks like a number",
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        Budget: "{page: 2, ticket: 12, days: 30}",
    }
    reading: Callable[[Any], tuple[Any, ...]] = get_args
    if kind in said:
        yield (said[kind],)
    for one in reading(kind):
        if isinstance(one, str):
            yield (one,)
        elif one is not Ellipsis and one is not type(None):
            yield from _leaves(one)
