"""Reads what other monitors wrote, and writes what they read."""
