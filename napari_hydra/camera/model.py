"""The camera: what takes a spectrum to three numbers.

References
----------
sRGB primaries: IEC 61966-2-1:1999. Chromatic adaptation: Bradford (Lam 1985), as in ICC.1:2022 annex E.
"""

import os
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.camera.curves import canonical_curve, decode_curve, encode_curve
from napari_hydra.camera.tables import TABLE_SUFFIXES, colour_tables, read_sensitivities, sample, table_names
from napari_hydra.cube import band_widths
from napari_hydra.errors import HydraError

XYZ_TO_SRGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
# Below this share of a channel's light the bands say too little of that colour: a cube from 480 nm has a
# "blue" that is the difference of nearly equal numbers.
_LEAST_LIGHT = 0.25


@dataclass(frozen=True)
class Camera:
    """A camera under a light.

    Attributes
    ----------
    name : str
        ``srgb``, a name of `camera_names`, or the name of a sensitivity table.
    table : tuple of (wavelength in nm, R, G, B)
        Sensitivities, or the colour matching functions x, y, z where `colorimetric`.
    colorimetric : bool
        Whether the table is the CIE 1931 observer, its values then taken to the sRGB primaries.
    illuminant : str
        A name of `illuminant_names`: the light on the scene.
    curve : str
        Encoding curve, a name of `curve_names`.
    bits : int
        Bits of the picture that `render` makes, 8 to 16.
    white_balance : bool
        Whether a white surface gives R = G = B = 1 under the illuminant. If not, the camera stays balanced for
        D65 with green at 1, so that a picture under lamp light is orange.

    Examples
    --------
    >>> from napari_hydra.camera import get_camera
    >>> camera = get_camera("srgb", "A", white_balance=False)
    >>> camera.illuminant, camera.white_level
    ('A', 255)
    """

    name: str
    table: tuple[tuple[float, ...], ...]
    colorimetric: bool = False
    illuminant: str = "D65"
    curve: str = "srgb"
    bits: int = 8
    white_balance: bool = True

    @property
    def white_level(self) -> int:
        """The number in the picture at which a channel is saturated."""
        return int(2**self.bits - 1)

    def response(self, wavelengths: ArrayLike) -> NDArray[np.float64]:
        """Return the matrix that takes reflectance at `wavelengths` to linear RGB.

        Tables are interpolated linearly, weighted by the width in nm that each band stands for, and each column
        is divided by its sum: the bands at hand decide what white is. With bands that end within the visible
        this is another camera than with bands that cover it.

        Parameters
        ----------
        wavelengths : (B,) array
            Band centres in nm, increasing.

        Returns
        -------
        (B, 3) array of float64
            ``reflectance @ response`` is linear RGB with white (1, 1, 1), not clipped.

        Raises
        ------
        HydraError
            If the bands do not cover the visible well enough for three colours.
        """
        centres = np.ascontiguousarray(wavelengths, dtype=np.float64)
        return _response(self, centres.tobytes()).copy()

    def encode(self, linear: ArrayLike) -> NDArray[np.float64]:
        """Encode linear RGB with the camera's curve.

        Parameters
        ----------
        linear : array
            Clipped to 0..1, where 1 is saturation.

        Returns
        -------
        array of float64, same shape
            In 0..1, not rounded.
        """
        return encode_curve(linear, self.curve)

    def decode(self, values: ArrayLike) -> NDArray[np.float64]:
        """Turn encoded values into linear RGB.

        Parameters
        ----------
        values : array
            Encoded; clipped to 0..1.

        Returns
        -------
        array of float64, same shape
            Linear, in 0..1.
        """
        return decode_curve(values, self.curve)

    def quantise(self, encoded: ArrayLike) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Round encoded values to the picture's numbers.

        Parameters
        ----------
        encoded : array
            In 0..1.

        Returns
        -------
        array of uint8 or uint16, same shape
            0 to `white_level`; uint8 for a camera of 8 bits.
        """
        levels = np.round(np.asarray(encoded, dtype=np.float64) * self.white_level)
        return levels.astype(np.uint8) if self.bits == 8 else levels.astype(np.uint16)


def camera_names() -> tuple[str, ...]:
    """Return the names that `get_camera` knows.

    Returns
    -------
    tuple of str
        ``srgb`` first.

    Examples
    --------
    >>> camera_names()
    ('srgb', 'nikon-5100', 'sigma-sd-merill')
    """
    return ("srgb", *table_names("camera"))


def illuminant_names() -> tuple[str, ...]:
    """Return the names of the illuminants, D65 first.

    Returns
    -------
    tuple of str
        Those of CIE 15:2018 and of the light sources in colour-science.

    Examples
    --------
    >>> {"D65", "A", "FL2"} <= set(illuminant_names())
    True
    """
    return ("D65", *(name for name in table_names("illuminant") if name != "D65"))


def get_camera(
    name: "str | os.PathLike[str] | Camera" = "srgb",
    illuminant: str | None = None,
    *,
    curve: str | None = None,
    bits: int | None = None,
    white_balance: bool | None = None,
) -> Camera:
    """Return a camera.

    Parameters
    ----------
    name : str, path or Camera
        A name of `camera_names`, a file with columns wavelength (nm), R, G, B, or a camera to be changed.
    illuminant : str, optional
        A name of `illuminant_names`; D65 by default. Capitals do not matter, and F2 is FL2.
    curve : str, optional
        A name of `curve_names`; sRGB's own for ``srgb``, linear for a sensor.
    bits : int, optional
        Bits of rendered pictures; 8 for ``srgb``, 12 for a sensor.
    white_balance : bool, optional
        See `Camera`; true by default.

    Returns
    -------
    Camera

    Raises
    ------
    HydraError
        If there is no such camera, illuminant or curve, or the table cannot be used.

    Examples
    --------
    >>> get_camera("nikon-5100", "A").curve
    'linear'
    """
    camera = name if isinstance(name, Camera) else _named_camera(name)
    if bits is not None and not 8 <= bits <= 16:
        raise HydraError(f"A picture of {bits} bits cannot be made; choose 8 to 16.")
    return replace(
        camera,
        illuminant=camera.illuminant if illuminant is None else _canonical_illuminant(illuminant),
        curve=camera.curve if curve is None else canonical_curve(curve),
        bits=camera.bits if bits is None else int(bits),
        white_balance=camera.white_balance if white_balance is None else bool(white_balance),
    )


def is_camera_name(name: str) -> bool:
    """Whether a name, however it is spelt, is that of a camera of the package (and not a file)."""
    return _letters(name) in map(_letters, camera_names())


def _named_camera(name: str | os.PathLike[str]) -> Camera:
    known = {_letters(n): n for n in camera_names()}
    wanted = known.get(_letters(os.fspath(name)))
    if wanted == "srgb":
        return Camera("srgb", _as_rows(colour_tables()["observer/cie-1931-2-degree"]), colorimetric=True)
    if wanted is not None:
        return Camera(wanted, _as_rows(colour_tables()[f"camera/{wanted}"]), curve="linear", bits=12)
    path = Path(name)
    if path.suffix.lower() in TABLE_SUFFIXES or path.is_file():
        return Camera(path.stem, _as_rows(read_sensitivities(path)), curve="linear", bits=12)
    raise HydraError(
        f"There is no camera {os.fspath(name)!r}; choose one of {', '.join(camera_names())}, "
        "or give a CSV file with the columns wavelength, R, G, B."
    )


def _as_rows(table: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, table.tolist()))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9.]", "", re.sub(r"\(.*?\)", "", name.lower()))


def _canonical_illuminant(name: str) -> str:
    plain = re.sub(r"^f(?=\d)", "fl", _letters(name))
    for known in illuminant_names():
        if _letters(known) == plain:
            return known
    raise HydraError(
        f"There is no illuminant {name!r}; choose one of {', '.join(illuminant_names()[:16])}, ... "
        "(illuminant_names() lists all)."
    )


@lru_cache(maxsize=256)
def _response(camera: Camera, centres_bytes: bytes) -> NDArray[np.float64]:
    centres = np.frombuffer(centres_bytes, dtype=np.float64)
    light = _captured(camera, camera.illuminant, centres)
    _require_visible(camera, light, centres)
    daylight = _captured(camera, "D65", centres)
    if camera.colorimetric:
        balanced = _to_srgb(daylight)
        matrix = _to_srgb(light, daylight.sum(0) / daylight[:, 1].sum() if camera.white_balance else None)
    else:
        balanced = daylight / daylight[:, 1].sum()
        matrix = light / light[:, 1].sum()
    if camera.white_balance:
        return np.asarray(matrix / matrix.sum(0))
    return np.asarray(matrix / balanced.sum(0))


def _captured(camera: Camera, illuminant: str, centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return light x sensitivity x band width, (B, 3)."""
    power = sample(colour_tables()[f"illuminant/{illuminant}"], centres)
    sensitivities = sample(np.array(camera.table), centres)
    return power * sensitivities * band_widths(centres)[:, None]


def _to_srgb(weights: NDArray[np.float64], adapt_to: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Take x, y, z weights (B, 3) to linear sRGB, Y of white being 1, adapted to the white `adapt_to` (XYZ)."""
    weights = weights / weights[:, 1].sum()
    if adapt_to is not None:
        gains = (_BRADFORD @ adapt_to) / (_BRADFORD @ weights.sum(0))
        weights = weights @ (np.linalg.inv(_BRADFORD) @ (gains[:, None] * _BRADFORD)).T
    return np.asarray(weights @ XYZ_TO_SRGB.T)


def _require_visible(camera: Camera, light: NDArray[np.float64], centres: NDArray[np.float64]) -> None:
    full = _captured(camera, camera.illuminant, np.arange(360.0, 831.0)).sum(0)
    if (full <= 0).any():
        raise HydraError(
            f"The illuminant {camera.illuminant} gives a channel of {camera.name} no light; choose another."
        )
    share = light.sum(0) / full
    if centres.size < 3 or not (share >= _LEAST_LIGHT).all():
        raise HydraError(
            f"Bands from {centres.min():g} to {centres.max():g} nm do not cover the visible (about 420-680 nm), "
            f"so {camera.name} has no colour picture of them; give a cube that does, or the picture itself."
        )
