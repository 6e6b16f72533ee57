"""The spectra plot: what it shows, and how it is drawn."""
