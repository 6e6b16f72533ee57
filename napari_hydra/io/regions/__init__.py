"""Regions on disk: polygons and masks that other programs drew."""
