"""The catalog's log is emptied, also when somebody else is about to empty it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from headgate.spine.store.erasing.scrubbing import scrub
from tests.asking import commit

if TYPE_CHECKING:
    from headgate.spine.context import Context

# the byte that SQLite locks while it empties a log: https://www.sqlite.org/walformat.html
HOLDER = """
import fcntl, sys, time

with open(sys.argv[1], "r+b") as shared:
    fcntl.lockf(shared, fcntl.LOCK_EX, 1, 121)
    print("held", flush=True)
    time.sleep(0.4)
"""


def test_who_empties_the_log_at_the_same_time_is_waited_for(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    log = context.root / ".headgate" / "catalog.db-wal"
    shared = log.with_name("catalog.db-shm")
    command = [sys.executable, "-c", HOLDER, str(shared)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()

        scrub(context.catalog)

    assert holder.returncode == 0
    assert log.stat().st_size == 0
