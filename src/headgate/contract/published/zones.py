"""Zones: how far data has come, as a contract declares it in its custom property `zone`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.core.errors import Invalid

if TYPE_CHECKING:
    from headgate.contract.odcs.nouns import Contract

ZONES = ("raw", "cleaned", "curated")
METALS: dict[str, str] = dict(zip(("bronze", "silver", "gold"), ZONES, strict=True))
PROPERTY = "zone"


def zone_of(contract: Contract) -> str:
    """Return the zone of the datasets of a contract; empty if it says none.

    Raises:
        Invalid: it names no zone.
    """
    for one in contract.custom_properties:
        if one.property == PROPERTY:
            zone = METALS.get(str(one.value), str(one.value))
            if zone not in ZONES:
                raise Invalid(
                    f"{one.value!r} is no zone",
                    mend=f"write {', '.join(ZONES)}, or {', '.join(METALS)}",
                )
            return zone
    return ""


def level(zone: str) -> int:
    """Return how far data of a zone has come; what says none is raw.

    >>> level("curated"), level("")
    (2, 0)
    """
    return ZONES.index(zone) if zone else 0
