"""A project into which two sources bring people day by day, and a monitor that watches them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from headgate.surfaces.python import Project

FIRST = datetime(2026, 11, 2, tzinfo=UTC)
N_DAILY = 700
MONITOR = """\
monitor: people
watch: dataset:people
reference: people@2
columns: {exclude: [id], important: [age]}
"""
CITIES = ("Oslo", "Rome", "Bonn")


class World:
    """Days of people; what a source brings is well unless said otherwise.

    Args:
        project: the project.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.root = Path(project.address)
        self.n_days = 0
        self.day()
        (self.root / "monitors").mkdir(exist_ok=True)
        (self.root / "monitors" / "people.yaml").write_text(MONITOR, encoding="utf-8")

    @property
    def until(self) -> str:
        """When the newest day ended."""
        return (FIRST + timedelta(days=self.n_days)).isoformat()

    def day(self, *, broken: str = "", missing: str = "") -> None:
        """Let a day pass.

        Args:
            broken: this source brings words for every fifth age, and none for the others.
            missing: this source brings no age at all.
        """
        at = FIRST + timedelta(days=self.n_days, hours=12)
        for source in ("north", "south"):
            lines = ["id,age,city"]
            for n in range(N_DAILY):
                age = str(18 + (n * 7) % 60)
                if source == broken:
                    age = "" if n % 5 else "old"
                elif source == missing:
                    age = ""
                lines.append(f"{source}-{self.n_days}-{n},{age},{CITIES[n % 3]}")
            path = self.root / f"{source}-{self.n_days}.csv"
            path.write_text("\n".join([*lines, ""]), encoding="utf-8")
            self.project.source.ingest("people", str(path), source=source, at=at.isoformat())
        self.n_days += 1

    def policy(self, text: str) -> None:
        """Give the project a policy of its own."""
        (self.root / "monitors" / "policy.yaml").write_text(text, encoding="utf-8")
