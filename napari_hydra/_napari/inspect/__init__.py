"""The dock "Spectra": curves, table, pins and regions."""
