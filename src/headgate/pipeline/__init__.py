"""Pipelines: steps that know by content whether they run, what starts them, what others ran."""
