"""Functions of a firmware called with arguments from Python, and what each call costs."""
