"""The colours of the plot from those of napari."""

from typing import TYPE_CHECKING

from napari.utils.theme import get_theme

from napari_hydra.workbench.plot.palette import PlotTheme

if TYPE_CHECKING:
    import napari


def plot_theme_of(viewer: "napari.Viewer") -> PlotTheme:
    """Return the colours that fit the theme a viewer has now."""
    theme = get_theme(viewer.theme)
    background = _hex(theme.background)
    channels = [int(background[i : i + 2], 16) for i in (1, 3, 5)]
    luminance = 0.299 * channels[0] + 0.587 * channels[1] + 0.114 * channels[2]
    return PlotTheme(background, _hex(theme.text), is_dark=luminance < 128)


def _hex(colour: object) -> str:
    """Return "#rrggbb"; pydantic's colours shorten theirs where they can."""
    red, green, blue = colour.as_rgb_tuple(alpha=False)  # type: ignore[attr-defined]
    return f"#{red:02x}{green:02x}{blue:02x}"
