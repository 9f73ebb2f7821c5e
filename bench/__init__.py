"""Benchmarks: each prints figures beside their budget, and ratios measured in one run."""
