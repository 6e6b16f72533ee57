"""The scenes of a window: which one is shown, and which one the mouse means."""
