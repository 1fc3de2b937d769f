"""What if: many configurations, priced from as few executions as give them exactly."""
