"""The latent cube, and what decodes and encodes it."""
