"""What a window shows, standing still."""

from dataclasses import dataclass
from typing import Protocol

from napari_hydra.deprecation import renamed, renamed_keywords
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.workbench.scene.measured_spectra import SampleSite
from napari_hydra.workbench.scene.scene import Arrangement, OpenCube, Pin, Region, Scene, Statistic
from napari_hydra.workbench.scene.view_settings import ViewSettings, settings_of


class ViewState(Protocol):
    """What decides over the plot: the store of a window, or a `ViewSnapshot`."""

    @property
    def scene(self) -> Scene | None:
        """What was reconstructed; None before the first run."""

    @property
    def pins(self) -> tuple[Pin, ...]:
        """Pixels whose spectra stay on the plot."""

    @property
    def regions(self) -> tuple[Region, ...]:
        """Areas whose spectra stay on the plot."""

    @property
    def hover(self) -> tuple[int, int] | None:
        """The pixel (y, x) under the cursor while Shift is held."""

    @property
    def band(self) -> int:
        """Index of the band that is shown."""

    @property
    def level(self) -> float:
        """Nominal coverage of the intervals drawn."""

    @property
    def transform(self) -> str:
        """How spectra are shown."""

    @property
    def pixel_window(self) -> int:
        """Pins are the mean of this many pixels squared (odd)."""

    @property
    def statistic(self) -> Statistic:
        """Of regions."""

    @property
    def encoded_truth(self) -> bool:
        """Whether the truth, encoded and decoded by the teacher, is drawn."""

    @property
    def cubes(self) -> tuple[OpenCube, ...]:
        """Further cubes that are drawn."""

    @property
    def sites(self) -> tuple[SampleSite, ...]:
        """Where measuring would help."""

    @property
    def measurements(self) -> tuple[MeasuredSpectrum, ...]:
        """Spectra measured at pixels of the scene."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ViewSnapshot(ViewSettings):
    """A scene with what was pinned, drawn and chosen; its view settings are those of `ViewSettings`.

    Attributes
    ----------
    scene : Scene
    pins : tuple of Pin
    regions : tuple of Region
    cubes, hover, sites, measurements
        See `ViewState`.
    """

    scene: Scene
    pins: tuple[Pin, ...] = ()
    regions: tuple[Region, ...] = ()
    cubes: tuple[OpenCube, ...] = ()
    hover: tuple[int, int] | None = None
    sites: tuple[SampleSite, ...] = ()
    measurements: tuple[MeasuredSpectrum, ...] = ()

    places = renamed("places", "sites")

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
        return cls(
            scene=state.scene,
            pins=state.pins,
            regions=state.regions,
            cubes=state.cubes,
            sites=state.sites,
            measurements=state.measurements,
            **settings_of(state) | {"arrangement": arrangement},
        )


ViewSnapshot.__init__ = renamed_keywords(  # type: ignore[method-assign]
    coded="encoded_truth", window="pixel_window", places="sites"
)(ViewSnapshot.__init__)
