"""A scene, what is pinned and drawn on it, and its spectra."""
