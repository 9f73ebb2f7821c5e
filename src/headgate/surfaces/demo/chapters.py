"""The chapters of the poisoned week, each told as it happens; every number is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.surfaces.cli.paint import count
from headgate.surfaces.demo import incident
from headgate.surfaces.demo.arriving import prepare, receive
from headgate.surfaces.demo.cases import N_HELD_OUT
from headgate.surfaces.demo.incident import BLAST, ROLLBACK, Wrong
from headgate.surfaces.demo.serving import serve_day
from headgate.surfaces.demo.training import held_out, inputs, labels, train_clean
from headgate.surfaces.demo.weeks import Total, live_through
from headgate.surfaces.demo.world import DAYS, GOOD_ROWS

if TYPE_CHECKING:
    from headgate.surfaces.demo.world import Service, World


def introduction(world: World) -> None:
    """Say what will be seen."""
    world.teller.title(
        "The poisoned week",
        "real data, no network, public commands only; every number is computed as you watch",
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
            f"right: share of the same {N_HELD_OUT} held-out tumours. "
            f"! clinic-south's files are wrong (the reader knows; the system does not)."
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
    return report


def tracing(world: World) -> Wrong:
    """Follow one wrong answer back to the source."""
    wrong = incident.find_wrong(world, world.history[1])
    world.project.prediction.feedback(wrong.prediction_id, "label", wrong.truth)
    with world.teller.chapter("One wrong answer, traced back"):
        world.teller.say(
            f"Pathology reports on {wrong.case_id}: {wrong.truth}. `triage` had said "
            f"{wrong.answer}, {wrong.confidence:.0%} sure. The case itself is clean, and the model "
            f"before the bad week calls it {wrong.before}: the answer is wrong for what the model "
            "learned, not for what it was shown."
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
        world.teller.say("")
        _compare(world, (before, "before"), (world.services["triage"], "rolled back"))
    return done


def after(world: World, first: Any, total: Total) -> Any:
    """Serve the next day from the clean release and show that nothing more is touched."""
    with world.teller.chapter("The next day's answers are clean"):
        arrived = receive(world, DAYS[-1])
        prepare(world)
        n_logged = serve_day(world, DAYS[-1], where=GOOD_ROWS)
        total.add(arrived, n_logged)
        report = incident.blast(world)
        _unchanged(world, first, report, n_logged)
    return report
