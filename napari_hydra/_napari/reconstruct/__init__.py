"""The dock "Reconstruct": choose, run, cancel."""
