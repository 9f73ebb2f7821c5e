"""Contracts from and to the formats of others; what does not translate is listed."""
