"""What of the predictions of a deployment is written down, and how long it stays."""
