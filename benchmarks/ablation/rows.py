"""The rows of the ablation: what is changed, in the settings of the training or in its code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SHIPPED = "shipped"


@dataclass(frozen=True)
class Row:
    """One change to the training.

    Attributes
    ----------
    what : str
        The change in words.
    settings : mapping
        Fields of `TrainingSettings` and their values.
    change : str or None
        A change of code; a key of `changes.CHANGES`.
    seeds : int
        Seeds that belong in the table.
    """

    what: str
    settings: Mapping[str, float | int] = field(default_factory=lambda: MappingProxyType({}))
    change: str | None = None
    seeds: int = 1


_PIXELS_AND_CONTEXT = {"blocks": 5, "context_steps": 600}

TABLE: dict[str, dict[str, Row]] = {
    "Stages": {
        SHIPPED: Row("as shipped: teacher, then distillation against the frozen decoder, then joint", seeds=3),
        "frozen": Row("the first two alone: the decoder stays frozen", {"joint_steps": 0}),
        "no-teacher": Row("no teacher of its own: principal components are the decoder", {"teacher_steps": 0}),
        "no-distillation": Row(
            "no distillation: student and decoder together from the start",
            {"colour_steps": 0, "joint_steps": 2800, "joint_rate": 0.003},
        ),
        "no-anchor": Row("joint without the anchor", {"autoencoder_weight": 0.0}),
        "noisy-truth": Row("distillation of the truth as measured, not as the teacher codes it", change="noisy-truth"),
    },
    "Latent code": {
        "size-8": Row("8 numbers (shipped: 16)", {"size": 8}),
        "size-24": Row("24 numbers", {"size": 24}),
        "unwhitened": Row("axes as the teacher left them, not whitened", change="unwhitened"),
    },
    "Student": {
        "hidden-32": Row("half the width", {"hidden": 32}),
        "hidden-128": Row("twice the width", {"hidden": 128}),
        "chromaticity": Row("reads chromaticity alone, not brightness", change="chromaticity"),
        "context_features": Row("reads surroundings too (a context branch and stage)", _PIXELS_AND_CONTEXT),
    },
    "Physics step": {
        "no-physics": Row("none", change="no-physics"),
        "full-trust": Row("every colour taken at its word, in place of a learned trust", change="full-trust"),
        "round-trip-loss": Row("none, and the colour that comes back in the loss", change="round-trip-loss"),
    },
    "Loss": {
        "relative": Row("relative error alone", {"absolute": 0.0, "angle": 0.0}),
        "absolute": Row("absolute error alone", {"relative": 0.0, "angle": 0.0}),
        "no-angle": Row("no spectral angle", {"angle": 0.0}),
        "difference": Row("first difference between bands besides", change="difference"),
    },
    "Draws": {
        "by-area": Row("colours by the area that they fill", {"colour_balance": 0.0}),
        "all-alike": Row("every colour alike", {"colour_balance": 1.0}),
        "no-mixtures": Row("no mixtures of two spectra", {"mixing_probability": 0.0}),
        "no-noise": Row("no noisy JPEG pictures", {"noise_probability": 0.0}),
        "same-exposure": Row("no change of exposure (shipped: 0.4 stops)", {"exposure_jitter": 0.0}),
        "more-exposure": Row("exposures up to 1.5 stops apart", {"exposure_jitter": 1.5}),
        "metamers": Row("a part of what no camera sees taken from another pixel", change="metamers"),
        "half-scale": Row("every scene at half its size besides", change="half-scale"),
    },
}
ROWS = {name: row for rows in TABLE.values() for name, row in rows.items()}
