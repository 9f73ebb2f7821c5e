"""Branches and tags of a dataset, and what brings them together."""
