"""The dock "Analyse": indices, libraries, components and unmixing."""
