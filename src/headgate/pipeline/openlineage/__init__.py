"""OpenLineage, in and out: reading other tools' events, and telling our runs as such."""
