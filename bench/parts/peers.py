"""Runs a script of ours in an environment that holds the peers, and reads its JSON.

A peer's libraries never meet ours: they are installed from bench/peers.txt into an environment
of their own, anew when the list changes. To add a peer, name it there and in `peer_store.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from typing import Any

from bench.parts.timing import BUILD, ROOT, process

LISTED = ROOT / "bench" / "peers.txt"
FOLDER = BUILD / "peers-venv"


def environment() -> str:
    """Return the interpreter of the peers' environment, made now if it is not there."""
    python = FOLDER / "bin" / "python"
    stamp = FOLDER / "installed.txt"
    wanted = LISTED.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"making {FOLDER}", file=sys.stderr)
        venv.create(FOLDER, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "-r", str(LISTED)], check=True)
        stamp.write_text(wanted)
    return str(python)


def run(script: str, *arguments: str) -> Any:
    """Run a module of `bench.parts` among the peers; return what it printed as JSON."""
    command = [environment(), "-m", f"bench.parts.{script}", *arguments]
    return json.loads(process(command, cwd=ROOT)[1].splitlines()[-1])
