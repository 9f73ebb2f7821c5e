"""Runs the command line as `python -m headgate`."""

from __future__ import annotations

import sys

from headgate.surfaces.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
