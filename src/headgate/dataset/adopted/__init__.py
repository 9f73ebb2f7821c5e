"""Tables that stay where they lie: files of Parquet, and tables of somebody's PostgreSQL."""
