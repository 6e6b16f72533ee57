"""What a user sets once: napari's Preferences has a page of it (``configurations`` in the manifest)."""

from dataclasses import dataclass, fields
from typing import Annotated, Any

from napari_hydra.distribution import DISTRIBUTION
from napari_hydra.validation import Within, checked_field
from napari_hydra.workbench.scene.scene import Statistic, Tool
from napari_hydra.workbench.scene.view_settings import ViewSettings

CATEGORY = "inspect"


@dataclass(frozen=True)
class Preferences:
    """Defaults of a window that is opened.

    Attributes
    ----------
    window : int
        Pins show the mean of this many pixels squared (odd).
    statistic : str
        Of regions: "mean" or "median".
    level : int
        Nominal coverage of intervals in per cent.
    tool : str
        What regions are drawn with at first.
    table : bool
        Whether the table stands beside the plot at first.
    stretch : float
        Per cent of the pixels that composites of bands leave out at each end.
    """

    window: Annotated[int, Within(1, 99)] = ViewSettings.pixel_window
    statistic: Statistic = ViewSettings.statistic
    level: Annotated[int, Within(1, 99)] = round(100 * ViewSettings.level)
    tool: Tool = "lasso"
    table: bool = False
    stretch: Annotated[float, Within(0, 20)] = 2.0


def preferences() -> Preferences:
    """Return what the user chose in napari's Preferences; the defaults where napari has no such page."""
    try:
        from napari.settings import get_plugin_settings

        chosen: Any = getattr(get_plugin_settings(DISTRIBUTION), CATEGORY)
    except (ImportError, KeyError, AttributeError):  # napari before 0.9, or the plugin is not installed
        return Preferences()
    return sound_preferences({field.name: getattr(chosen, field.name, None) for field in fields(Preferences)})


def sound_preferences(found: object) -> Preferences:
    """Return preferences from what a settings file holds; the default in place of each that cannot be used."""
    values: dict[str, Any] = {}
    for field in fields(Preferences):
        if isinstance(found, dict) and field.name in found:
            value = checked_field(Preferences, field.name, found[field.name], [], field.name)
            if value is not None:
                values[field.name] = value
    if values.get("window", 1) % 2 == 0:  # it has no pixel in its middle
        del values["window"]
    return Preferences(**values)
