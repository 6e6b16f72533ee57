"""The page "Band maths" of the dock Analyse."""

from typing import ClassVar

from qtpy.QtWidgets import QLineEdit, QListWidget, QVBoxLayout, QWidget

from napari_hydra._napari.analyse.pages.formula_page import FormulaPage
from napari_hydra._napari.analyse.pages.page import Shared
from napari_hydra._napari.analyse.results.maths_state import maths_note, typed_formula
from napari_hydra._napari.widgets.dock_parts import filled
from napari_hydra.spectra.band_maths import GRAMMAR, BandFormula

NO_FORMULA = "Type a formula of bands that the cube has: there is none to map yet."
_EXAMPLES = (
    "R550 / R670",
    "(R700 - R550) / (R700 + R550)",
    "mean(650:680)",
    "log(1 / R550)",
    "where(R600 > 0.3, R600, 0)",
)


class MathsPage(FormulaPage):
    """A formula that the user types, those typed before, the values of pins and regions, and the map."""

    name, title = "maths", "Band maths"
    commands: ClassVar = {"map_maths": ("map_button", NO_FORMULA)}

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.line = QLineEdit()
        self.line.setPlaceholderText("Formula, as R550 / R670")
        self.line.setToolTip(GRAMMAR)
        self.line.setClearButtonEnabled(True)
        self.line.returnPressed.connect(self._take)
        self.line.editingFinished.connect(self._take)
        self.earlier = QListWidget()
        self.earlier.setToolTip("Examples, and the formulas that were typed; a click takes one.")
        self.earlier.addItems(_EXAMPLES)
        self.earlier.setMinimumSize(180, 60)
        self.earlier.itemClicked.connect(lambda item: self.take(item.text()))
        left = QWidget()
        filled(QVBoxLayout(left), self.line, self.earlier, grows=self.earlier)
        self._build(left)

    def formula(self) -> BandFormula | None:
        """Return the formula that is typed, None where it is none."""
        return typed_formula(self._analyse)

    def note_text(self) -> str:
        """Say what is wrong with the formula, or at which bands it is taken."""
        return maths_note(self._store, self._analyse)

    def refresh(self, *, seen: bool) -> None:
        """Show the formula too, unless one is being typed."""
        if not self.line.hasFocus() and self.line.text() != self._analyse.formula:
            self.line.setText(self._analyse.formula)
        super().refresh(seen=seen)

    def take(self, text: str) -> None:
        """Compute a formula, and list it."""
        self.line.setText(text)
        self._take()

    def _take(self) -> None:
        self._analyse.formula = self.line.text().strip()
        formula = self.formula()
        self.read(asked=True)
        if formula is not None:
            known = [self.earlier.item(row).text() for row in range(self.earlier.count())]
            if formula.formula not in known:
                self.earlier.insertItem(0, formula.formula)
