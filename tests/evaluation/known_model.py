"""A model whose answer is known beforehand."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np


@dataclass
class KnownLatent:
    """What a LatentCube offers to the evaluation, around an array (H, W, B)."""

    values: np.ndarray
    wavelengths: np.ndarray
    half_width: float
    attrs: dict = field(default_factory=dict)
    largest_tile: int = 0

    @property
    def shape(self):
        height, width, bands = self.values.shape
        return bands, height, width

    def tile(self, ys, xs):
        out = self.values[ys, xs]
        self.largest_tile = max(self.largest_tile, out.size)
        return out

    def half_width_tile(self, ys, xs, level=0.9):
        assert level == 0.9
        return np.full(self.values[ys, xs].shape, self.half_width, np.float32)

    def scaled(self, factor):
        attrs = {**self.attrs, "scale": self.attrs.get("scale", 1.0) * factor}
        return replace(self, values=self.values * factor, half_width=self.half_width * factor, attrs=attrs)

    def at_wavelengths(self, wavelengths):
        nearest = np.abs(self.wavelengths[:, None] - np.asarray(wavelengths)).argmin(0)
        return replace(self, values=self.values[..., nearest], wavelengths=np.asarray(wavelengths))


class KnownModel:
    """Answers with values prepared at all of the truth's bands, and remembers what it was asked."""

    def __init__(self, answer, wavelengths, low=400.0, high=700.0, half_width=0.02):
        self.answer = np.asarray(answer, np.float32)
        self.wavelengths = np.asarray(wavelengths, float)
        self.half_width = half_width
        self.card = SimpleNamespace(wavelength_range=(low, high))
        self.asked = None

    def reconstruct(self, picture, wavelengths=None, camera="srgb", white_level=None):
        self.asked = SimpleNamespace(
            picture=picture, wavelengths=np.asarray(wavelengths), camera=camera, white_level=white_level
        )
        keep = [int(np.flatnonzero(self.wavelengths == w)[0]) for w in wavelengths]
        return KnownLatent(self.answer[..., keep], self.asked.wavelengths, self.half_width)
