"""Taking data in: connectors read objects, sources are known by name, bad rows wait."""
