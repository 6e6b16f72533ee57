"""Cubes, pins, regions and maps as napari layers, and where they lie."""
