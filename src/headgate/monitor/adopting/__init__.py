"""Switching from another monitor: its settings translated, both run side by side, compared."""
