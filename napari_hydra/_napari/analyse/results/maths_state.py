"""What the page of band maths says of the formula that is typed, as pure functions of the stores."""

from napari_hydra._napari.analyse.results.formula_values import mix_of, unit_warning
from napari_hydra._napari.analyse.results.state import AnalyseStore, cube_of_source
from napari_hydra._napari.state.store import Store
from napari_hydra.errors import HydraError
from napari_hydra.spectra.band_maths import BandFormula, parse_formula

_NOTHING = "Type a formula, as R550 / R670, or take one from the list; the tooltip of the line says what it may hold."


def typed_formula(analyse: AnalyseStore) -> BandFormula | None:
    """Return the formula that is typed, None where it is none."""
    try:
        return parse_formula(analyse.formula)
    except HydraError:
        return None


def maths_note(store: Store, analyse: AnalyseStore) -> str:
    """Say what is wrong with the formula, or at which bands it is taken and what to beware of."""
    if not analyse.formula:
        return _NOTHING
    try:
        formula = parse_formula(analyse.formula)
    except HydraError as error:
        return str(error)
    mix = mix_of(store, analyse, formula)
    if isinstance(mix, str) or store.scene is None:
        return str(mix)
    notices = formula.notices(cube_of_source(store.scene, analyse.source).wavelengths)
    return " ".join(part for part in (*notices, unit_warning(formula, store.scene)) if part)
