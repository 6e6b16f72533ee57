"""The dock "Compare": errors as figures, curves and maps."""
