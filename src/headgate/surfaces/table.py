"""Writes verbs.json, the one list of verbs, and the stubs: `python -m headgate.surfaces.table`.

It imports every module that declares operations; reading the list (`headgate.surfaces.verbs`)
imports none.
"""

from __future__ import annotations

import sys

from headgate.surfaces.derive import derive_all, render
from headgate.surfaces.stubs import STUBS, render_stubs
from headgate.surfaces.verbs import VERBS


def main() -> int:
    """Write the file anew."""
    verbs = derive_all()
    VERBS.write_bytes(render(verbs))
    STUBS.write_text(render_stubs(verbs), encoding="utf-8")
    sys.stdout.write(f"{VERBS.name}: {len(verbs)} verbs\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
