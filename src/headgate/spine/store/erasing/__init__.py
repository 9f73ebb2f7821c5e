"""Blanks rows where they lie, and keeps account of it."""
