"""Training: data sets, the three stages, losses, and the run with its checkpoints."""
