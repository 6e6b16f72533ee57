"""How a scene is shown: the one list of settings that windows, sessions and exports share."""

from dataclasses import dataclass, fields
from typing import Any, get_args

from napari_hydra.deprecation import renamed
from napari_hydra.errors import HydraError
from napari_hydra.workbench.scene.scene import Arrangement, Statistic
from napari_hydra.workbench.scene.transforms import TRANSFORMS

# A session file holds a setting under its name, or the one that it had when such files were first written.
SESSION_KEYS = {"pixel_window": "window", "encoded_truth": "coded"}
_CHOICES = {"transform": tuple(TRANSFORMS), "statistic": get_args(Statistic), "arrangement": get_args(Arrangement)}


@dataclass(frozen=True, eq=False, kw_only=True)
class ViewSettings:
    """Settings of a view; a `ViewSnapshot` and a `Session` have them too.

    Attributes
    ----------
    level : float
        Nominal coverage of the intervals drawn, 0 to 1.
    transform : str
        How spectra are shown: a name of `TRANSFORMS`.
    pixel_window : int
        Pins are the mean of this many pixels squared (odd).
    statistic : str
        Of regions: "mean" with standard deviation, or "median" with quartiles.
    encoded_truth : bool
        Whether the truth, encoded and decoded by the teacher, is drawn.
    band : int
        Index of the band that is shown.
    arrangement : str
        Which of the two stacks is seen: "estimate", "truth" or "side by side".

    Raises
    ------
    HydraError
        If a transform, statistic or arrangement is none.
    """

    level: float = 0.9
    transform: str = "as measured"
    pixel_window: int = 1
    statistic: Statistic = "mean"
    encoded_truth: bool = False
    band: int = 0
    arrangement: Arrangement = "estimate"

    window = renamed("window", "pixel_window")
    coded = renamed("coded", "encoded_truth")

    def __post_init__(self) -> None:
        for name, possible in _CHOICES.items():
            value = getattr(self, name)
            if value not in possible:
                raise HydraError(f"There is no {name} {value!r}; choose one of {', '.join(possible)}.")


def settings_of(shown: object, kind: type[ViewSettings] = ViewSettings) -> dict[str, Any]:
    """Return those of the settings that something has, by their names; of a further `kind` what that has besides."""
    names = [field.name for field in fields(kind)]
    return {name: getattr(shown, name) for name in names if hasattr(shown, name)}


def settings_to_json(shown: object) -> dict[str, Any]:
    """Return the settings as a session file holds them."""
    return {SESSION_KEYS.get(name, name): value for name, value in settings_of(shown).items()}


def settings_from_json(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that a session file holds; sessions that were saved earlier lack some."""
    return {
        name: type(default)(entry.get(SESSION_KEYS.get(name, name), default))
        for name, default in settings_of(ViewSettings).items()
    }
