"""Tells people and other systems of trouble."""
