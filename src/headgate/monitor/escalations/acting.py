"""Acts on what was found in a window: once, with the reasons in the same unit of work.

Plans are made first, without the lock. Then the unit takes it, reads what was done meanwhile, and
decides again; so two that decide at once act once. What is rows of the catalog alone (a message, a
hold, a rollback) is written in that very unit: a process that is killed leaves both or neither.
What takes long (a retraining) is claimed in the unit and done after it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from blake3 import blake3

from headgate.core.errors import HeadgateError
from headgate.core.times import now, render
from headgate.monitor import queries as kept
from headgate.monitor.escalations import queries
from headgate.monitor.escalations.doing import cannot, carry_out, name_of, settled
from headgate.monitor.escalations.messages import message_of
from headgate.monitor.escalations.reports import Escalation
from headgate.monitor.policies.deciding import decision_of, resolve
from headgate.monitor.policies.facts import gather
from headgate.monitor.policies.nouns import TOLD, History, Taken
from headgate.monitor.policies.reading import policy_of
from headgate.spine.outbox.delivering import deliver
from headgate.spine.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from headgate.monitor.nouns import Decision, MonitorReport
    from headgate.monitor.policies.deciding import Resolution
    from headgate.monitor.policies.nouns import Deed, Facts, Past, Policy
    from headgate.spine.context import Context

N_ID = 16
"""Hexadecimal digits of an escalation's id [count]."""
BY_LABELS = frozenset({"realised_performance", "concept_drift"})
"""Checks that a window has nothing of before its labels come."""


class Acted(NamedTuple):
    """What was decided and what was done about it."""

    decision: Decision
    escalations: tuple[Escalation, ...]


class Said(NamedTuple):
    """What a monitor's file says of escalation.

    Args:
        to: notifiers that are told where a rule names none; all of headgate.toml if there is none.
        owner: who answers for it.
        policy: the name of a policy; the project's if nothing is said.
    """

    to: tuple[str, ...] = ()
    owner: str = ""
    policy: str | None = None


def act(
    context: Context,
    report: MonitorReport,
    *,
    windows: Sequence[Past] = (),
    said: Said | None = None,
) -> Acted:
    """Do about a window what the project's policy says, unless it was done.

    Args:
        context: the project.
        report: what was found.
        windows: windows before this one, the oldest first.
        said: what the monitor's file says of it; nothing of its own if not given.

    Raises:
        NotFound: there is no policy of the name that the monitor's file gives.
        Invalid: the policy is broken.
    """
    said = said or Said()
    policy = _telling(policy_of(context.root, said.policy), said.to)
    asked = _Asked(context, report, policy, gather(context, report, policy, windows), windows)
    asked.owner = said.owner
    with context.catalog.read() as connection:
        resolution = asked.resolved(connection)
        is_calm = not queries.open_alerts(connection, context.tenant, report.monitor)
    wanted = louder_than_log(resolution.deeds)
    if not wanted and is_calm:
        return Acted(decision_of(resolution), ())
    plans = {asked.id_of(one): _planned(context, report, one) for one in wanted}
    with Work(context) as work:
        still = asked.resolved(work.connection)
        made = asked.all_made(work, still, plans)
        well = asked.resolve_alerts(work)
    told = [str(one.settings["key"]) for one in [*made, *well] if one.action in TOLD]
    if told:
        deliver(context, keys=told)
    done = [carry_out(context, one) if one.state == "begun" else one for one in made]
    return Acted(decision_of(still), tuple(done))


def louder_than_log(deeds: Iterable[Deed]) -> list[Deed]:
    """Leave out what only asks for a line in the log."""
    return [deed for deed in deeds if deed.action != "log"]


def _telling(policy: Policy, to: tuple[str, ...]) -> Policy:
    """Let rules that name nobody tell whom a monitor names."""
    if not to:
        return policy
    rules = (
        rule if rule.to is not None else msgspec.structs.replace(rule, to=to)
        for rule in policy.rules
    )
    return msgspec.structs.replace(policy, rules=tuple(rules))


def taken_before(found: Iterable[Escalation]) -> tuple[Taken, ...]:
    """Return what was done, as a decision counts it; what failed may be done again."""
    return tuple(
        Taken(
            rule=one.rule,
            action=one.action,
            target=one.target,
            subjects=one.subjects,
            since=one.since,
            until=one.until,
            at=one.decided_at,
        )
        for one in found
        if one.state != "failed"
    )


class _Asked:
    """A report with all that a decision about it stands on."""

    def __init__(
        self,
        context: Context,
        report: MonitorReport,
        policy: Policy,
        facts: Facts,
        windows: Sequence[Past],
    ) -> None:
        self.context = context
        self.report = report
        self.policy = policy
        self.facts = facts
        self.windows = tuple(windows)
        self.owner = ""
        self.at = now()
        rests = [rule.cooldown for rule in policy.rules]
        self.reach = max([timedelta(days=policy.budget.days), *rests])

    def resolved(self, connection: Connection) -> Resolution:
        """Decide by what was done until now."""
        tenant, since = self.context.tenant, self.at - self.reach
        found = queries.decided_after(connection, tenant, self.report.monitor, since)
        found += queries.about(connection, tenant, self.report)
        each = {one.escalation_id: one for one in found}.values()
        history = History(at=self.at, taken=taken_before(each), windows=self.windows)
        return resolve(self.report, self.facts, self.policy, history)

    def id_of(self, deed: Deed) -> str:
        """Name a deed: the same decision about the same window has the same name."""
        window = self.report.window
        parts = (self.report.monitor, render(window.since), render(window.until))
        told = msgspec.json.encode([*parts, deed.rule, deed.action, deed.target, *deed.subjects])
        return f"esc-{blake3(told).hexdigest()[:N_ID]}"

    def all_made(
        self, work: Work, still: Resolution, plans: dict[str, dict[str, Any]]
    ) -> list[Escalation]:
        """Write what was planned and is still to be done, and keep the decision with it."""
        deeds = [one for one in louder_than_log(still.deeds) if self.id_of(one) in plans]
        made = [self.made(work, deed, plans) for deed in deeds]
        if made:
            name, since = self.report.monitor, self.report.window.since
            kept.put_decision(work.connection, self.context.tenant, name, since, decision_of(still))
        return made

    def made(self, work: Work, deed: Deed, plans: dict[str, dict[str, Any]]) -> Escalation:
        """Write an escalation, and do at once what can be part of the unit."""
        name = self.id_of(deed)
        settings = self._settings(deed, plans)
        one = Escalation(
            escalation_id=name,
            monitor=self.report.monitor,
            watches=self.report.target,
            since=self.report.window.since,
            until=self.report.window.until,
            rule=deed.rule,
            action=deed.action,
            target=deed.target,
            state="proposed",
            subjects=deed.subjects,
            why=deed.why,
            settings=settings,
            evidence=deed.evidence,
            outcome={"plan": plans[name]},
            decided_at=self.at,
        )
        if deed.mode == "act":
            one = self._begun(work, one)
        before = queries.find(work.connection, self.context.tenant, name)
        if before is None:
            queries.put(work.connection, self.context.tenant, one)
        else:
            queries.settle(work.connection, self.context.tenant, one)
        facts: dict[str, object] = {"rule": one.rule, "action": one.action, "state": one.state}
        facts |= {"monitor": one.monitor, "until": render(one.until)}
        work.record("escalation_decided", f"escalation:{name}", facts)
        return one

    def _begun(self, work: Work, one: Escalation) -> Escalation:
        """Do it in the unit; or claim it, where it cannot be part of one."""
        action = self.context.registry.action(one.action)
        if not hasattr(action, "write"):
            return msgspec.structs.replace(one, state="begun")
        try:
            done = action.write(work, self.context, name_of(one), one.settings)
        except HeadgateError as error:
            return settled(self.context, one, "failed", cannot(error))
        return settled(self.context, one, "done", {"done": done})

    def _settings(self, deed: Deed, plans: dict[str, dict[str, Any]]) -> dict[str, Any]:
        if deed.action in TOLD:
            beside = [name for name in plans if name != self.id_of(deed)]
            told = message_of(self.report, deed, self.id_of(deed), beside)
            told["details"] |= {"owner": self.owner} if self.owner else {}
            return told
        return _settings_of(self.report, deed)

    def resolve_alerts(self, work: Work) -> list[Escalation]:
        """Tell those who were told that what they were told of is over; return what is."""
        tenant, window = self.context.tenant, self.report.window
        over: list[Escalation] = []
        troubled = {one.subject for one in self.report.findings}
        for one in queries.open_alerts(work.connection, tenant, self.report.monitor):
            if one.until > window.since or troubled & set(one.subjects):
                continue
            if not _is_known(one, self.report):
                continue
            action = self.context.registry.action(one.action)
            told = action.undo(work, self.context, name_of(one), one.outcome["done"])
            well = {"outcome": one.outcome | {"well": told}, "well_at": now()}
            queries.settle(work.connection, tenant, msgspec.structs.replace(one, **well))
            subject = f"escalation:{one.escalation_id}"
            work.record("escalation_well", subject, {"monitor": one.monitor})
            over.append(one)
        return over


def _is_known(alert: Escalation, report: MonitorReport) -> bool:
    """Say whether a window has the numbers that an alert was about; those of labels come late."""
    found = [(one["check"], one["subject"]) for one in alert.evidence.get("findings", ())]
    there = {(one.check, one.subject) for one in report.measured if one.value is not None}
    return all(each in there for each in found if each[0] in BY_LABELS)


def _settings_of(report: MonitorReport, deed: Deed) -> dict[str, Any]:
    """Say how a deed other than telling somebody is done."""
    if deed.action == "quarantine_source":
        window = {"since": render(report.window.since), "until": render(report.window.until)}
        return {"because": f"monitor {report.monitor}, rule {deed.rule}"} | window
    if deed.action == "rollback":
        return {"reason": f"monitor {report.monitor}, rule {deed.rule}"}
    return {}


def _planned(context: Context, report: MonitorReport, deed: Deed) -> dict[str, Any]:
    """Say what a deed would do; of telling somebody there is nothing to plan."""
    if deed.action in TOLD:
        return {}
    try:
        name = deed.target if deed.action == "retrain" else deed.target.partition(":")[2]
        action = context.registry.action(deed.action)
        return action.plan(context, name, _settings_of(report, deed))
    except HeadgateError as error:
        return cannot(error)
