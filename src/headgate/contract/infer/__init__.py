"""Proposes a contract for data that has none, each clause with the figures it stands on."""
