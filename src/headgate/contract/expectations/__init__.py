"""Expectations: one promise a file."""
