"""The checks of a monitor, one file each: what is measured of a window beside its reference."""
