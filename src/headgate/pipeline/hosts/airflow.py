"""A pipeline as a file of Airflow: a task for each step, and one for each group of partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.pipeline.hosts.writing import constant, docstring, literal

if TYPE_CHECKING:
    from headgate.pipeline.hosts.outline import Outline
    from headgate.pipeline.schedule.declared import Schedule

_HEAD = """
from __future__ import annotations

import json
import os
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from airflow.sdk import CronTriggerTimetable, dag, get_current_context, task

HEADGATE = os.environ.get("HEADGATE", "headgate")
"""
_BODY = '''
MOST_MAPPED = 1000
"""Airflow maps a task over 1,024 values at most."""


def headgate(verb, *words, **request):
    """Run a verb on the pipeline; what it says is the task's log."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(request, file)
        file.flush()
        command = [HEADGATE, "pipeline", verb, PIPELINE, *words]
        command += ["--file", file.name, "--project", PROJECT]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout)
    if done.returncode:
        raise RuntimeError(f"headgate pipeline {verb} ended with {done.returncode}")
    return done.stdout


def asked(schedule):
    """Return the settings of this run, and the partition that it is about, or none."""
    context = get_current_context()
    chosen = dict(schedule["set"])
    at = context["dag_run"].logical_date
    if context["dag_run"].run_type == "scheduled" and at is not None:
        local = at.astimezone(ZoneInfo(schedule["timezone"]))
        known = {
            "due_at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "date": f"{local:%Y-%m-%d}",
            "day_before": f"{local - timedelta(days=1):%Y-%m-%d}",
        }
        chosen |= {name: known[wanted] for name, wanted in schedule["give"].items()}
    own = SETTINGS | {"partition": ""}
    given = {name: context["params"][name] for name in own}
    chosen |= {name: str(value) for name, value in given.items() if value != own[name]}
    return {name: value for name, value in chosen.items() if name != "partition"}, chosen.get(
        "partition"
    )


def run_step(name, schedule):
    """Make what has to be made of a step; of one with partitions, all that is left."""
    settings, partition = asked(schedule)
    if partition and STEPS[name]["is_parted"]:
        headgate("run", "--step", name, "--once", set=settings, partition=partition)
    else:
        headgate("run", "--step", name, "--once", set=settings)


def due_keys(name, schedule):
    """List the partitions of a step that have to be made, in groups."""
    settings, partition = asked(schedule)
    plan = json.loads(headgate("plan", "--step", name, "--keys", "--json", set=settings))
    due = [key for key in plan["steps"][0]["keys"] if partition in (None, "", key)]
    size = max(1, -(-len(due) // MOST_MAPPED))
    return [due[start : start + size] for start in range(0, len(due), size)]


def make_keys(keys, name, schedule):
    """Make some partitions of a step."""
    settings, _ = asked(schedule)
    headgate(
        "backfill", "--step", name, "--once", "--apply", set=settings, partitions=keys
    )


def tasks_of(name, schedule):
    """Make the tasks of a step; return the first and the last of them."""
    step = STEPS[name]
    tried = {
        "retries": step["retries"],
        "retry_delay": timedelta(seconds=step["wait_s"]),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=1),
    }
    rule = "none_failed" if step["is_parted"] else "all_success"
    last = task(task_id=name, trigger_rule=rule, **tried)(run_step)(name, schedule)
    if not step["is_parted"]:
        return last, last
    keys = task(task_id=f"{name}__keys")(due_keys)(name, schedule)
    parts = task(task_id=f"{name}__parts", **tried)(make_keys)
    parts.partial(name=name, schedule=schedule).expand(keys=keys) >> last
    return keys, last


def build(schedule):
    """Make the DAG of a schedule."""
    timetable = None
    if schedule["cron"]:
        timetable = CronTriggerTimetable(schedule["cron"], timezone=schedule["timezone"])

    @dag(
        dag_id=schedule["dag_id"],
        schedule=timetable,
        start_date=datetime.fromisoformat(schedule["since"]),
        catchup=schedule["catchup"],
        max_active_runs=1,
        params=SETTINGS | {"partition": ""},
        tags=["headgate"],
        doc_md=__doc__,
    )
    def pipeline():
        made = {name: tasks_of(name, schedule) for name in STEPS}
        for name, step in STEPS.items():
            for other in step["after"]:
                made[other][1] >> made[name][0]

    return pipeline()


DAGS = [build(schedule) for schedule in SCHEDULES]
'''


def airflow(outline: Outline) -> tuple[str, tuple[str, ...]]:
    """Write a pipeline as a file of Airflow.

    Returns:
        The file's text, and what does not translate.
    """
    notes = (*outline.notes, *_notes(outline))
    steps = {
        step.name: {
            "after": outline.inside(step),
            "retries": step.retries,
            "wait_s": step.wait_s,
            "is_parted": step.partitions is not None,
        }
        for step in outline.steps
    }
    schedules = [_schedule(outline, one) for one in outline.schedules] or [_by_hand(outline)]
    constants = [
        f'PROJECT = os.environ.get("HEADGATE_PROJECT", {literal(str(outline.root))})',
        constant("PIPELINE", outline.pipeline),
        constant("SETTINGS", outline.settings),
        constant("STEPS", steps),
        constant("SCHEDULES", schedules),
    ]
    head = docstring(outline, "airflow", notes) + "\n" + _HEAD.rstrip("\n")
    return "\n".join([head, *constants]) + "\n" + _BODY.lstrip("\n"), notes


def _schedule(outline: Outline, one: Schedule) -> dict[str, Any]:
    since = one.begins_at
    is_named = len(outline.schedules) > 1 and one.name != "schedule"
    return {
        "dag_id": f"{outline.pipeline}__{one.name}" if is_named else outline.pipeline,
        "cron": one.cron,
        "timezone": one.timezone,
        "since": _EPOCH if since is None else since.isoformat(),
        "catchup": one.catch_up == "all" and since is not None,
        "set": {name: str(value) for name, value in one.set.items()},
        "give": dict(one.give),
    }


_EPOCH = "2020-01-01T00:00:00+00:00"


def _by_hand(outline: Outline) -> dict[str, Any]:
    return {
        "dag_id": outline.pipeline,
        "cron": "",
        "timezone": "UTC",
        "since": _EPOCH,
        "catchup": False,
        "set": {},
        "give": {},
    }


def _notes(outline: Outline) -> list[str]:
    found = [
        f'schedule {one.name}: catch_up="all" without since= is not caught up'
        for one in outline.schedules
        if one.catch_up == "all" and one.since is None
    ]
    found += [
        f'schedule {one.name}: catch_up="latest" runs no time that passed while Airflow was away'
        for one in outline.schedules
        if one.catch_up == "latest"
    ]
    if outline.partitions:
        found.append(
            "partitions: found when a run begins, and mapped over; the last task of such a step "
            "makes what is left and gives up what is there no more"
        )
    return found
