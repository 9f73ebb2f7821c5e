"""Escalations: what was done about what monitors found, why, and how it is undone."""
