"""Rows that say the same twice: in one dataset, or in what a model learns from and is judged by."""
