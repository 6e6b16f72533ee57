"""What a report says in words: settings as rows, and what to keep in mind."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from napari_hydra.workbench.scene.roi_spectra import FLAGS
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

ESTIMATE = (
    "A reconstruction is an estimate from what similar scenes look like. A colour picture holds three numbers a pixel, "
    "and different spectra can have the same colour; it does not replace a measurement."
)
INTERVAL = (
    "An interval is where the value lies in so many of 100 cases, judged on scenes that the model had not seen. For "
    "scenes of another kind it may be too narrow."
)
_VISIBLE_END = 700.0  # nm: beyond it a colour picture holds nothing


def readable(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return facts as rows of name and value, those that say nothing left out."""
    rows = []
    for key, value in fields.items():
        if value in (None, "", [], {}):
            continue
        words = key if "-" in key else key.replace("_", " ")
        rows.append((words.removesuffix(" nm") + " (nm)" if words.endswith(" nm") else words, _value(value)))
    return rows


def caveats(snapshot: ViewSnapshot) -> list[str]:
    """Return what a reader must know of these numbers, a sentence or two each."""
    scene = snapshot.scene
    wavelengths = scene.estimate.wavelengths
    said = [ESTIMATE, INTERVAL]
    if scene.truth is None:
        said.append("Nothing here was compared with a measurement of this scene.")
    elif scene.matched:
        said.append(
            f"The estimate was multiplied by one factor for the whole scene ({scene.factor:.4g}), so a common error of "
            "exposure is not counted."
        )
    if scene.settings.get("averaging"):
        said.append(f"Their pixels differ in size. {scene.settings['averaging']} Errors and their maps are over those.")
    if float(wavelengths[-1]) > _VISIBLE_END:
        said.append(
            f"Bands beyond {_VISIBLE_END:g} nm are inferred from the visible alone; of the infrared the picture holds "
            "nothing."
        )
    if snapshot.regions:
        said.append(
            "The interval of a region is the mean of its pixels' intervals. It is not divided by the root of their "
            "number, because the errors of neighbouring pixels go together."
        )
    flags = np.asarray(scene.reconstruction.flags)
    shares = {word: float(np.count_nonzero(flags & bit)) / flags.size for bit, word in FLAGS.items()}
    flagged = [f"{_share(share)} {word}" for word, share in shares.items() if share > 0]
    if flagged:
        said.append(f"Of the pixels {', '.join(flagged)}: their estimates are uncertain.")
    if scene.model is not None and scene.model.adaptation is not None:
        count = scene.model.adaptation.count
        said.append(
            f"The model was adapted to {count} measured spectra of this scene; where they were taken, its errors say "
            "little about other scenes."
        )
    return said


def _share(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.001 else "less than 0.1 %"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        numbers = [_value(item) for item in value]
        return ", ".join(numbers if len(numbers) <= 40 else [*numbers[:2], "…", f"{numbers[-1]} ({len(numbers)})"])
    return str(value)
