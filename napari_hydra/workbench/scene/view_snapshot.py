"""What a window shows, standing still."""

from dataclasses import dataclass

from napari_hydra.deprecation import renamed, renamed_keywords
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.workbench.scene.measured_spectra import SampleSite
from napari_hydra.workbench.scene.scene import Arrangement, OpenCube, Pin, Region, Scene, Statistic
from napari_hydra.workbench.scene.view_settings import ViewSettings, settings_of


@dataclass(eq=False, kw_only=True)
class ViewState:
    """What decides over the plot, as it stands in a window.

    Attributes
    ----------
    scene : Scene or None
        What was reconstructed; None before the first run.
    pins : tuple of Pin
        Pixels whose spectra stay on the plot.
    regions : tuple of Region
        Areas whose spectra stay on the plot.
    hover : (y, x) or None
        The pixel under the cursor while Shift is held.
    level, transform, pixel_window, statistic, encoded_truth, band
        See `ViewSettings`.
    cubes : tuple of OpenCube
        Further cubes that are drawn.
    sites : tuple of SampleSite
        Where measuring would help, the most useful first.
    measurements : tuple of MeasuredSpectrum
        Spectra measured at pixels of the scene.
    """

    scene: Scene | None = None
    pins: tuple[Pin, ...] = ()
    regions: tuple[Region, ...] = ()
    hover: tuple[int, int] | None = None
    level: float = ViewSettings.level
    transform: str = ViewSettings.transform
    pixel_window: int = ViewSettings.pixel_window
    statistic: Statistic = ViewSettings.statistic
    encoded_truth: bool = ViewSettings.encoded_truth
    band: int = ViewSettings.band
    cubes: tuple[OpenCube, ...] = ()
    sites: tuple[SampleSite, ...] = ()
    measurements: tuple[MeasuredSpectrum, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class MarkedView(ViewSettings):
    """Settings of a view, and what is marked in it; a `ViewSnapshot` and a `Session` have both.

    Attributes
    ----------
    pins : tuple of Pin
    regions : tuple of Region
    sites : tuple of SampleSite
        Where measuring would help.
    measurements : tuple of MeasuredSpectrum
        Spectra measured at pixels.
    """

    pins: tuple[Pin, ...] = ()
    regions: tuple[Region, ...] = ()
    sites: tuple[SampleSite, ...] = ()
    measurements: tuple[MeasuredSpectrum, ...] = ()

    places = renamed("places", "sites")


@dataclass(frozen=True, eq=False, kw_only=True)
class ViewSnapshot(MarkedView):
    """A scene with what was pinned, drawn and chosen; the rest of its view is that of `MarkedView`.

    Attributes
    ----------
    scene : Scene
    cubes, hover
        See `ViewState`.
    """

    scene: Scene
    cubes: tuple[OpenCube, ...] = ()
    hover: tuple[int, int] | None = None

    @classmethod
    def of(cls, state: ViewState, arrangement: Arrangement = "estimate") -> "ViewSnapshot | None":
        """Return what is shown now.

        Parameters
        ----------
        state : ViewState
            The store of a window, or a snapshot.
        arrangement : str
            "estimate", "truth" or "side by side".

        Returns
        -------
        ViewSnapshot or None
            None before the first run.
        """
        if state.scene is None:
            return None
        marked = settings_of(state, MarkedView) | {"arrangement": arrangement}
        return cls(scene=state.scene, cubes=state.cubes, **marked)


ViewSnapshot.__init__ = renamed_keywords(  # type: ignore[method-assign]
    coded="encoded_truth", window="pixel_window", places="sites"
)(ViewSnapshot.__init__)

View = ViewState | ViewSnapshot
