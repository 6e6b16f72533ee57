"""One page an analysis."""
