"""Pipelines as other orchestrators run them: files for Airflow and Dagster."""
