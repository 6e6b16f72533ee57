"""Do the 90 % intervals hold on scenes never seen? Cross-validation by scene over an ensemble's training run.

Each scene is estimated by the member that was trained without it, and its interval is calibrated on the other scenes
alone, each left out in the same way: nothing about the scene itself was used.
"""

import argparse
import datetime
import sys

import numpy as np

from benchmarks.rows import keep_row, provenance
from napari_hydra import __version__, read_cube
from napari_hydra.hydra.model_files import load_network
from napari_hydra.training.calibration import estimate_scene
from napari_hydra.training.scenes import prepare_scene

LEVEL = 0.9
PIXELS = 20000


def left_out_errors(run, paths):
    """Yield (wavelengths, name, |error|, deviation) of each scene, the last two (n, B), by the member without it."""
    models = sorted(run.glob("fold*/fold*.safetensors"))
    if not models:
        sys.exit(f"{run} holds no fold*/fold*.safetensors; train it with --preset accurate first.")
    for model in models:
        network, _, card = load_network(model)
        for name in card.metrics["scenes"]:
            if name not in paths:
                sys.exit(f"{name}, left out by {model}, is in none of the folders given; add its folder.")
            scene = prepare_scene(read_cube(paths[name]), name, *card.wavelength_range)
            found = estimate_scene(network, scene)
            bands = len(scene.wavelengths)
            error = np.abs(found.mean - scene.target).reshape(-1, bands)
            picked = np.random.default_rng(0).integers(0, len(error), PIXELS)
            yield scene.wavelengths, name, error[picked], found.std.reshape(-1, bands)[picked]


def cross_validated(errors, deviations):
    """Return coverage (S, B) and mean half-width (S, B) of each scene, calibrated on the other scenes alone.

    Parameters
    ----------
    errors, deviations : lists of (n, B) arrays
        Absolute errors and predicted standard deviations, one array a scene.
    """
    ratios = [error / deviation for error, deviation in zip(errors, deviations, strict=True)]
    coverage, widths = [], []
    for number, (ratio, deviation) in enumerate(zip(ratios, deviations, strict=True)):
        others = np.concatenate([other for i, other in enumerate(ratios) if i != number])
        factor = np.quantile(others, LEVEL, axis=0)
        coverage.append((ratio <= factor).mean(0))
        widths.append(deviation.mean(0) * factor)
    return np.array(coverage), np.array(widths)


def constant_widths(errors, coverage):
    """Return the constant half-width (B,) of each band that covers as much of all scenes' pixels as `coverage` (B,)."""
    pooled = np.concatenate(errors)
    return np.array([np.quantile(pooled[:, band], share) for band, share in enumerate(coverage)])


def lines_of(wavelengths, names, errors, deviations):
    coverage, widths = cross_validated(errors, deviations)
    constant = constant_widths(errors, coverage.mean(0))
    relative = widths.mean(0) / constant
    inside = (coverage.mean(0) >= 0.85) & (coverage.mean(0) <= 0.95)
    yield (
        f"{len(names)} scenes, {len(wavelengths)} bands, {wavelengths[0]:g}-{wavelengths[-1]:g} nm: coverage "
        f"{coverage.mean():.3f} (bands {coverage.mean(0).min():.3f} to {coverage.mean(0).max():.3f}; {inside.sum()} of "
        f"{len(wavelengths)} within .85 to .95); of a scene {coverage.mean(1).min():.3f} to "
        f"{coverage.mean(1).max():.3f}, standard deviation {coverage.mean(1).std():.3f}. Half-width "
        f"{relative.mean():.2f} of the best constant one of the same coverage (mean over bands)."
    )
    yield from ("", "| nm | coverage, mean over scenes | lowest scene | highest | half-width | of a constant one |")
    yield "|---|---|---|---|---|---|"
    for band in np.unique(np.linspace(0, len(wavelengths) - 1, min(31, len(wavelengths))).round().astype(int)):
        column = coverage[:, band]
        yield (
            f"| {wavelengths[band]:.0f} | {column.mean():.3f} | {column.min():.3f} | {column.max():.3f} "
            f"| {widths[:, band].mean():.4f} | {relative[band]:.2f} |"
        )
    yield from ("", "| scene | coverage | lowest band | highest band |", "|---|---|---|---|")
    for name, row in sorted(zip(names, coverage, strict=True)):
        yield f"| {name} | {row.mean():.3f} | {row.min():.3f} | {row.max():.3f} |"
    yield ""


def run(options: argparse.Namespace) -> None:
    """Estimate every scene by the member without it and write the page."""
    paths = {path.stem: path for folder in options.folders for path in sorted(folder.glob("*.hdr"))}
    sensors = {}
    for wavelengths, *scene in left_out_errors(options.run, paths):
        sensors.setdefault(wavelengths.tobytes(), (wavelengths, []))[1].append(scene)
    text = [
        "# Do the intervals hold on scenes never seen?",
        "",
        f"Made by `python -m benchmarks coverage RUN FOLDER...` ({datetime.date.today()}, version {__version__}).",
        "Each scene is estimated by the member of the ensemble that was trained without it; its nominal 90 % interval",
        "is calibrated on the other scenes alone. Half-widths are in units of the picture's saturation.",
        "",
    ]
    for wavelengths, scenes in sensors.values():
        if len(scenes) > 2:
            names, errors, deviations = map(list, zip(*scenes, strict=True))
            text += lines_of(wavelengths, names, errors, deviations)
            for name, covered, width in zip(names, *cross_validated(errors, deviations), strict=True):
                row = {"scene": name, "wavelengths": wavelengths, "coverage": covered, "half_width": width}
                keep_row(options.results, provenance(options.command) | row, ("scene",))
    options.page.write_text("\n".join(text).rstrip() + "\n")
    print("\n".join(text))
