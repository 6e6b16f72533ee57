"""The table of error maps: buttons, menu, report and command line follow from it.

A further map is one entry here, and one command in the manifest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from napari_hydra.evaluation import metrics

LEVEL = 0.9  # nominal coverage of the intervals that are missed


@dataclass(frozen=True, eq=False)
class Block:
    """What an error map is computed from.

    Attributes
    ----------
    estimate, truth : (h, w, B) array
        In one unit; (B, h, w) too where the map shows single bands.
    half_width : array like them, or None
        Of the 90 % interval; given to maps that need it.
    gain : float
        From their unit to the picture's (1 = saturation), in which relative errors are taken.
    """

    estimate: NDArray[np.floating]
    truth: NDArray[np.floating]
    half_width: NDArray[np.floating] | None = None
    gain: float = 1.0


@dataclass(frozen=True, kw_only=True)
class ErrorMap:
    """A map of the error.

    Attributes
    ----------
    key : str
        Its name in Python, and of its file.
    title : str
        On the button.
    label : str
        With the unit ("{unit}": that of the truth).
    about : str
        What it shows, a sentence or two.
    compute : callable
        From a `Block` to (h, w) values; one value a band if `by_band`.
    scale : str
        "from zero", "signed" (as far above 0 as below), or "side" (1, 0 and -1).
    limits : (float, float) or None
        Of its colours; None: a share of the truth's range.
    by_band : bool
        Whether it shows one band, or all bands in one.
    needs_interval : bool
    in_report : bool
    """

    key: str
    title: str
    label: str
    about: str
    compute: Callable[[Block], NDArray[Any]]
    scale: Literal["from zero", "signed", "side"] = "from zero"
    limits: tuple[float, float] | None = None
    by_band: bool = False
    needs_interval: bool = False
    in_report: bool = False

    def plane(self, block: Block) -> NDArray[Any]:
        """Return (h, w) values: the mean over the bands of a map that shows single ones."""
        values = self.compute(block)
        return values.mean(axis=-1) if self.by_band else values


def _missed_bands(block: Block) -> NDArray[Any]:
    assert block.half_width is not None
    outside = ~metrics.is_inside(block.estimate, block.half_width, block.truth)
    return np.where(metrics.has_data(block.truth), outside.mean(axis=-1), np.nan)


def _side(block: Block) -> NDArray[Any]:
    assert block.half_width is not None
    return metrics.interval_side(block.estimate, block.half_width, block.truth)


_TABLE = (
    ErrorMap(
        key="rmse",
        title="RMSE",
        label="RMSE ({unit})",
        about="Root mean square error of each pixel over its bands, in the unit of the truth.",
        compute=lambda block: metrics.rmse_map(block.estimate, block.truth),
        in_report=True,
    ),
    ErrorMap(
        key="mrae",
        title="MRAE",
        label="MRAE (ratio)",
        about="Mean relative absolute error of each pixel over its bands; colours from 0 to 0.5.",
        compute=lambda block: metrics.mrae_map(
            block.estimate * np.float64(block.gain), block.truth * np.float64(block.gain)
        ),
        limits=(0.0, 0.5),
    ),
    ErrorMap(
        key="angle",
        title="Angle",
        label="spectral angle (°)",
        about="Angle between the two spectra of each pixel: shape, not brightness; colours from 0 to 20°.",
        compute=lambda block: metrics.spectral_angle_map(block.estimate, block.truth),
        limits=(0.0, 20.0),
        in_report=True,
    ),
    ErrorMap(
        key="difference",
        title="Difference",
        label="estimate − truth ({unit})",
        about="Signed difference at the shown band: red where the estimate is too high. Follows the wavelength slider.",
        compute=lambda block: block.estimate - block.truth,
        scale="signed",
        by_band=True,
    ),
    ErrorMap(
        key="side",
        title="Misses",
        label="outside 90 % interval (±1)",
        about="Where the truth lies above (1, orange) or below (−1, blue) the 90 % interval at the shown band.",
        compute=_side,
        scale="side",
        limits=(-1.0, 1.0),
        by_band=True,
        needs_interval=True,
    ),
    ErrorMap(
        key="misses",
        title="Missed bands",
        label="bands outside 90 % interval (share)",
        about="Share of each pixel's bands outside the 90 % interval; 0.1 on average if it is honest.",
        compute=_missed_bands,
        limits=(0.0, 1.0),
        needs_interval=True,
        in_report=True,
    ),
)
ERROR_MAPS = {error.key: error for error in _TABLE}
