"""A file or folder takes its place whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headgate.core.errors import Unavailable
from headgate.dataset.formats.places import size_of, whole

if TYPE_CHECKING:
    from pathlib import Path


def write_half(place: Path) -> None:
    with whole(place) as part:
        part.write_text("half")
        raise KeyError


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "o"
    for text in ("old", "newer"):
        with whole(place) as part:
            part.mkdir()
            (part / text).write_text(text)

    assert [file.name for file in place.iterdir()] == ["newer"]
    assert size_of(place) == len("newer")
    assert list(place.parent.iterdir()) == [place]


def test_what_goes_wrong_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "o").write_text("old")

    with pytest.raises(KeyError):
        write_half(tmp_path / "o")

    assert (tmp_path / "o").read_text() == "old"
    assert list(tmp_path.iterdir()) == [tmp_path / "o"]


def test_a_place_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "o").write_text("old")

    with pytest.raises(Unavailable), whole(tmp_path / "o" / "below"):
        pass

    assert (tmp_path / "o").read_text() == "old"
