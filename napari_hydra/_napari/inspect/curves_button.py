"""The button that chooses which curves are drawn besides those of the reconstruction and its truth."""

from qtpy.QtWidgets import QMenu, QPushButton, QWidget

from napari_hydra._napari.inspect.open_cubes import OpenCubes
from napari_hydra._napari.state.store import Store
from napari_hydra._napari.widgets.dock_parts import menu_entry
from napari_hydra.workbench.scene.extra_curves import ENCODED_WORDS

_ENCODED_TIP = (
    f"{ENCODED_WORDS[0].upper()}{ENCODED_WORDS[1:]}. What this model can express at best: no reconstruction from a "
    "picture can be expected to come nearer to the truth. Key U on the canvas."
)


class CurvesButton(QPushButton):
    """Opens a checkable menu: the encoded truth, and every further cube of the viewer.

    Parameters
    ----------
    store : Store
    cubes : OpenCubes
    parent : QWidget, optional
    """

    def __init__(self, store: Store, cubes: OpenCubes, parent: QWidget | None = None) -> None:
        super().__init__("Curves", parent)
        self._store, self._cubes = store, cubes
        self.setToolTip(
            "More curves beside reconstruction and truth:\n"
            "the encoded truth of the truth (the upper bound of the latent space; key U),\n"
            "and further cubes that are open, each at its own wavelengths."
        )
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.fill)
        self.setMenu(menu)

    def fill(self) -> None:
        """Make the entries anew, as the viewer is now."""
        menu = self.menu()
        assert menu is not None
        menu.clear()
        scene = self._store.scene
        encoded = menu_entry(menu, "Encoded truth (upper bound)", tooltip=_ENCODED_TIP)
        encoded.setCheckable(True)
        encoded.setChecked(self._store.encoded_truth)
        encoded.setEnabled(scene is not None and scene.encoder is not None)
        encoded.toggled.connect(self._show_encoded)
        menu.addSeparator()
        layers = self._cubes.layers()
        for layer in layers:
            fits, is_shown = self._cubes.fits(layer), self._cubes.is_shown(layer)
            entry = menu_entry(menu, layer.name)
            entry.setCheckable(True)
            entry.setChecked(is_shown)
            entry.setEnabled(fits or is_shown)
            size = " × ".join(map(str, layer.data.shape[1:]))
            entry.setToolTip(
                "Draw its spectra at its own wavelengths, as they are."
                if fits
                else f"Its {size} pixels (height × width) are not those of the reconstruction."
            )
            entry.toggled.connect(lambda shown, layer=layer: self._cubes.show(layer, shown))
        if not layers:
            menu_entry(menu, "No further cube is open").setEnabled(False)

    def _show_encoded(self, shown: bool) -> None:
        self._store.encoded_truth = shown
