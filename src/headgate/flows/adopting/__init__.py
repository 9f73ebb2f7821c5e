"""Registers what a project has already: predictions, what MLflow knows, tables where they lie."""
