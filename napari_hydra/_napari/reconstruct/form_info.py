"""The lines under Run: what the model knows, what the numbers will mean, and what a run did."""

from napari_hydra.hydra.files.registry import ModelSummary
from napari_hydra.workbench.scene.run import RunResult
from napari_hydra.workbench.scene.run_request import WavelengthChoice


def info_text(
    model: ModelSummary,
    *,
    reason: str,
    automatic: bool,
    choice: WavelengthChoice,
    quantity: str | None,
    matched: bool,
) -> str:
    """Return the sentences under Run.

    Parameters
    ----------
    model : ModelSummary
    reason : str
        Why the form chose it.
    automatic : bool
        Whether the form chose the model.
    choice : WavelengthChoice
    quantity : str or None
        Of the truth; None without one.
    matched : bool
        Whether the estimate is brought into the truth's unit.
    """
    low, high = model.span
    chosen = f" (chosen automatically{': ' if reason else ''}{reason})" if automatic else ""
    sentences = [f"Model {model.label}{chosen}: {low:g} to {high:g} nm."]
    if model.trained_on:
        sentences.append(f"Trained on {_without_lead(model.trained_on).rstrip('.')}.")
    if model.licence:
        sentences.append(f"Terms of the weights: {model.licence.rstrip('.')}.")
    if choice.kind == "grid":
        sentences.append(f"Wavelengths: {choice.start:g} to {choice.stop:g} nm, every {choice.step:g} nm.")
    elif choice.kind == "truth":
        sentences.append("Wavelengths: the truth's good bands within that range.")
    if quantity is not None and matched:
        sentences.append(f"Values: {quantity}, matched to the truth by one factor.")
    else:
        sentences.append("Values: relative radiance (reflectance times light); 1 is the picture's saturation.")
    return " ".join(sentences)


def _without_lead(text: str) -> str:
    """Return the text without the words "Trained on" that the line begins with already."""
    return text[len("trained on ") :] if text.lower().startswith("trained on ") else text


def run_summary(result: RunResult, seconds: float) -> str:
    """Return what a run did, in one line."""
    scene = result.scene
    bands, height, width = scene.estimate.shape
    parts = [f"{height} x {width} pixels, {bands} bands in {seconds:.1f} s."]
    if scene.request is not None and scene.request.model_reason:
        parts.append(f"Model {scene.request.model}: {scene.request.model_reason}.")
    if result.left_out:
        parts.append(f"{result.left_out} bands of the truth are bad or outside the model and left out.")
    if scene.truth is not None:
        how = "known from the rendering" if scene.gain else "fitted over the scene"
        parts.append(f"Factor to the truth: {scene.matching_factor:.4g}, {how}.")
    if scene.overlay is not None:
        parts.append(scene.overlay.words)
    return " ".join(parts)
