"""The gate that a contract in force puts before its datasets."""
