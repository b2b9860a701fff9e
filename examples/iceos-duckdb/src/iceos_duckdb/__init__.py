"""A tool that queries CSV, JSON and Parquet files with SQL: one SELECT, of that one file, read only."""
