"""One module a format of cubes and pictures, behind one registry."""
