"""Datasets in and out: exports, imports, mirrors."""
