"""What every stage stands on: the store, the unit of work, lineage, operations and settings."""
