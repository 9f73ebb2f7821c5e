"""The event log and its readings: ancestors, descendants, row maps, membership."""
