"""Blast radius at 5M source rows, 60 snapshots and 10M predictions, beside recursive queries.

Run `python -m bench.blast`. The world is built once by public verbs and kept in build/bench.
Then the same questions are asked in this process, by the command, and of a plain edge table.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import headgate
from bench.parts.naive import InDuckDB, InSqlite, Reach
from bench.parts.plan import Plan, Question, questions
from bench.parts.timing import (
    Timing,
    console,
    in_turn,
    load,
    process,
    repeated,
    show,
    tell,
    timed,
    worked,
)
from bench.parts.world import World, open_world

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

BUDGET_S = 0.5
COMMAND_BUDGET_S = 1.0


class Compared(NamedTuple):
    """One question answered by us and by the naive ways.

    Args:
        question: what was asked.
        ours: our time [s].
        naive: the time of each naive way [s].
        agree: whether every count is the same.
        reach: the counts.
    """

    question: Question
    ours: float
    naive: dict[str, float]
    agree: bool
    reach: Reach


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print its figures; return 1 if an answer is wrong."""
    options = _options(arguments)
    plan = Plan(options.scale, options.days, options.share)
    world = open_world(plan)
    facts = world.facts
    sizes = {
        "source rows": len(facts.batches) * plan.n_file_rows,
        "batches": len(facts.batches),
        "snapshots": len(facts.versions),
        "models": len(facts.models),
        "releases and deployments": len(facts.releases),
        "predictions": facts.n_predictions,
        "edges from predictions to rows": int(3 * plan.share * facts.n_predictions),
        "edges of the naive graph": facts.n_edges,
        "seconds to build it": facts.built_s,
    }
    show(f"world {plan.name}, {load()}", ["what", "count"], list(sizes.items()))
    with headgate.open(world.project) as project:
        _in_process(project, plan, options.rounds)
        _details(project, facts.n_predictions)
        _as_command(world, plan, options.runs)
        if options.ours_only:
            return 0
        compared = compare(project, world, _chosen(plan), with_sqlite=not options.no_sqlite)
    _show_compared(compared)
    return 0 if all(one.agree for one in compared) else 1


def compare(
    project: Project, world: World, asked: list[Question], *, with_sqlite: bool = True
) -> list[Compared]:
    """Ask us and the naive ways the same, one after the other, and compare the counts."""
    filled = InDuckDB(world.folder)
    ways: list[InDuckDB | InSqlite] = [filled]
    if with_sqlite:
        ways.append(InSqlite(world.folder, filled))
    started = time.perf_counter()
    compared: list[Compared] = []
    for question in asked:
        compared.append(_compared(project, world, question, filled, ways))
        tell(started, f"{len(compared)} of {len(asked)} questions are compared")
    for way in ways:
        way.close()
    return compared


def _compared(
    project: Project,
    world: World,
    question: Question,
    filled: InDuckDB,
    ways: list[InDuckDB | InSqlite],
) -> Compared:
    batches = [
        node
        for node, source, index in world.facts.batches
        if source == question.source and question.first <= index <= question.last
    ]
    report = _ask(project, question)
    ours = repeated(lambda: _ask(project, question), runs=5).median
    naive: dict[str, float] = {}
    answers: list[Reach] = []
    for way in ways:
        naive[way.name], answer = timed(lambda way=way: way.reach(batches))
        answers.append(answer)
    bad = {
        world.facts.versions[place]: n_rows for place, n_rows in filled.bad_rows(batches).items()
    }
    agree = all(answer == _reach_of(report) for answer in answers) and bad == _bad_of(report)
    return Compared(question, ours, naive, agree, answers[0])


def _ask(project: Project, question: Question) -> Any:
    first, last = question.window
    return project.blast(question.ref, from_=first, to=last)


def _reach_of(report: Any) -> Reach:
    return Reach(
        n_snapshots=sum(len(one.snapshots) for one in report.datasets),
        n_models=len(report.models),
        n_deployments=len({one.name for one in report.deployments}),
        n_exposed=report.predictions.n_exposed,
        n_exact=report.predictions.n_exact,
        n_users_exposed=report.users.n_exposed,
        n_users_exact=report.users.n_exact,
    )


def _bad_of(report: Any) -> dict[str, int]:
    return {
        f"{dataset.dataset}@{snapshot.number}": snapshot.n_bad
        for dataset in report.datasets
        for snapshot in dataset.snapshots
    }


def _in_process(project: Project, plan: Plan, rounds: int) -> None:
    asked = questions(plan)
    first = worked(lambda: _ask(project, asked["one day"][0]))
    every = [(name, one) for name, found in asked.items() for one in found] * rounds
    random.Random(7).shuffle(every)
    seconds: dict[str, list[tuple[float, float]]] = {}
    for name, question in every:
        took = worked(lambda question=question: _ask(project, question))
        seconds.setdefault(name, []).append(took)
    rows: list[list[object]] = [
        ["first call", 1, first[0], first[0], first[1], "-"],
        *(_row(name, seconds[name]) for name in asked),
        _row("all of them", [one for found in seconds.values() for one in found]),
    ]
    title = f"(a) project.blast, in this process; budget {BUDGET_S} s at the 95th percentile"
    head = ["source bad for", "calls", "median s", "p95 s", "median cpu s", "budget"]
    show(f"{title}, {load()}", head, rows)


def _row(name: str, seconds: list[tuple[float, float]]) -> list[object]:
    wall, cpu = (Timing(tuple(one[side] for one in seconds)) for side in (0, 1))
    verdict = "held" if wall.p95 <= BUDGET_S else "missed"
    return [name, len(seconds), wall.median, wall.p95, cpu.median, verdict]


def _details(project: Project, n_predictions: int) -> None:
    draw = random.Random(11)
    rids = project.dataset.read("orders", columns=["unit"], row_ids=True)["_rid"].to_pylist()
    rows = [f"row:{rid}" for rid in draw.sample(rids, 20)]
    made = [f"prediction:p{draw.randrange(n_predictions)}" for _ in range(20)]
    blasts = Timing(tuple(timed(lambda ref=ref: project.blast(ref))[0] for ref in rows))
    traces = Timing(tuple(timed(lambda ref=ref: project.trace(ref))[0] for ref in made))
    found: list[list[object]] = [
        ["blast row:ID", 20, blasts.median, blasts.p95],
        ["trace prediction:ID", 20, traces.median, traces.p95],
    ]
    show("(c) single things, in this process", ["what", "calls", "median s", "p95 s"], found)


def _as_command(world: World, plan: Plan, runs: int) -> None:
    asked = questions(plan)
    middle = {name: found[len(found) // 2] for name, found in asked.items()}
    commands: dict[str, list[str]] = {"python -c pass": [sys.executable, "-c", "pass"]}
    for name, question in middle.items():
        first, last = question.window
        command = [console("headgate"), "blast", question.ref, "--from", first, "--to", last]
        commands[f"blast, {name}"] = [*command, "--json", "--project", str(world.project)]
        json.loads(process(commands[f"blast, {name}"])[1])
    rows: list[list[object]] = [
        [name, runs, timing.median, max(timing.seconds), _verdict(timing)]
        for name, timing in in_turn(commands, runs=runs).items()
    ]
    title = f"(b) headgate blast … --json, whole process; budget {COMMAND_BUDGET_S} s, median"
    show(f"{title}, {load()}", ["command", "runs", "median s", "slowest s", "budget"], rows)


def _verdict(timing: Timing) -> str:
    return "held" if timing.median <= COMMAND_BUDGET_S else "missed"


def _chosen(plan: Plan) -> list[Question]:
    asked = questions(plan)
    days = asked["one day"]
    return [days[0], days[len(days) // 2], days[-1], asked["three days"][0], asked["all days"][0]]


def _show_compared(compared: list[Compared]) -> None:
    names = list(compared[0].naive)
    head = ["source and days", "exposed", "exact", "ours s"]
    head += [part for name in names for part in (f"{name} s", "ratio")] + ["answers"]
    rows: list[list[object]] = []
    for one in compared:
        ratios = [part for name in names for part in _ratio(one.naive[name], one.ours)]
        what = f"{one.question.source} {one.question.first}-{one.question.last}"
        counts = [one.reach.n_exposed, one.reach.n_exact]
        rows.append([what, *counts, one.ours, *ratios, "agree" if one.agree else "DIFFER"])
    show("(d) beside an edge table and a recursive query, at the same scale", head, rows)


def _ratio(naive: float, ours: float) -> tuple[object, object]:
    return naive, f"{naive / ours:.0f}x"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size")
    parser.add_argument("--days", type=int, default=10, help="days on which data arrives")
    parser.add_argument("--share", type=float, default=1.0, help="predictions that name rows")
    parser.add_argument("--rounds", type=int, default=2, help="times each question is asked")
    parser.add_argument("--runs", type=int, default=7, help="runs of each command")
    parser.add_argument("--ours-only", action="store_true", help="leave the comparison out")
    parser.add_argument("--no-sqlite", action="store_true", help="compare with DuckDB alone")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
