"""Parts that docks are built of."""
