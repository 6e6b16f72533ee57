"""Models on disk: their cards, their tensors, and the registry of those that are shipped."""
