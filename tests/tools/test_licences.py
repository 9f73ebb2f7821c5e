"""A licence that binds whoever ships it is refused, and a choice that does not is taken."""

from __future__ import annotations

from importlib.metadata import Distribution
from pathlib import Path

import pytest

from tools import licences
from tools.licences import Licence


def installed(folder: Path, metadata: str) -> Distribution:
    folder.joinpath("METADATA").write_text(f"Name: Thing\nVersion: 1.0\n{metadata}\n")
    return Distribution.at(folder)


@pytest.mark.parametrize(
    ("terms", "refused"),
    [
        ("MIT", False),
        ("MPL-2.0", False),
        ("LGPL-3.0-only", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("GPL-2.0-or-later", True),
        ("GNU General Public License v3 (GPLv3)", True),
        ("AGPL-3.0-only", True),
        ("BUSL-1.1", True),
        ("MIT AND GPL-3.0-only", True),
        ("MIT OR GPL-3.0-only", False),
        ("BSD-3-Clause AND GPL-3.0-or-later WITH GCC-exception-3.1", False),
        ("", True),
    ],
)
def test_terms_are_refused_when_they_leave_no_free_choice(terms: str, refused: bool) -> None:
    assert Licence("thing", "1.0", terms).refused is refused


@pytest.mark.parametrize(
    ("metadata", "terms"),
    [
        ("License-Expression: MIT\nLicense: old words", "MIT"),
        ("Classifier: License :: OSI Approved :: BSD License\nLicense: old words", "BSD License"),
        ("License: Apache 2.0", "Apache 2.0"),
        ("Summary: says nothing of it", ""),
    ],
)
def test_the_most_exact_statement_is_taken(tmp_path: Path, metadata: str, terms: str) -> None:
    (found,) = licences.licences([installed(tmp_path, metadata)])

    assert found == Licence("thing", "1.0", terms)


def test_everything_installed_here_may_be_shipped_with(capsys: pytest.CaptureFixture[str]) -> None:
    status = licences.main()

    assert status == 0, capsys.readouterr().err
    assert "msgspec\t" in capsys.readouterr().out
