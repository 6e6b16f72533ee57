"""What all formats share: values on disk, wavelengths, map info, text, safe writing."""
