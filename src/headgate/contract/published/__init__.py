"""Contracts that were published: which are in force, and who signed them."""
