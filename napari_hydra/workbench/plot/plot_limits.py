"""How far the axes of the spectra plot reach."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_hydra.workbench.plot.plot_state import Curve

_HEADROOM = 0.08
_LEAP = 0.25
_BAND_SHARE = 0.35  # how far a band may stretch the axes beyond its curves, of their span


def value_limits(curves: Sequence[Curve], *, from_zero: bool = True) -> tuple[float, float]:
    """Return the limits of curves, stretched only so far by their bands: one wide band must not flatten them all."""
    low, high = _extremes(curve.values for curve in curves) or (0.0, 1.0)
    low = min(low, 0.0) if from_zero else low  # a reflectance is read against zero
    span = (high - low) or 1.0
    bottom, top = _extremes(edge for curve in curves for edge in (curve.low, curve.high)) or (low, high)
    low, high = min(low, max(bottom, low - _BAND_SHARE * span)), max(high, min(top, high + _BAND_SHARE * span))
    return (low - (_HEADROOM * span if low < 0 or not from_zero else 0.0), high + _HEADROOM * span)


def difference_limits(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return limits with zero in the middle, stretched by bands to twice the largest difference at most."""
    low, high = _extremes(curve.values for curve in curves) or (-0.1, 0.1)
    reach = max(abs(low), abs(high))
    bottom, top = _extremes(edge for curve in curves for edge in (curve.low, curve.high)) or (low, high)
    reach = (1.0 + _HEADROOM) * (max(reach, min(max(abs(bottom), abs(top)), 2.0 * reach)) or 0.1)
    return (-reach, reach)


def grown(current: tuple[float, float], needed: tuple[float, float]) -> tuple[float, float]:
    """Return limits that hold both; an end that must move goes a step further, so that it moves seldom."""
    low, high = min(current[0], needed[0]), max(current[1], needed[1])
    step = _LEAP * (high - low)
    return (low - step if low < current[0] < 0 else low, high + step if high > current[1] else high)


def _extremes(columns: Iterable[NDArray[np.floating] | None]) -> tuple[float, float] | None:
    finite = [column[np.isfinite(column)] for column in columns if column is not None]
    values = np.concatenate(finite) if finite else np.zeros(0)
    return (float(values.min()), float(values.max())) if values.size else None
