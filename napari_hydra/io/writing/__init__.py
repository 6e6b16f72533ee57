"""A cube on its way to a file: piece by piece, in the type and compression asked for, with its interval beside it."""
