"""What a monitor looks at: each check is a file that fits a reference and measures a window."""
