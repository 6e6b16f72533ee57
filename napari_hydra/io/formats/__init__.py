"""One module a format of cubes, behind one registry."""
