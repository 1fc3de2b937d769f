"""What holds a firmware's figures where they are: limits, a baseline, and what explains a change."""
