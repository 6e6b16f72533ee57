"""Spectra from files: one reader for libraries, endmembers and adapting."""
