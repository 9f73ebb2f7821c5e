"""Contracts: promises on datasets as Open Data Contract Standard files, and what breaks them."""
