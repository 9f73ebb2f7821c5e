"""Taking that is killed: what landed landed whole, and taking everything again ends the same."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import headgate
from headgate.spine.context import open_context
from headgate.spine.lineage.foreign import log
from headgate.spine.lineage.foreign.tables import metadata
from tests.pipeline.openlineage.telling import told

if TYPE_CHECKING:
    from headgate.surfaces.python import Project

CHUNK = 15
TAKING = """
import sys
from pathlib import Path
import headgate
from headgate.pipeline.openlineage import taking
taking.CHUNK_EVENTS = int(sys.argv[3])
with headgate.open(sys.argv[1]) as project:
    project.lineage.take(Path(sys.argv[2]).read_bytes())
"""


def n_taken(project: Project) -> int:
    return project.lineage.events(limit=1).n_all


def held(project: Project) -> dict[str, list[Any]]:
    """Read all that was made of the events."""
    context = open_context(Path(project.address))
    with context.catalog.read() as connection:
        rows: dict[str, list[Any]] = {
            one.name: sorted(map(repr, connection.execute(one.select())))
            for one in metadata.sorted_tables
            if one.name not in {"foreign_frames", "foreign_links"}
        }
        rows["events"] = list(log.read_events(connection, "default", range(1, 4000)).values())
    context.opened.close()
    return rows


def test_events_whose_taking_was_killed_are_taken_again_to_the_same_end(
    project: Project, tmp_path: Path
) -> None:
    lines = [
        json.dumps(
            told(f"j{at % 7}", at // 2, kind=("START", "COMPLETE")[at % 2], reads=(f"t{at}",))
        )
        for at in range(3000)
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(lines))
    command = [sys.executable, "-c", TAKING, project.address, str(file), str(CHUNK)]

    with subprocess.Popen(command) as taking:
        while n_taken(project) == 0 and taking.poll() is None:
            time.sleep(0.01)
        taking.kill()
    n_before = n_taken(project)
    again = project.lineage.take(file.read_bytes())

    assert 0 < n_before < len(lines)
    assert n_before % CHUNK == 0
    assert (again.n_known, again.n_new) == (n_before, len(lines) - n_before)
    with headgate.init(tmp_path / "whole") as whole:
        whole.lineage.take(file.read_bytes())
        assert held(project) == held(whole)
