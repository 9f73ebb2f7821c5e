"""Runs: one execution of a step, with what it read, what it wrote and how it ended."""
