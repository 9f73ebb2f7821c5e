"""Vulture over the code, without its word on arguments.

Vulture takes every argument of a protocol's method for dead. The linter's ARG rules judge
arguments too, and know protocols, overrides and stubs; so they are left to it.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vulture import Vulture

if TYPE_CHECKING:
    import ast


class Remains(Vulture):
    """Finds what no code names: imports, variables, and lines that are never reached."""

    def visit_arg(self, node: ast.arg) -> None:
        """Leave the argument to the linter."""


def main(root: Path) -> int:
    """Print what is dead with at least the configured confidence."""
    settings: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    settings = settings["tool"]["vulture"]
    remains = Remains()
    remains.scavenge([root / path for path in settings["paths"] if (root / path).exists()])
    dead = remains.get_unused_code(min_confidence=settings["min_confidence"])
    for item in dead:
        sys.stdout.write(f"{item.get_report()}\n")
    return 1 if dead or remains.exit_code else 0


if __name__ == "__main__":
    sys.exit(main(Path()))
