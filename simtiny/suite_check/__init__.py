"""Programs that users build from public sources, run and held to the cycles that were recorded of them."""
