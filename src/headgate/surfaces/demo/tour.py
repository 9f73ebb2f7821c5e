"""The commands to go on with, printed at the end and kept in the demo's folder."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.surfaces.demo.cases import BAD_DAYS, CLINICS
from headgate.surfaces.demo.folder import SIGN, TOUR
from headgate.surfaces.demo.incident import BLAST, ROLLBACK
from headgate.surfaces.demo.world import DAYS

if TYPE_CHECKING:
    from headgate.surfaces.cli.paint import Paint

Stop = tuple[str, str]


def stops(*, prediction_id: str, document_row: int) -> tuple[Stop, ...]:
    """List commands, each with what it shows.

    Args:
        prediction_id: a wrong answer.
        document_row: row id of a README that answers quote.
    """
    units = (
        "select taken_on, count(*) n, round(avg(mean_radius), 1) radius from measurements "
        "where clinic = 'south' group by 1 order by 1"
    )
    since, to = (len(CLINICS) * (DAYS.index(BAD_DAYS[0]) + n) for n in (0, 1))
    return (
        ("headgate dataset log measurements", "every version of the data"),
        (
            f"headgate dataset diff measurements --from {since} --to {to} --limit 1",
            "what bad Monday brought",
        ),
        (f'headgate query "{units}"', "the change of unit, seen in SQL"),
        ("headgate quarantine show measurements", "the torn lines, with file, line and reason"),
        (BLAST, "what the bad week touched"),
        (f"headgate blast row:{document_row}", "which answers quoted one README"),
        (f"headgate trace {prediction_id}", "where a wrong answer came from"),
        (f"{ROLLBACK} --plan", "which releases of triage are clean"),
        ("headgate deployment show triage", "every move of it, by whom and why"),
        ("headgate prompt diff answer@1 answer@2", "what the helpdesk is told"),
        ("headgate up", "the same for programs: a local server with an API"),
    )


def tour_lines(ways: list[str], entries: tuple[Stop, ...], paint: Paint) -> list[str]:
    """Lay the commands out, each under what it shows, after those that lead there."""
    lines = [paint.style("cyan", way) for way in ways]
    for command, about in entries:
        lines += ["", paint.style("dim", f"# {about}"), paint.style("cyan", command)]
    return lines


def write_tour(root: Path, entries: tuple[Stop, ...]) -> None:
    """Keep the commands in the folder, for another day."""
    told = "\n".join(f"# {about}\n{command}\n" for command, about in entries)
    text = (
        f"{SIGN}\n# The poisoned week\n\nA project made by `headgate demo poison`; running that "
        f"again makes it anew. In this folder:\n\n```sh\n{told}```\n"
    )
    (root / TOUR).write_text(text, encoding="utf-8")


def way_there(root: Path) -> list[str]:
    """List what to type so that the commands work: into the folder, and headgate on the path."""
    home = Path(sys.executable).parent
    found = shutil.which("headgate")
    ways = (
        []
        if found and Path(found).parent == home
        else [f"export PATH={shlex.quote(str(home))}:$PATH"]
    )
    return [*ways, f"cd {shlex.quote(str(root))}"]
