"""Columns of a fitted reference: numbers on a grid of quantiles, categories by their names."""
