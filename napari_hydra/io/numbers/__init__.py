"""What the numbers of a file mean: scale, missing values, wavelengths."""
