"""Runs a script of ours in an environment that holds peers, and reads its JSON.

A peer's libraries never meet ours: what a list such as bench/peers.txt names is installed into an
environment of its own, build/bench/peers-venv, anew when the list changes. Peers that do not go
together have a list each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from typing import Any

from bench.parts.timing import BUILD, ROOT, process

LISTED = "peers"


def environment(listed: str = LISTED) -> str:
    """Return the interpreter of the environment of a list, made now if it is not there.

    Args:
        listed: the list's name; `peers` is bench/peers.txt.
    """
    wanted = ROOT / "bench" / f"{listed}.txt"
    folder = BUILD / f"{listed}-venv"
    python = folder / "bin" / "python"
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        print(f"making {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "-r", str(wanted)], check=True, cwd=ROOT)
        stamp.write_text(wanted.read_text())
    return str(python)


def run(script: str, *arguments: str, listed: str = LISTED) -> Any:
    """Run a module of `bench.parts` among the peers of a list; return its JSON."""
    command = [environment(listed), "-m", f"bench.parts.{script}", *arguments]
    return json.loads(process(command, cwd=ROOT)[1].splitlines()[-1])
