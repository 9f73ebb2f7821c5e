"""Policies: which findings ask for which deeds, and whether the facts allow them."""
