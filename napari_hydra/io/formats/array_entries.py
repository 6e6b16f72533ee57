"""An array of a file that holds several, and the attributes that stand with it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.io.files.wavelengths import name_rank

METADATA_NAME = "hydra_metadata"
_MOST_BANDS = 10_000
_SPECTRAL_DIM = ("wavelength", "wl", "lambda", "band", "channel", "spectral", "wave")


@dataclass(frozen=True, eq=False, kw_only=True)
class Entry:
    """An array of a file, not loaded yet.

    Attributes
    ----------
    name : str
        With its path inside the file: ``Metadata/Wavelength``.
    load : callable
        Gives the numbers (NumPy, memory-mapped or dask) in the order of `shape`.
    attrs : mapping
        What the file says of it.
    dims : tuple of str
        Names of its axes where the file has them.
    spectral : int
        The axis to take as spectral where neither wavelengths nor names decide.
    attribute : bool
        Whether it is an attribute of a group or array rather than an array.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    load: Callable[[], Any]
    attrs: Mapping[str, Any] = field(default_factory=dict)
    dims: tuple[str, ...] = ()
    spectral: int = 2
    attribute: bool = False

    @property
    def last(self) -> str:
        """Its name without its path."""
        return self.name.split("/")[-1]

    @property
    def folder(self) -> tuple[str, ...]:
        """Its path without its name."""
        return tuple(self.name.split("/")[:-1])

    @classmethod
    def held(
        cls,
        name: str,
        values: NDArray[Any],
        *,
        attrs: Mapping[str, Any] | None = None,
        dims: tuple[str, ...] = (),
        attribute: bool = False,
    ) -> "Entry":
        """Return the entry of an array that is in memory already."""
        return cls(
            name=name,
            shape=values.shape,
            dtype=values.dtype,
            load=lambda: values,
            attrs=attrs or {},
            dims=dims,
            attribute=attribute,
        )


def attribute_entries(folder: str, attrs: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield what attributes of a group or array hold of lists: numbers, or text that may be labels."""
    for key, value in attrs.items():
        if isinstance(value, str):
            parts = value.strip(" {}[]()\n\0").replace(",", " ").split() if name_rank(key) is not None else []
            array = np.array(parts)
        elif isinstance(value, (list, tuple, np.ndarray)):
            try:
                array = np.asarray(value)
            except ValueError:  # lists of unequal length
                continue
        else:
            continue
        if array.ndim == 1 and 1 < array.size <= _MOST_BANDS and array.dtype.kind in "iufU":
            yield Entry.held(f"{folder}/{key}".lstrip("/"), array, attribute=True)


def spectral_axis_of(dims: tuple[str, ...]) -> int:
    """Return the axis whose name is that of bands, else the last."""
    named = (i for i, dim in enumerate(dims) if dim.lower() == "c" or dim.lower().startswith(_SPECTRAL_DIM))
    return next(named, 2)
