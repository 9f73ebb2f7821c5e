"""A plugin's keyword settings are read from its function, whatever else it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.spine.plugin_settings import required_of, types_of

if TYPE_CHECKING:
    from decimal import Decimal


def sample(rows: Decimal, /, *, host: str, ports: tuple[int, ...] = (), loose=None) -> object:
    """Stand for a plugin's function."""
    return rows, host, ports, loose


def test_settings_have_their_types_and_what_is_not_loaded_is_left_alone() -> None:
    found = types_of(sample)

    assert found == {"host": str, "ports": tuple[int, ...], "loose": Any}


def test_settings_without_a_default_are_required() -> None:
    assert required_of(sample) == ["host"]
