"""Contracts: what data promises, who signed it, and whether rows keep it."""
