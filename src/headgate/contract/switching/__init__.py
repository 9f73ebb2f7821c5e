"""Switching from Great Expectations: what is there is imported, and both look at the same rows."""
