"""Pictures that say what their numbers mean: an array that keeps its colour profile and its white level."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.camera.colour_profile import channels_of, to_linear_srgb
from napari_hydra.camera.curves import encode_curve
from napari_hydra.camera.model import Camera


class Picture(np.ndarray[Any, np.dtype[Any]]):
    """A colour picture (H, W, 3) in the numbers of its file.

    Slices and copies keep what it says of itself; what is computed from it is a plain array.

    Parameters
    ----------
    numbers : (H, W, 3) array
        As in the file; not copied.
    profile : bytes, optional
        ICC profile of its colours, where they are not sRGB's.
    white_level : float, optional
        The number at which a channel is saturated, where it is not the type's largest.
    history : tuple of str
        What was done to the file's numbers, a sentence each.

    Examples
    --------
    >>> picture = Picture(np.zeros((2, 3, 3), np.uint16), white_level=4095)
    >>> picture[:1].white_level, type(picture + 1).__name__
    (4095, 'ndarray')
    """

    profile: bytes | None
    white_level: float | None
    history: tuple[str, ...]

    def __new__(
        cls,
        numbers: ArrayLike,
        *,
        profile: bytes | None = None,
        white_level: float | None = None,
        history: tuple[str, ...] = (),
    ) -> "Picture":
        made = np.asarray(numbers).view(cls)
        made.profile, made.white_level, made.history = profile, white_level, tuple(history)
        return made

    def like(self, numbers: ArrayLike) -> "Picture":
        """Return other numbers of the same meaning, such as some of its colours.

        Parameters
        ----------
        numbers : (h, w, 3) array
            On the scale of the picture.

        Returns
        -------
        Picture
            With the profile, white level and history of this one.
        """
        return Picture(numbers, profile=self.profile, white_level=self.white_level, history=self.history)

    @property
    def is_plain(self) -> bool:
        """Whether it is sRGB up to the largest number of its type, as arrays are taken to be."""
        return self.profile is None and self.white_level is None

    def __array_finalize__(self, source: Any) -> None:
        self.profile = getattr(source, "profile", None)
        self.white_level = getattr(source, "white_level", None)
        self.history = getattr(source, "history", ())

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        plain = np.asarray(array)
        return plain[()] if return_scalar else plain

    def __reduce__(self) -> Any:
        return _remade, (np.asarray(self), self.profile, self.white_level, self.history)

    def __deepcopy__(self, memo: Any) -> "Picture":
        return self.copy()


def _remade(
    numbers: NDArray[Any], profile: bytes | None, white_level: float | None, history: tuple[str, ...]
) -> Picture:
    return Picture(numbers, profile=profile, white_level=white_level, history=history)


def as_picture(picture: ArrayLike) -> NDArray[Any]:
    """Return anything as an array; a `Picture` stays one."""
    return picture if isinstance(picture, Picture) else np.asarray(picture)


def profile_for(picture: ArrayLike, camera: Camera) -> bytes | None:
    """Return the profile by which a picture's colours are read.

    None where they are sRGB, and where a camera with sensitivities of its own is named: its numbers are then its own.
    """
    profile = picture.profile if isinstance(picture, Picture) else None
    return profile if camera.colorimetric and camera.curve == "srgb" else None


def white_of(picture: ArrayLike, white_level: float | None = None) -> float:
    """Return the number at which a picture is saturated: as given, as it says, or the largest of its type."""
    if white_level is not None:
        return float(white_level)
    numbers = np.asanyarray(picture)
    own = numbers.white_level if isinstance(numbers, Picture) else None
    if own is not None:
        return float(own)
    return float(np.iinfo(numbers.dtype).max) if numbers.dtype.kind in "iu" else 1.0


def by_profile(picture: ArrayLike, profile: bytes, white: float) -> NDArray[np.float32]:
    """Return the linear sRGB (H, W, 3) of a picture whose colours a profile describes, not clipped."""
    values = np.minimum(np.asarray(picture).astype(np.float32) / np.float32(white), 1)
    return to_linear_srgb(values[..., : channels_of(profile)], profile)


def channel_ends(picture: ArrayLike, white: float) -> NDArray[np.int8]:
    """Return (H, W, 3): 1 where a channel of a picture is saturated, -1 where it is zero, else 0."""
    values = np.asarray(picture)
    return (values >= white).astype(np.int8) - (values <= 0)


def for_display(picture: ArrayLike) -> NDArray[Any]:
    """Return a picture as screens show it: sRGB up to the full scale of its type; itself where it is so already.

    Parameters
    ----------
    picture : (H, W, 3) array
        A `Picture` or any array.

    Returns
    -------
    (H, W, 3) array
        Of the same type; colours outside sRGB are clipped.

    Examples
    --------
    >>> for_display(Picture(np.full((1, 1, 3), 4095, np.uint16), white_level=4095)).max()
    np.uint16(65535)
    """
    if not isinstance(picture, Picture) or picture.is_plain:
        return np.asarray(picture)
    white = white_of(picture)
    if picture.profile is None:
        shown = np.clip(np.asarray(picture) / white, 0, 1)
    else:
        shown = encode_curve(by_profile(picture, picture.profile, white))
    if picture.dtype.kind == "f":
        return shown.astype(np.float32)
    full = np.iinfo(picture.dtype).max
    return np.round(shown * full).astype(picture.dtype)
