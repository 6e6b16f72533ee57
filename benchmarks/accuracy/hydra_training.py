"""HYDRA trained as its rivals are: on the same scenes, by nobody's soft labels, with one of the two losses alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.accuracy.split import NamedCube
from benchmarks.accuracy.training import SCENE_WEIGHTS
from napari_hydra.training.run import train
from napari_hydra.training.settings import TrainingSettings, settings_for

METHOD = "HYDRA"
# The absolute error is Charbonnier without its rounding at zero, over the batch's mean.
_WEIGHTS = {
    "relative": {"relative": 1.0, "absolute": 0.0, "angle": 0.0},
    "charbonnier": {"relative": 0.0, "absolute": 1.0, "angle": 0.0},
}


def hydra_settings(span: str, loss: str, seed: int) -> TrainingSettings:
    """Return the published settings of a range, with one loss (a key of `LOSSES`) alone."""
    return replace(settings_for(span), scene_weights=SCENE_WEIGHTS, seed=seed, **_WEIGHTS[loss])


def train_hydra(
    fit: Sequence[NamedCube],
    choosing: Sequence[NamedCube],
    settings: TrainingSettings,
    folder: Path,
    *,
    device: str = "auto",
    report: Callable[[str], None] = print,
) -> Path:
    """Train one student and return its weights.

    Parameters
    ----------
    fit, choosing : sequence of (name, cube)
        To learn from; and to choose among the weights and to calibrate.
    settings : TrainingSettings
    folder : Path
        Of the run; see `napari_hydra.training.run.train`.
    device : str
        "auto", "cpu" or "cuda".
    report : callable
        Called with a line from time to time.
    """
    card = {
        "trained_on": f"{len(fit)} scenes of the benchmark's split; {len(choosing)} more chose and calibrated",
        "licence": "research use, as the data",
    }
    reported = -1

    def progress(fraction: float, sentence: str) -> None:
        nonlocal reported
        if int(20 * fraction) > reported:
            reported = int(20 * fraction)
            report(sentence)

    return train(fit, choosing, folder, settings, name=folder.name, device=device, card=card, progress=progress)
