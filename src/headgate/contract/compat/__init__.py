"""What breaks whom when a contract or schema changes."""
