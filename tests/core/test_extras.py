"""A library that is missing is told with the command that installs it."""

from __future__ import annotations

from importlib import import_module

import pytest

from headgate.core.errors import Unavailable
from headgate.core.extras import needing


def test_what_is_missing_is_told_with_the_command_that_brings_it() -> None:
    with pytest.raises(Unavailable) as raised, needing("a moon phase", "moon"):
        import_module("no_such_library_of_moons")

    assert raised.value.message == (
        "a moon phase needs no_such_library_of_moons, which is not installed"
    )
    assert raised.value.mend == "pip install 'headgate[moon]'"


def test_any_other_error_is_left_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), needing("a moon phase", "moon"):
        _ = 1 / 0
