"""The catalog's history: one file a change, applied in order."""
