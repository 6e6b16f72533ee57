"""Let ``python -m napari_hydra`` do what the command ``napari-hydra`` does."""

from napari_hydra.cli import main

main()
