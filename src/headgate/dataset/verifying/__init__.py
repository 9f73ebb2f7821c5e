"""Compares two copies of a dataset, wherever they lie."""
