"""What explains the difference between two runs."""
