"""Everything that decides a training run, in one frozen value."""

from dataclasses import asdict, dataclass, field, fields
from typing import Annotated, Any

from napari_hydra.errors import HydraError
from napari_hydra.validation import InvalidValue, MaxLength, Within, parse

RANGES = ("visible", "vnir")
STAGES = ("teacher", "colour", "context", "joint")
_NAMES_OF_0_1 = {
    "alone": "context_dropout",
    "anchor": "autoencoder_weight",
    "taught": "soft_label_weight",
    "noisy": "noise_probability",
    "exposure": "exposure_jitter",
    "mixed": "mixing_probability",
    "evenness": "colour_balance",
    "average": "ema_decay",
}
Nanometres = Annotated[float, Within(1e-3, 1e6)]
Steps = Annotated[int, Within(0, 10**9)]
Share = Annotated[float, Within(0, 1)]
Weight = Annotated[float, Within(0, 1e6)]


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of a run; stored in its folder and in the model card.

    Attributes
    ----------
    low, high : float
        Range of wavelengths in nm.
    size : int
        Length of a latent.
    directions : int
        Directions of the uncertainty.
    student : str
        Which network the student is: see `napari_hydra.hydra.networks.students`. Where not said, one with context if
        there are blocks.
    width, blocks, hidden : int
        Shape of the student.
    teacher_steps, colour_steps, context_steps, joint_steps : int
        Optimisation steps: the teacher alone; its distillation into the student, first pixel by pixel, then with
        context; joint refinement of student and decoder. A stage of no steps is left out.
    colour_pixels, batch_pixels : int
        Pixels in one batch, loose and in patches.
    patch : int
        Side of a patch in pixels (smaller for smaller cubes).
    context_dropout : float
        Share of patches that are read without their context.
    teacher_rate, colour_rate, context_rate, joint_rate : float
        Peak learning rates; each falls along a cosine.
    relative, absolute, angle, autoencoder_weight : float
        Weights of the floored relative error, the absolute error, the spectral angle and, in the joint stage, the
        teacher's own round trip.
    soft_label_weight : float
        Share of a second teacher's soft labels in the loss, where there is one.
    noise_probability : float
        Share of patches rendered with photon noise and JPEG.
    exposure_jitter : float
        Pixels and patches are made brighter or darker by this many stops at most: what else stands in a scene
        decides its exposure, and says nothing of the material.
    mixing_probability : float
        Share of pixels and patches that are mixtures of two spectra, photographed anew.
    colour_balance : float
        0: pixels are drawn alike; 1: the colours of a scene are drawn alike, whatever area they fill.
    ema_decay : float
        Decay of the running mean of the weights that is validated and shipped.
    seed : int
    scene_weights : dict
        How often a scene (by name) is drawn, 1 where not named.
    camera_step : float
        Spacing in nm at which the data-consistency projection integrates.
    """

    low: Nanometres = 400.0
    high: Nanometres = 700.0
    size: Annotated[int, Within(1, 1024)] = 16
    directions: Annotated[int, Within(1, 1024)] = 6
    width: Annotated[int, Within(1, 4096)] = 64
    blocks: Annotated[int, Within(0, 64)] = 5
    hidden: Annotated[int, Within(2, 4096)] = 64
    teacher_steps: Steps = 600
    colour_steps: Steps = 2500
    context_steps: Steps = 600
    joint_steps: Steps = 300
    colour_pixels: Annotated[int, Within(1, 2**24)] = 8192
    batch_pixels: Annotated[int, Within(1, 2**24)] = 16384
    patch: Annotated[int, Within(4, 4096)] = 48
    context_dropout: Share = 0.3
    teacher_rate: Weight = 1e-2
    colour_rate: Weight = 3e-3
    context_rate: Weight = 1e-3
    joint_rate: Weight = 1e-4
    relative: Weight = 1.0
    absolute: Weight = 1.0
    angle: Weight = 0.1
    autoencoder_weight: Weight = 1.0
    soft_label_weight: Share = 0.5
    noise_probability: Share = 0.2
    exposure_jitter: Weight = 0.4
    mixing_probability: Share = 0.5
    colour_balance: Share = 0.5
    ema_decay: Share = 0.998
    seed: Annotated[int, Within(0, 2**64 - 1)] = 0
    scene_weights: dict[str, Weight] = field(default_factory=dict)
    camera_step: Nanometres = 10.0
    student: Annotated[str, MaxLength(100)] = ""

    def rate(self, stage: str) -> float:
        """Return the peak learning rate of a stage."""
        return float(getattr(self, f"{stage}_rate"))

    def steps(self, stage: str) -> int:
        """Return the number of steps of a stage."""
        return int(getattr(self, f"{stage}_steps"))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a plain dict."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: object) -> "TrainingSettings":
        """Return settings from what `to_dict` gave, also under the names that fields had in 0.1.

        Raises
        ------
        HydraError
            If a field is unknown: the run was made by another version; or holds what it cannot.
        """
        if not isinstance(values, dict):
            raise InvalidValue("it holds no entries with names")
        values = {_NAMES_OF_0_1.get(str(name), str(name)): value for name, value in values.items()}
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise HydraError(f"the run's settings name {', '.join(sorted(unknown))}; it was made by another version.")
        return parse(cls, values)


def settings_for(span: str) -> TrainingSettings:
    """Return the settings of a range of wavelengths: "visible" (400-700 nm) or "vnir" (400-1000 nm).

    Raises
    ------
    HydraError
        If there is no such range.
    """
    if span == "visible":
        # Of two dozen scenes the context teaches nothing that holds on another: measured, see docs/training.md.
        return TrainingSettings(blocks=0, context_steps=0)
    if span == "vnir":
        # More to say beyond the red takes longer latents, and sensors of many bands bear the finer grid for the camera.
        # Seven sensors take turns, hence many small steps; mixtures made hard scenes worse. What else stands in a scene
        # decides its exposure, and of forests that says nothing.
        return TrainingSettings(
            high=1000.0,
            size=20,
            blocks=0,
            camera_step=5.0,
            colour_steps=8000,
            colour_pixels=4096,
            context_steps=0,
            mixing_probability=0.0,
            exposure_jitter=1.5,
        )
    raise HydraError(f"there is no range {span!r}; choose one of {', '.join(RANGES)}.")
