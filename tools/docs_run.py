"""Runs the blocks of a page as a reader would: one shell, from the top, in an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

from tools.docs_blocks import blocks_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.docs_blocks import Block

ROOT = Path(__file__).resolve().parent.parent
READER = "ada"
HOME = "/home/ada"
PORT = "7411"
LIMIT_S = 120.0
END = "--- end of block ---"
STAMP = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{6})?(Z|\+00:00|\b)")
IDENTIFIER = re.compile(r"\b([a-z]{2,8})_(01[0-9a-hjkmnp-tv-z]{16,24})\b")
DIGEST = re.compile(r"\b[0-9a-f]{12,64}\b")
TOOK = re.compile(r"(found in |took +|about (?=\d+\.\d s)|\"took_ms\": ?)\d+(\.\d+)?")


@dataclass(frozen=True)
class Stage:
    """Where a page is run: a reader's own machine, or one with servers of others beside it.

    Args:
        name: as in `<!-- on: NAME -->`.
        environment: variables that lead to its servers.
        shown: what the page shows in the place of texts that are others in every run.
        limit_s: after so long the page is ended [s].
    """

    name: str = ""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    shown: Mapping[str, str] = field(default_factory=dict[str, str])
    limit_s: float = LIMIT_S


OWN = Stage()


@dataclass
class Mask:
    """Makes one run's output look like another's: times, ids, digests, folder and port.

    Args:
        folder: where the page is run.
        port: the port that stands for 7411.
        began_at: when the page began to run.
        shown: further texts, each with what stands for it.
    """

    folder: Path
    port: str
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    shown: Mapping[str, str] = field(default_factory=dict[str, str])
    known: dict[str, str] = field(default_factory=dict[str, str])

    def __call__(self, text: str) -> str:
        """Return the text as every run writes it."""
        text = text.replace(str(self.folder), HOME).replace(f":{self.port}", f":{PORT}")
        for was, shown in self.shown.items():
            text = text.replace(was, shown)
        text = IDENTIFIER.sub(lambda found: f"{found[1]}_{self._numbered(found[2])}", text)
        text = STAMP.sub(self._moment, text)
        text = DIGEST.sub(self._digest, text)
        return TOOK.sub(lambda found: f"{found[1]}12", text)

    def _numbered(self, name: str) -> str:
        return self.known.setdefault(name, f"{len(self.known) + 1:0{len(name)}d}")

    def _digest(self, found: re.Match[str]) -> str:
        """Replace a digest, the same one by the same, wherever it is cut off."""
        text = found[0]
        if text.isdigit() or text.isalpha():
            return text
        pseudonym = self.known.setdefault(
            text[:12], sha256(str(len(self.known)).encode()).hexdigest()
        )
        return pseudonym[: len(text)]

    def _moment(self, found: re.Match[str]) -> str:
        since = datetime.fromisoformat(found[0]).replace(tzinfo=UTC) - self.began_at
        if not timedelta(seconds=-5) <= since <= timedelta(hours=1):
            return found[0]
        fraction = ".000000" if found[1] else ""
        return f"2026-11-21{found[0][10]}09:30:00{fraction}{found[2]}"


class Shell:
    """One shell that lives as long as the page; a command that fails ends it.

    Args:
        folder: where it begins.
        port: the port that stands for 7411.
        stage: what the environment holds beside a reader's own.
    """

    def __init__(self, folder: Path, port: str, stage: Stage) -> None:
        self._folder = folder
        self._port = port
        self._scripts = folder.with_name(folder.name + "-blocks")
        self._scripts.mkdir()
        self._process = subprocess.Popen(
            ["bash", "-s"],
            cwd=folder,
            env={**environment(folder, port), **stage.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._input: Any = self._process.stdin
        self._output: Any = self._process.stdout
        self._watch = Timer(stage.limit_s, os.killpg, (self._process.pid, signal.SIGKILL))
        self._watch.start()
        self._send("set -euo pipefail")

    def run(self, block: Block) -> tuple[str, bool]:
        """Run a block, or save it where its comment says.

        Returns:
            What it wrote to either stream, and whether it went through.
        """
        code = block.code.replace(f":{PORT}", f":{self._port}")
        if block.comment == "file:":
            path = self._folder / block.said
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code, encoding="utf-8")
            return "", True
        script = self._scripts / f"line_{block.line}.{block.language}"
        script.write_text(code, encoding="utf-8")
        how = "." if block.language == "sh" else "python"
        self._send(f"{how} {script} </dev/null\necho '{END}'")
        return self._answer()

    def close(self) -> None:
        """End the shell and what it started, such as a server in the background."""
        self._watch.cancel()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.communicate()
        shutil.rmtree(self._scripts)

    def _send(self, text: str) -> None:
        self._input.write(text + "\n")
        self._input.flush()

    def _answer(self) -> tuple[str, bool]:
        lines: list[str] = []
        for line in self._output:
            text, is_end, _ = line.partition(END)
            lines.append(text)
            if is_end:
                return "".join(lines), True
        return "".join(lines), False


def environment(folder: Path, port: str) -> dict[str, str]:
    """Return the reader's environment: this installation first, nothing of Headgate's set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADGATE_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    own = {"HEADGATE_ACTOR": READER, "HEADGATE_SERVER_PORT": port, "CHECKOUT": str(ROOT)}
    return kept | own | {"PATH": path, "HOME": str(folder)}


def run_page(page: Path, folder: Path, stage: Stage = OWN) -> dict[int, str]:
    """Run every block of a page that a reader would run.

    Args:
        page: the page.
        folder: an empty folder to begin in.
        stage: what is set up around it.

    Returns:
        For the line of each block run, what it wrote, masked.

    Raises:
        AssertionError: a block failed.
    """
    port = free_port()
    shell, mask = Shell(folder, port, stage), Mask(folder, port, shown=stage.shown)
    outputs: dict[int, str] = {}
    try:
        for block in blocks_of(page.read_text(encoding="utf-8")):
            if block.is_run_on(stage.name) or block.comment == "file:":
                output, is_done = shell.run(block)
                outputs[block.line] = mask(output)
                if not is_done:
                    raise AssertionError(f"{page.name}:{block.line} failed\n{output}")
    finally:
        shell.close()
    return outputs


def free_port() -> str:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
