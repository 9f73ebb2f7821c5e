"""Forgets a subject, and proves it."""
