"""A pipeline as a module of Dagster: an asset for each step, with its partitions and schedules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from headgate.pipeline.hosts.writing import Code, constant, docstring, literal

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


def due_keys(steps, settings=None):
    """List the partitions of some steps that have to be made."""
    found = {}
    for name in steps:
        plan = headgate("plan", "--step", name, "--keys", set=settings or {})
        found |= dict.fromkeys(plan["steps"][0]["keys"])
    return list(found)


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


def job_of(name, parting):
    """Make the job of what one run may hold: steps of one kind of partitions, and of none."""
    first = next(iter(PARTITIONS), None)
    chosen = [
        step["key"]
        for step in STEPS.values()
        if step["partitions"] == parting or (step["partitions"] is None and parting == first)
    ]
    return dg.define_asset_job(name, dg.AssetSelection.assets(*chosen))


def given_at(schedule, at):
    """Return the settings that a time of a schedule gives."""
    local = at.astimezone(ZoneInfo(schedule["timezone"]))
    known = {
        "due_at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "date": f"{local:%Y-%m-%d}",
        "day_before": f"{local - timedelta(days=1):%Y-%m-%d}",
    }
    return schedule["set"] | {name: known[wanted] for name, wanted in schedule["give"].items()}


def config_of(settings):
    """Say a run's settings to each step that has them."""
    ops = {}
    for step in STEPS.values():
        own = {
            name: type(value)(settings[name])
            for name, value in step["settings"].items()
            if name in settings
        }
        if own:
            ops[step["key"]] = {"config": own}
    return {"ops": ops}


def requests_of(parting, job, settings):
    """Ask for the runs of a job: one, or one for each partition that has to be made."""
    partition = settings.pop("partition", None)
    config = config_of(settings)
    if parting is None:
        return [dg.RunRequest(job_name=job, run_config=config)]
    names = [name for name, step in STEPS.items() if step["partitions"] == parting]
    keys = [partition] if partition else due_keys(names, settings)
    return [dg.RunRequest(partition_key=key, job_name=job, run_config=config) for key in keys]


def schedule_of(schedule, job, parting):
    """Make a schedule of a job."""

    @dg.schedule(
        name=f"{job.name}__{schedule['name']}",
        job=job,
        cron_schedule=schedule["cron"],
        execution_timezone=schedule["timezone"],
    )
    def tick(context):
        return requests_of(parting, job.name, given_at(schedule, context.scheduled_execution_time))

    return tick


def sensor_of(parting, job):
    """Make what finds the partitions of a kind that a dataset holds, and asks for those due."""

    @dg.sensor(name=f"{job.name}__keys", job=job, minimum_interval_seconds=60)
    def look(context):
        requests = requests_of(parting, job.name, {})
        keys = [request.partition_key for request in requests]
        return dg.SensorResult(
            run_requests=requests,
            dynamic_partitions_requests=[PARTITIONS[parting].build_add_request(keys)],
        )

    return look


JOBS = {
    parting: job_of(PIPELINE_KEY if number == 0 else f"{PIPELINE_KEY}__{number}", parting)
    for number, parting in enumerate(PARTITIONS or [None])
}
defs = dg.Definitions(
    assets=[asset_of(name, step) for name, step in STEPS.items()],
    jobs=list(JOBS.values()),
    schedules=[
        schedule_of(schedule, job, parting)
        for schedule in SCHEDULES
        for parting, job in JOBS.items()
    ],
    sensors=[
        sensor_of(parting, JOBS[parting])
        for parting, kind in PARTITIONS.items()
        if isinstance(kind, dg.DynamicPartitionsDefinition)
    ],
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


def _key(name: str) -> str:
    """Spell a name as Dagster takes it: letters, digits and _ alone."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _name_of(one: Partitions) -> str:
    what = one.dataset or one.every or "_".join(one.keys[:3])
    return f"{one.column}_{_key(what)}_{one.since}{one.until or ''}".strip("_")


def _definition(one: Partitions) -> Code:
    """Write the definition of partitions."""
    if one.dataset is not None:
        return Code(
            f"dg.DynamicPartitionsDefinition(name={literal(f'{one.dataset}.{one.column}')})"
        )
    if one.every is None:
        listed = ", ".join(literal(key) for key in one.keys)
        return Code(f"dg.StaticPartitionsDefinition([{listed}])")
    kind, form = _SPANS[one.every]
    given: dict[str, Any] = {"start_date": one.since}
    if one.until is not None:
        given["end_date"] = one.after_last
    given |= {"fmt": form, "timezone": one.timezone}
    if one.every == "week":
        given["day_offset"] = 1
    words = ", ".join(f"{name}={literal(value)}" for name, value in given.items())
    return Code(f"dg.{kind}({words})")


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
        found.append(
            "partitions: a run is of one; rows of partitions that are there no more stay until "
            f"headgate pipeline run {outline.pipeline}"
        )
    if any(one.dataset for one in outline.partitions):
        found.append("partitions found in a dataset: a sensor looks for them once a minute")
    if len(outline.partitions) > 1:
        found.append(
            "steps with other partitions are in a job of their own, and run when that is asked for"
        )
    return found
