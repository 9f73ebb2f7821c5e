"""A pipeline as a module of Dagster: an asset for each step, with its partitions and schedules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from headgate.pipeline.hosts.writing import Made, constant, docstring, literal

if TYPE_CHECKING:
    from headgate.pipeline.hosts.outline import Outline
    from headgate.pipeline.partitions import Partitions

_HEAD = """
import json
import os
import subprocess
import tempfile
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

HEADGATE = os.environ.get("HEADGATE", "headgate")
"""
_BODY = '''

def headgate(verb, *words, **request):
    """Run a verb on the pipeline and return its answer; exit code 1 says that a step failed."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(request, file)
        file.flush()
        command = [HEADGATE, "pipeline", verb, PIPELINE, *words]
        command += ["--file", file.name, "--project", PROJECT, "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"headgate pipeline {verb} ended with {done.returncode}: {done.stdout}")
    return json.loads(done.stdout)


def depends_on(name, step):
    """Say what a step comes after; steps that are parted in another way come before it whole."""
    for other in step["after"]:
        parting = STEPS[other]["partitions"]
        is_whole = parting is not None and parting != step["partitions"]
        mapping = dg.AllPartitionMapping() if is_whole else None
        yield dg.AssetDep(STEPS[other]["key"], partition_mapping=mapping)
    for dataset in step["reads"]:
        yield dg.AssetDep(dg.AssetKey(dataset))


def asset_of(name, step):
    """Make the asset of a step."""
    config = {
        setting: dg.Field(type(value), default_value=value, is_required=False)
        for setting, value in step["settings"].items()
    }

    @dg.asset(
        name=step["key"],
        deps=list(depends_on(name, step)),
        group_name=PIPELINE_KEY,
        config_schema=config,
        partitions_def=PARTITIONS.get(step["partitions"]),
        retry_policy=dg.RetryPolicy(
            max_retries=step["retries"], delay=step["wait_s"], backoff=dg.Backoff.EXPONENTIAL
        ),
    )
    def made(context):
        given = context.op_execution_context.op_config
        settings = {
            setting: str(value)
            for setting, value in given.items()
            if value != step["settings"][setting]
        }
        asked = {"set": settings}
        if step["partitions"] is not None:
            asked["partition"] = context.partition_key
        (done,) = headgate("run", "--step", name, "--once", **asked)["steps"]
        if done["state"] == "failed":
            raise dg.Failure(done["error"], metadata={"run": done["run_id"] or ""})
        told = {name: done[name] for name in ("state", "snapshot", "run_id") if done[name]}
        if done["n_rows"] is not None:
            told["dagster/row_count"] = done["n_rows"]
        return dg.MaterializeResult(metadata=told)

    return made


def given_at(schedule, at):
    """Return the settings that a time of a schedule gives."""
    local = at.astimezone(ZoneInfo(schedule["timezone"]))
    known = {
        "due_at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "date": f"{local:%Y-%m-%d}",
        "day_before": f"{local - timedelta(days=1):%Y-%m-%d}",
    }
    return schedule["set"] | {name: known[wanted] for name, wanted in schedule["give"].items()}


def config_of(settings, steps):
    """Say a run's settings to those of some steps that have them."""
    ops = {}
    for step in steps:
        own = {
            name: type(value)(settings[name])
            for name, value in step["settings"].items()
            if name in settings
        }
        if own:
            ops[step["key"]] = {"config": own}
    return {"ops": ops}


def schedule_of(schedule):
    """Make a schedule of what stands on no partitions."""

    @dg.schedule(
        name=f"{PIPELINE_KEY}__{schedule['name']}",
        job=JOB,
        cron_schedule=schedule["cron"],
        execution_timezone=schedule["timezone"],
    )
    def tick(context):
        given = given_at(schedule, context.scheduled_execution_time)
        return dg.RunRequest(run_config=config_of(given, [BY_KEY[key] for key in FIRST]))

    return tick


def last_settings(instance):
    """Read with what settings the steps ran last that stand on no partitions."""
    found = {}
    for run in instance.get_runs(dg.RunsFilter(job_name=PIPELINE_KEY), limit=1):
        for op in run.run_config.get("ops", {}).values():
            found |= {name: str(value) for name, value in op.get("config", {}).items()}
    return found


def due(plan, settings):
    """List what has to run of the steps that stand on partitions, and that nothing waits for.

    A run is asked for once while nothing that it depends on changes, whether or not it succeeds.
    """
    states = {step["name"]: step["state"] for step in plan}
    for one in plan:
        step = STEPS[one["name"]]
        is_ready = all(states[other] == "cached" for other in step["after"])
        if one["state"] != "run" or not step["is_behind"] or not is_ready:
            continue
        for key in [None] if step["partitions"] is None else one["keys"]:
            yield dg.RunRequest(
                run_key=f"{one['name']}/{key or ''}/{one['digest']}",
                partition_key=key,
                asset_selection=[dg.AssetKey(step["key"])],
                run_config=config_of(settings, [step]),
            )


def new_keys(requests):
    """Say which partitions there are that Dagster was not told of."""
    for name, kind in PARTITIONS.items():
        keys = [BY_KEY[request.asset_selection[0].path[-1]] for request in requests]
        found = [
            request.partition_key
            for request, step in zip(requests, keys, strict=True)
            if step["partitions"] == name
        ]
        if found and isinstance(kind, dg.DynamicPartitionsDefinition):
            yield kind.build_add_request(found)


ASSETS = {step["key"]: asset_of(name, step) for name, step in STEPS.items()}
BY_KEY = {step["key"]: step for step in STEPS.values()}
FIRST = [step["key"] for step in STEPS.values() if not step["is_behind"]]
BEHIND = [step["key"] for step in STEPS.values() if step["is_behind"]]
JOB = dg.define_asset_job(PIPELINE_KEY, dg.AssetSelection.assets(*FIRST))


@dg.sensor(
    name=f"{PIPELINE_KEY}__due",
    asset_selection=dg.AssetSelection.assets(*BEHIND),
    minimum_interval_seconds=60,
)
def look(context):
    """Ask Headgate what has to run of the steps that stand on partitions."""
    settings = last_settings(context.instance)
    requests = list(due(headgate("plan", "--keys", set=settings)["steps"], settings))
    return dg.SensorResult(
        run_requests=requests, dynamic_partitions_requests=list(new_keys(requests))
    )


defs = dg.Definitions(
    assets=list(ASSETS.values()),
    jobs=[JOB] if FIRST else [],
    schedules=[schedule_of(schedule) for schedule in SCHEDULES] if FIRST else [],
    sensors=[look] if BEHIND else [],
)
'''
_SPANS = {
    "hour": ("HourlyPartitionsDefinition", "%Y-%m-%dT%H"),
    "day": ("DailyPartitionsDefinition", "%Y-%m-%d"),
    "week": ("WeeklyPartitionsDefinition", "%Y-%m-%d"),
    "month": ("MonthlyPartitionsDefinition", "%Y-%m"),
}


def dagster(outline: Outline) -> tuple[str, tuple[str, ...]]:
    """Write a pipeline as a module of Dagster.

    Returns:
        The file's text, and what does not translate.
    """
    notes = (*outline.notes, *_notes(outline))
    names = {one: _name_of(one) for one in outline.partitions}
    behind = _behind(outline)
    steps = {
        step.name: {
            "key": _key(step.name),
            "after": outline.inside(step),
            "reads": [_key(name) for name in outline.outside(step)],
            "settings": {
                name: value for name, value in step.settings.items() if name in outline.settings
            },
            "retries": step.retries,
            "wait_s": step.wait_s,
            "partitions": None if step.partitions is None else names[step.partitions],
            "is_behind": step.name in behind,
        }
        for step in outline.steps
    }
    schedules = [
        {
            "name": _key(one.name),
            "cron": one.cron,
            "timezone": one.timezone,
            "set": {name: str(value) for name, value in one.set.items()},
            "give": dict(one.give),
        }
        for one in outline.schedules
    ]
    constants = [
        f'PROJECT = os.environ.get("HEADGATE_PROJECT", {literal(str(outline.root))})',
        constant("PIPELINE", outline.pipeline),
        constant("PIPELINE_KEY", _key(outline.pipeline)),
        constant("PARTITIONS", {names[one]: _definition(one) for one in names}),
        constant("STEPS", steps),
        constant("SCHEDULES", schedules),
    ]
    head = docstring(outline, "dagster", notes) + "\n" + _HEAD.rstrip("\n")
    return "\n".join([head, *constants]) + "\n" + _BODY, notes


def _behind(outline: Outline) -> set[str]:
    """Name the steps with partitions, and those that come after one."""
    found: set[str] = set()
    for step in outline.steps:
        if step.partitions is not None or found.intersection(step.follows):
            found.add(step.name)
    return found


def _key(name: str) -> str:
    """Spell a name as Dagster takes it: letters, digits and _ alone."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _name_of(one: Partitions) -> str:
    what = one.dataset or one.every or "_".join(one.keys[:3])
    return f"{one.column}_{_key(what)}_{one.since}{one.until or ''}".strip("_")


def _definition(one: Partitions) -> Made:
    """Write the definition of partitions."""
    if one.dataset is not None:
        name = f"{one.dataset}.{one.column}"
        return Made("dg.DynamicPartitionsDefinition", {"name": name})
    if one.every is None:
        return Made("dg.StaticPartitionsDefinition", {"partition_keys": list(one.keys)})
    kind, form = _SPANS[one.every]
    given: dict[str, Any] = {"start_date": one.since, "fmt": form, "timezone": one.timezone}
    if one.until is not None:
        given["end_date"] = one.after_last
    if one.every == "week":
        given["day_offset"] = 1
    return Made(f"dg.{kind}", given)


def _notes(outline: Outline) -> list[str]:
    found = [
        f"schedule {one.name}: times that passed while Dagster was away are not caught up"
        for one in outline.schedules
        if one.catch_up != "none"
    ]
    found += [
        f"{name}: called {_key(name)} there"
        for name in [outline.pipeline, *outline.names]
        if _key(name) != name
    ]
    if outline.partitions:
        found += [
            (
                "steps with partitions, and those after them: a sensor asks Headgate once a minute "
                "what has to be made, and makes it with the settings of the job's last run"
            ),
            (
                "partitions: a run is of one; rows of partitions that are there no more stay until "
                f"headgate pipeline run {outline.pipeline}"
            ),
        ]
        found += [
            f"schedule {one.name}: gives a partition, which nobody is told"
            for one in outline.schedules
            if "partition" in one.give
        ]
    return found
