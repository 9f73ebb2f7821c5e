"""The licence of every installed distribution; ends with 1 where one must not be shipped with.

Run it with the interpreter of an environment that holds the product and nothing else.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

OURS = frozenset({"headgate", "pip", "setuptools", "wheel"})
REFUSED = re.compile(
    r"\b(A?GPL|BUSL|SSPL)|Affero|Business Source|GNU General Public", re.IGNORECASE
)
LINKING = re.compile(r"WITH (GCC-exception|Classpath-exception)[\w.-]*", re.IGNORECASE)


STATED = {"pgserver": "Apache-2.0"}
"""Terms that a repository states and its distribution does not; for tests only, never shipped."""


@dataclass(frozen=True, order=True)
class Licence:
    """What one distribution says of itself."""

    name: str
    version: str
    terms: str

    @property
    def refused(self) -> bool:
        """Whether no choice that the terms offer is open to us."""
        return all(map(is_refused, re.split(r"\s+OR\s+", self.terms)))


def is_refused(terms: str) -> bool:
    """Tell whether terms without a choice bind whoever ships them; unknown terms do.

    >>> [is_refused(terms) for terms in ("GPLv3", "LGPL-2.1", "MIT", "")]
    [True, False, False, True]
    >>> is_refused("BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1")
    False
    """
    parts = re.split(r"\s+AND\s+", terms.strip("() "))
    return any(not part or (REFUSED.search(part) and not LINKING.search(part)) for part in parts)


def terms_of(distribution: Distribution) -> str:
    """Return the licence expression, or else the classifiers, or else the first line given."""
    metadata = distribution.metadata
    if expression := metadata.get_all("License-Expression", []):
        return str(expression[0])
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier", [])
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]
    named = [str(text).strip().partition("\n")[0] for text in metadata.get_all("License", [])]
    return " AND ".join(classifiers or named) or STATED.get(str(metadata["Name"]), "")


def licences(installed: Iterable[Distribution]) -> list[Licence]:
    """Return one licence for each distribution, by name."""
    found = {
        Licence(distribution.name.lower(), distribution.version, terms_of(distribution))
        for distribution in installed
    }
    return sorted(licence for licence in found if licence.name not in OURS)


def main() -> int:
    """Print name, version and terms, tabs between; then those that are refused."""
    found = licences(distributions())
    sys.stdout.write("".join(f"{each.name}\t{each.version}\t{each.terms}\n" for each in found))
    refused = [each for each in found if each.refused]
    for each in refused:
        sys.stderr.write(
            f"refused: {each.name} {each.version}: {each.terms or 'no licence named'}\n"
        )
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
