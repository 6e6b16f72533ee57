"""What made the files of an export: versions, model, inputs, settings and the hash of every file."""

import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from napari_hydra import __version__
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot
from napari_hydra.workbench.session.sources import fingerprint, sha256_of

FORMAT = "napari-hydra export"
_PACKAGES = ("numpy", "torch", "xarray", "scikit-image", "matplotlib", "spectral", "zarr")
MODEL_FIELDS = ("name", "wavelength_range", "trained_on", "quantity", "licence", "date", "version", "command")


def manifest(snapshot: ViewSnapshot, folder: Path, choices: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest of the files that lie in `folder`.

    Parameters
    ----------
    snapshot : ViewSnapshot
    folder : Path
    choices : dict
        What was asked of the export.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "format": FORMAT,
        "version": 1,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "versions": versions(),
        "scene": snapshot.scene.name,
        "model": model_provenance(snapshot, folder.parent),
        "inputs": input_provenance(snapshot, folder.parent),
        "settings": settings(snapshot) | choices,
        "files": [
            {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for path in files
        ],
    }


def versions() -> dict[str, str]:
    """Return the versions of what computed the numbers."""
    found = {"napari-hydra": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def model_provenance(snapshot: ViewSnapshot, folder: Path | None = None) -> dict[str, Any]:
    """Return what the model says of itself, the hash of its weights, and whether it knows the scene."""
    scene = snapshot.scene
    model = scene.model
    if scene.is_measured:
        return {}
    if model is None:
        return {"name": str(scene.settings.get("model", "unknown"))}
    card = asdict(model.card)
    found = {key: card[key] for key in MODEL_FIELDS if card.get(key)}
    found["asked_for"] = path_from(folder, str(scene.settings.get("model", "")))
    if model.source is not None:
        found["weights_sha256"] = fingerprint(model.source)
    found["adapted_to_spectra"] = 0 if model.adaptation is None else model.adaptation.count
    return found


def input_provenance(snapshot: ViewSnapshot, folder: Path | None = None) -> dict[str, Any]:
    """Return the files that went in, with their hashes where they are still there."""
    found: dict[str, Any] = {}
    for what in ("picture", "truth", "cube"):
        name = str(snapshot.scene.settings.get(what) or "")
        if not name:
            continue
        path = Path(name)
        found[what] = {"name": path_from(folder, name)}
        if path.exists() and path.name:
            found[what]["sha256"] = fingerprint(path)
    truth = snapshot.scene.truth
    if truth is not None and "truth" in found and truth.attrs.get("history"):
        found["truth"]["history"] = [str(line) for line in truth.attrs["history"]]  # also what counts were divided by
    return found


def path_from(folder: Path | None, name: str) -> str:
    """Return the path of a file from a folder that holds it, so that what is passed on names no user; others as is."""
    path = Path(name)
    if folder is None or not path.is_absolute() or not path.is_relative_to(folder.absolute()):
        return name
    return path.relative_to(folder.absolute()).as_posix()


def settings(snapshot: ViewSnapshot) -> dict[str, Any]:
    """Return every choice that decides over the numbers."""
    scene, request = snapshot.scene, snapshot.scene.request
    wavelengths = [round(float(w), 4) for w in scene.estimate.wavelengths]
    return {
        "camera": scene.settings.get("camera"),
        "illuminant": scene.settings.get("illuminant"),
        "white_level": None if request is None else request.white_level,
        "wavelengths_nm": wavelengths,
        "quantity": scene.quantity,
        "factor": None if scene.is_measured else scene.factor,
        "matched_to_truth": scene.matched,
        "averaging": scene.settings.get("averaging"),
        "interval_level": None if scene.is_measured else snapshot.level,
        "pixels_per_pin": f"{snapshot.pixel_window} x {snapshot.pixel_window}",
        "region_statistic": snapshot.statistic,
        "transform": snapshot.transform,
    }
