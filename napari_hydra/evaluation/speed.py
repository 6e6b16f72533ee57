"""How long a reconstruction takes, beside the time that writing as large an array takes on the same machine."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.hydra import load_model
from napari_hydra.hydra.palette import count_colours


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Seconds of a reconstruction, each the median of some repeats; ratios are medians of those of each repeat.

    Attributes
    ----------
    model : str
    height, width, bands : int
    colours : int or None
        Distinct colours of the picture, None where they are many: then each pixel is read.
    latents_s : float
        From the picture to the latent cube.
    decode_s : float
        From the latent cube to all bands in memory.
    write_s : float
        To allocate and fill as large an array, which no decoding can beat.
    decode_over_write : float
    band_s, spectrum_s : float
        One band; the spectrum of one pixel with its interval.
    latents_mb, decoded_mb : float
        Megabytes that the latent cube holds, and that all bands take.

    Examples
    --------
    >>> speed = measure_speed("visible", np.zeros((20, 30, 3), np.uint8), [450, 550, 650], repeats=1)
    >>> speed.bands, speed.colours, speed.latents_s > 0
    (3, 1, True)
    """

    model: str
    height: int
    width: int
    bands: int
    colours: int | None
    latents_s: float
    decode_s: float
    write_s: float
    decode_over_write: float
    band_s: float
    spectrum_s: float
    latents_mb: float
    decoded_mb: float

    @property
    def total_s(self) -> float:
        """Seconds from the picture to all bands in memory."""
        return self.latents_s + self.decode_s


def measure_speed(model: str, picture: NDArray[Any], wavelengths: ArrayLike, *, repeats: int = 5) -> Speed:
    """Measure a model on the processor.

    Parameters
    ----------
    model : str
        What `load_model` takes.
    picture : (H, W, 3) array
    wavelengths : (B,) array
        In nm.
    repeats : int
        After one that is not counted.

    Returns
    -------
    Speed
    """
    loaded, wanted = load_model(model, "cpu"), np.asarray(wavelengths, dtype=np.float64)
    latent_cube = loaded.reconstruct(picture, wanted)
    bands, height, width = latent_cube.shape
    seconds = timed(
        {
            "latents": lambda: loaded.reconstruct(picture, wanted),
            "decode": lambda: np.asarray(latent_cube),
            "write": lambda: np.full((bands, height, width), 0.5, np.float32),
            "band": lambda: latent_cube.band(bands // 2),
            "spectrum": lambda: latent_cube.interval(height // 2, width // 2),
        },
        repeats,
    )
    ratios = [decode / write for decode, write in zip(seconds["decode"], seconds["write"], strict=True)]
    return Speed(
        model=model,
        height=height,
        width=width,
        bands=bands,
        colours=count_colours(picture),
        decode_over_write=median(ratios),
        latents_mb=(latent_cube.latents.nbytes + latent_cube.uncertainty.nbytes) / 1e6,
        decoded_mb=latent_cube.nbytes / 1e6,
        **{f"{name}_s": median(found) for name, found in seconds.items()},
    )


def timed(actions: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Return the seconds of each action in each repeat, in turn, so that a busy moment meets all of them.

    Parameters
    ----------
    actions : mapping of str to callable
    repeats : int
        After one that is not counted.

    Returns
    -------
    dict of str to list of float

    Examples
    --------
    >>> found = timed({"nothing": lambda: None}, repeats=3)
    >>> len(found["nothing"])
    3
    """
    found: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(repeats + 1):
        for name, action in actions.items():
            start = time.perf_counter()
            action()
            found[name].append(time.perf_counter() - start)
    return {name: seconds[1:] for name, seconds in found.items()}
