"""Named, versioned tables: commit, read, diff, restore, export."""
