"""A scene before and after adapting, and models that were adapted; no Qt, no PyTorch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_hydra.evaluation.figures import DetailedFigures
    from napari_hydra.hydra import HydraModel
    from napari_hydra.workbench.scene.scene import Scene


@dataclass(frozen=True, eq=False, kw_only=True)
class SceneAdaptation:
    """A scene as it was reconstructed before and after adapting.

    Attributes
    ----------
    before, after : Scene
    spectra : int
        How many measured spectra it was adapted to.
    left_out : (float, float)
        Mean error of a measured spectrum that is predicted from the others, before and after.
    figures : (DetailedFigures, DetailedFigures) or None
        Against the truth on the pixels that were not measured; None without a truth.
    """

    before: "Scene"
    after: "Scene"
    spectra: int
    left_out: tuple[float, float]
    figures: "tuple[DetailedFigures, DetailedFigures] | None" = None


@dataclass(frozen=True, eq=False)
class OwnModel:
    """An adapted model that the form offers for further pictures.

    Attributes
    ----------
    name : str
        What the form calls it; the file once it is saved.
    model : HydraModel
    """

    name: str
    model: "HydraModel"
