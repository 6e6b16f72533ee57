"""A scene with its pins, regions and choices, without a window: what is shown of it, kept of it and written of it.

The window's store holds the same things and changes them; here they stand still, so that the command line and a
script draw the same plots and write the same files.
"""
