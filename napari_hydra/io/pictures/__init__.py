"""Colour pictures on disk: one reader for all of them."""
