"""Which model reads a picture where nobody named one: the ensemble where it is quick, else the fast student.

An ensemble takes 4 to 7 times as long for a colour as one student. Each colour is read once, so that with fewer than
an eighth as many colours as pixels an ensemble takes no longer than one student that reads every pixel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.hydra.files.registry import ModelSummary, choose_model, shipped_models
from napari_hydra.hydra.palette import count_colours

PIXELS_PER_COLOUR = 8
_ENSEMBLE = "-accurate"
_SAMPLE_PIXELS = 1 << 20  # counted within a tenth of a second


@dataclass(frozen=True)
class DefaultModel:
    """A model that was chosen, and why.

    Attributes
    ----------
    name : str
        What `load_model` takes.
    reason : str
        Half a sentence; empty where there was nothing to choose.

    Examples
    --------
    >>> default_model([450, 900]).name
    'vnir'
    """

    name: str
    reason: str


def default_model(
    wavelengths: ArrayLike | None = None,
    picture: NDArray[Any] | None = None,
    *,
    partly: bool = False,
    models: Sequence[ModelSummary] | None = None,
    count: Callable[[NDArray[Any]], int | None] = count_colours,
) -> DefaultModel:
    """Return the model for a picture: of those that fit the wavelengths the ensemble, if the picture has few colours.

    Parameters
    ----------
    wavelengths : (B,) array, optional
        In nm; see `choose_model`, as for `partly` and `models`.
    picture : (H, W, 3) array, optional
        The picture to reconstruct; without one the fast model is chosen.
    partly : bool
        Whether it is enough to cover one of the wavelengths.
    models : sequence of ModelSummary, optional
        To choose from; otherwise those that come with the package.
    count : callable
        Returns the number of a picture's colours, None where they are many.

    Returns
    -------
    DefaultModel
        Name and reason.

    Raises
    ------
    HydraError
        If no model fits.

    Examples
    --------
    >>> import numpy as np
    >>> default_model(picture=np.zeros((20, 30, 3), np.uint8))
    DefaultModel(name='visible-accurate', reason='accurate, as the picture has few colours (1 in 600 pixels)')
    >>> default_model(picture=np.zeros((20, 30, 3), np.float32))
    DefaultModel(name='visible', reason='fast, as the picture has many colours or is not of integers')
    """
    offered = shipped_models() if models is None else models
    name = choose_model(wavelengths, partly=partly, models=offered)
    spans = {model.name: model.span for model in offered}
    ensemble = name + _ENSEMBLE
    if spans.get(ensemble) != spans[name]:
        return DefaultModel(name, "")
    if picture is None:
        return DefaultModel(name, "fast, as there is no picture yet to count the colours of")
    sample = _sample(picture)
    colours, pixels = count(sample), sample.shape[0] * sample.shape[1]
    if colours is None or colours > max(1, pixels // PIXELS_PER_COLOUR):
        return DefaultModel(name, "fast, as the picture has many colours or is not of integers")
    of = "" if sample is picture else " of a sample"
    reason = f"accurate, as the picture has few colours ({colours:,} in {pixels:,} pixels{of})"
    return DefaultModel(ensemble, reason)


def _sample(picture: NDArray[Any]) -> NDArray[Any]:
    """Return an even grid of the pixels of a large picture; it has fewer pixels for each colour than the whole."""
    step = int(np.ceil(np.sqrt(picture.shape[0] * picture.shape[1] / _SAMPLE_PIXELS)))
    return picture[::step, ::step] if step > 1 else picture
