"""Keeps a store small and whole: compact, collect, check, hold."""
