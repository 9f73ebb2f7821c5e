"""Drift metrics: one file for each, a function of a reference window and a current window."""
