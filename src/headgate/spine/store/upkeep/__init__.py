"""What keeps the store small and whole: compaction, collection, leases, holds, checks."""
