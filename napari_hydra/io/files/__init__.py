"""What all formats share: names of wavelengths, map info, text, safe reading and writing."""
