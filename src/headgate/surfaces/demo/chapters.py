"""The chapters of the poisoned week, each told as it happens; every number is computed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import count
from headgate.surfaces.cli.show.blast import share
from headgate.surfaces.demo import incident
from headgate.surfaces.demo.arriving import prepare, receive
from headgate.surfaces.demo.cases import N_HELD_OUT
from headgate.surfaces.demo.incident import BLAST, ROLLBACK, Wrong
from headgate.surfaces.demo.serving import serve_day
from headgate.surfaces.demo.tour import Stop, stops, tour_lines, way_there, write_tour
from headgate.surfaces.demo.training import train_clean
from headgate.surfaces.demo.weeks import Total, live_through
from headgate.surfaces.demo.world import DAYS, GOOD_ROWS

if TYPE_CHECKING:
    from headgate.surfaces.demo.world import World

AFTERWARDS = DAYS[-1] + timedelta(days=1)
SCORES = (-9, 21, 8, -9)


def introduction(world: World) -> None:
    """Say what will be seen."""
    world.teller.title(
        "The poisoned week",
        "real data, no network, public commands only; every number is computed",
    )
    n_sent = sum(len(rows) for rows in world.cases.sent.values())
    world.teller.say(
        f"Four clinics send {n_sent} measured tumours (scikit-learn's breast cancer table) over "
        f"{len(DAYS)} days, and {len(world.documents)} READMEs of installed packages make a "
        "handbook. `triage` says whether a tumour is malignant; `triage-north` does so for one "
        "clinic with a model of its own; `helpdesk` answers questions from the handbook. In the "
        "second week one clinic's export goes wrong, and nothing stops it: every value is still a "
        "number where a number belongs."
    )


def two_weeks(world: World) -> Total:
    """Tell the days until someone notices."""
    with world.teller.chapter("Two weeks in production"):
        total = live_through(world)
        world.teller.say(
            f"accuracy: on the same {N_HELD_OUT} held-out tumours each time.  ! what is wrong in "
            "clinic-south's files that day; you know it, the system does not."
        )
        world.teller.say(
            f"{total.n_read:,} records came, {total.n_taken:,} went in, {total.n_quarantined:,} "
            f"torn lines wait in quarantine; {total.n_logged:,} answers are in the log, each with "
            "the rows it was made from."
        )
    return total


def discovery(world: World) -> Any:
    """Ask what the bad week touched, and show it."""
    with world.teller.chapter("Monday: clinic-south calls. Its files were wrong all last week"):
        world.teller.say("Which rows, versions, models, answers and people did that touch?")
        report = incident.blast(world)
        incident.show_report(world, "blast", report, BLAST)
        clean = world.history[1]
        n_changed, n_all = incident.replay(world, report, clean)
        world.teller.blank()
        world.teller.say(
            f"So the answers were asked for again: of {n_all:,} exposed ones {n_changed:,} "
            f"({share(n_changed / n_all)}) come out otherwise from {clean.release}, the last "
            "release that is clean.",
            "yellow",
        )
    return report


def tracing(world: World) -> Wrong:
    """Follow one wrong answer back to the source."""
    wrong = incident.find_wrong(world, world.history[1])
    world.project.prediction.feedback(wrong.prediction_id, "label", wrong.truth)
    with world.teller.chapter("One wrong answer, traced back"):
        world.teller.say(
            f"Pathology reports on {wrong.case_id}: {wrong.truth}. `triage` had said "
            f"{wrong.answer}, {share(wrong.confidence)} sure. The case itself is clean, and the "
            f"model before the bad week calls it {wrong.before}: the answer is wrong for what the "
            "model learned, not for what it was shown."
        )
        report = world.project.trace(wrong.prediction_id)
        incident.show_report(world, "trace", report, f"headgate trace {wrong.prediction_id}")
    return wrong


def rolling_back(world: World) -> Any:
    """Plan the rollback, then do it."""
    before = world.services["triage"]
    with world.teller.chapter("Back to a release that the bad rows never reached"):
        world.teller.say("A plan first; it changes nothing.")
        plan = incident.roll_back(world, apply=False)
        incident.show_report(world, "rollback", plan, f"{ROLLBACK} --plan")
        done = incident.roll_back(world, apply=True)
        incident.show_report(world, "rollback", done, f"{ROLLBACK} --apply")
        now = world.services["triage"]
        wrong = [incident.n_wrong(world, service) for service in (before, now)]
        world.teller.blank()
        world.teller.say(
            f"Of the {N_HELD_OUT} held-out tumours {before.release} gets {wrong[0]} wrong, "
            f"{now.release} {wrong[1]}.",
            "green",
        )
    return done


def next_day(world: World, first: Any, total: Total) -> Any:
    """Serve the next day from the clean release and show that nothing more is touched."""
    with world.teller.chapter("The next day's answers are clean"):
        arrived = receive(world, DAYS[-1])
        prepare(world)
        n_logged = serve_day(world, DAYS[-1], where=GOOD_ROWS)
        total.add(arrived, n_logged)
        report = incident.blast(world)
        world.teller.say(
            f"{n_logged:,} more answers, from {world.services['triage'].release} and with the bad "
            "cases withheld. The same blast, asked again:"
        )
        _beside(world, first, report)
    return report


def retraining(world: World, total: Total) -> Any:
    """Train without the bad rows, put that in service, and ask once more."""
    with world.teller.chapter("A new model without the bad rows"):
        service = train_clean(world, GOOD_ROWS)
        n_logged = serve_day(world, AFTERWARDS, where=GOOD_ROWS)
        total.n_logged += n_logged
        report = incident.blast(world)
        world.teller.say(
            f"{service.release} learned from every good row of features, which also hold the bad "
            f"ones. It is in service and has given {n_logged:,} answers; the blast still says "
            f"{report.predictions.n_exposed:,} exposed and {report.predictions.n_exact:,} exact."
        )
        coarse = report.dataset_level
        world.teller.say(
            f"Lineage between datasets would call {coarse.n_models} models touched, the new one "
            f"and the northern clinic's own among them; by rows there are {len(report.models)}."
        )
        _scores(world, report)
    return report


def ending(world: World, wrong: Wrong, total: Total) -> tuple[Stop, ...]:
    """Show the other direction once, then what to go on with."""
    package, row_id = incident.first_document(world)
    entries = stops(prediction_id=wrong.prediction_id, document_row=row_id)
    with world.teller.chapter("The same question, asked about one README"):
        quoted = world.project.blast(f"row:{row_id}")
        versions = _snapshots(quoted, "passages")
        world.teller.say(
            f"The README of {package} stands in {len(versions)} versions of the index, in the last "
            f"as {versions[-1].n_bad} passages; {quoted.predictions.n_exact:,} answers to "
            f"{quoted.users.n_exact:,} people were made from them."
        )
    write_tour(world.root, entries)
    world.teller.blank()
    world.teller.heading("Go on from here")
    world.teller.lines(tour_lines(way_there(world.root), entries, world.teller.paint))
    world.teller.blank()
    world.teller.heading(
        f"{count(total.n_logged, 'prediction')} logged, one bad week found and undone, "
        f"in {world.teller.elapsed_s:.0f} s"
    )
    return entries


def _beside(world: World, first: Any, report: Any) -> None:
    """Set the first answer of the blast beside the newest."""
    rows = [
        ("predictions exposed", first.predictions.n_exposed, report.predictions.n_exposed),
        ("predictions exact", first.predictions.n_exact, report.predictions.n_exact),
        ("people exposed", first.users.n_exposed, report.users.n_exposed),
        ("models", len(first.models), len(report.models)),
        ("live releases in reach", _n_live(first), _n_live(report)),
        ("predictions in the log", first.predictions.n_all, report.predictions.n_all),
    ]
    told = [(name, count(before), count(now)) for name, before, now in rows]
    world.teller.blank()
    for name, before, now in (("", "on Monday", "now"), *told):
        world.teller.row((name, before, now), (-22, 9, 9), "" if name else "bold")


def _scores(world: World, report: Any) -> None:
    """Show every release of triage: what it learned from, and what it gets right."""
    learned = {one.ref: one for one in report.models}
    world.teller.blank()
    world.teller.row(("release", "bad rows learned from", "accuracy", ""), SCORES, "bold")
    for service in world.history:
        model = learned.get(service.model_ref)
        bad = f"{model.n_bad:,} of {model.n_rows:,}" if model else "none"
        verdict = "in reach" if service.release in report.releases else "clean"
        right = f"{service.accuracy:.1%}".replace("%", " %")
        style = "yellow" if model else "green"
        world.teller.row((service.release, bad, right, verdict), SCORES, style)


def _n_live(report: Any) -> int:
    return sum(one.is_live for one in report.deployments)


def _snapshots(report: Any, dataset: str) -> tuple[Any, ...]:
    return next((one.snapshots for one in report.datasets if one.dataset == dataset), ())
