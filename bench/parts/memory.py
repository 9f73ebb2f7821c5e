"""The most memory this process ever had resident."""

from __future__ import annotations

import re
import resource
from pathlib import Path


def peak_bytes() -> int:
    """Return the most memory this process had resident; `getrusage` counts its parent's too."""
    status = Path("/proc/self/status")
    if status.exists():
        kib = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text("ascii"), re.MULTILINE)
        if kib is not None:
            return int(kib[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
