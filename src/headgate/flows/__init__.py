"""Verbs that cross stages: the blast report, the trace, the rollback."""
