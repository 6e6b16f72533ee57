"""How a scene is shown: the one list of settings that windows, sessions and exports share."""

from dataclasses import dataclass, fields
from typing import Annotated, Any, get_args

from napari_hydra.deprecation import renamed
from napari_hydra.errors import HydraError
from napari_hydra.validation import Within, checked_field
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

    level: Annotated[float, Within(0.01, 0.999)] = 0.9
    transform: str = "as measured"
    pixel_window: Annotated[int, Within(1, 9999)] = 1
    statistic: Statistic = "mean"
    encoded_truth: bool = False
    band: Annotated[int, Within(0, 10**6)] = 0
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


def settings_from_json(entry: Any, problems: list[str]) -> dict[str, Any]:
    """Return the settings that a session file holds; sessions that were saved earlier lack some.

    Those that cannot be used are told in `problems` and stay as they are by default.
    """
    found = entry if isinstance(entry, dict) else {}
    if found is not entry:
        problems.append(f"view is {type(entry).__name__}, not entries with names")
    settings = {}
    for name, default in settings_of(ViewSettings).items():
        key = SESSION_KEYS.get(name, name)
        value = checked_field(ViewSettings, name, found[key], problems, f"view.{key}") if key in found else default
        if name in _CHOICES and value is not None and value not in _CHOICES[name]:
            problems.append(f"view.{key} is {value[:60]!r}, not one of {', '.join(_CHOICES[name])}")
            value = None
        settings[name] = default if value is None else value
    return settings
