"""How a cube is stored: the type of its numbers, their compression, and whether its interval stands beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError

Sample = Literal["float32", "int16"]
Compression = Literal["none", "zstd", "deflate"]
SAMPLE_TYPES: tuple[Sample, ...] = ("float32", "int16")
COMPRESSION_NAMES: tuple[Compression, ...] = ("none", "zstd", "deflate")
# A value is stored as the nearest whole number of 1 / STEPS, so that it is read back within half of that.
STEPS = 10_000
MISSING = -32768
_LARGEST = 32767


@dataclass(frozen=True, kw_only=True)
class Storage:
    """How the numbers of a cube are stored.

    Attributes
    ----------
    sample : str
        "float32", or "int16": whole numbers of 1/10000.
    compression : str or None
        "none", "zstd", "deflate"; None for what the format does by itself.
    """

    sample: Sample = "float32"
    compression: Compression | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """In the file."""
        return np.dtype("<i2" if self.sample == "int16" else "<f4")

    @property
    def words(self) -> dict[str, Any]:
        """What the metadata of a file say of it, for our readers."""
        return {} if self.sample == "float32" else {"stored_steps": STEPS, "ignore_value": MISSING}

    def encode(self, values: NDArray[np.float32]) -> NDArray[Any]:
        """Return values as they are stored, contiguous.

        Raises
        ------
        HydraError
            If one is too large for int16.
        """
        if self.sample == "float32":
            return np.ascontiguousarray(values, dtype=self.dtype)
        known = np.isfinite(values)
        whole = np.rint(np.where(known, values, 0.0) * np.float32(STEPS))
        if (whole.size and np.abs(whole).max() > _LARGEST) or np.isinf(values).any():
            raise HydraError(
                f"A value of {np.nanmax(np.abs(values)):g} does not fit into int16, which holds whole numbers of "
                f"1/{STEPS} up to {_LARGEST / STEPS:g}; write float32."
            )
        return np.ascontiguousarray(np.where(known, whole, MISSING), dtype=self.dtype)


@dataclass(frozen=True, eq=False, kw_only=True)
class Interval:
    """What is written beside an estimate.

    Attributes
    ----------
    level : float
        Nominal coverage.
    flags : (H, W) array of uint8
    meanings : mapping of int to str
        Of the bits of the flags.
    words : mapping of str to str
        How it was calibrated, and for which situation.
    """

    level: float
    flags: NDArray[np.uint8]
    meanings: Mapping[int, str]
    words: Mapping[str, str]

    @property
    def attributes(self) -> dict[str, Any]:
        """Of the variables: level, calibration and situation."""
        return {"interval_level": self.level, **self.words}

    @property
    def flag_attributes(self) -> dict[str, Any]:
        """As the CF conventions want them: bits, and a word for each."""
        return {
            "long_name": "flags of the pixels",
            "flag_masks": np.array(list(self.meanings), dtype=np.uint8),
            "flag_meanings": " ".join(self.meanings.values()),
        }

    def long_name(self, name: str) -> str:
        """What one of the two cubes is."""
        return f"{name} end of the {100 * self.level:g} % interval"
