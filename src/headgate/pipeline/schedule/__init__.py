"""What makes a pipeline run by itself, and notices what did not run."""
