"""The verbs that judge: evaluate a model on measured cubes, compare two cubes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_hydra.cli.options import (
    Cubes,
    CubeWavelengths,
    Device,
    DivideBy,
    Incomplete,
    Json,
    Model,
    Overwrite,
    Variable,
    open_cube,
)
from napari_hydra.cli.terminal import note, progress, refuse_report, report, table
from napari_hydra.errors import HydraError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_hydra.evaluation import Figures


def evaluate(
    cubes: Cubes,
    model: Model = None,
    track: Annotated[
        str, typer.Option("--track", "-t", help="How the picture is taken: srgb, srgb-jpeg, camera, exposure.")
    ] = "srgb",
    device: Device = "auto",
    bands: Annotated[bool, typer.Option("--bands", help="Every band's figures in the JSON too.")] = False,
    fit_gain: Annotated[
        bool, typer.Option("--fit-gain", help="Fit one factor to each scene first, as track exposure always does.")
    ] = False,
    wavelengths: CubeWavelengths = None,
    variable: Variable = None,
    divide_by: DivideBy = None,
    incomplete: Incomplete = False,
    overwrite: Overwrite = False,
    json: Json = None,
) -> None:
    """Score a model on measured cubes.

    Renders the picture from each cube, reconstructs it at the cube's bands and compares.

    1.0 is the saturation of the picture. mrae: mean relative error; rmse; psnr in dB; nrmse: rmse over the mean of
    the truth; sam: spectral angle in degrees; rgb: the estimate rendered back against the picture, in 8-bit steps
    (consistency, not accuracy); coverage90: share of the truth inside the 90 % interval.
    """
    import numpy as np

    from napari_hydra.cube import good_bands, wavelengths_of
    from napari_hydra.evaluation import evaluate_cube, scores_table
    from napari_hydra.evaluation import report as report_of
    from napari_hydra.hydra import choose_model, load_model

    refuse_report(json, overwrite)
    if model is None:
        found = [open_cube(path, wavelengths, variable, divide_by, incomplete) for path in cubes]
        model = choose_model(np.concatenate([wavelengths_of(cube)[good_bands(cube)] for cube in found]), partly=True)
        del found
    engine = load_model(model, device)
    scores = []
    with progress("evaluate") as update:
        for number, path in enumerate(cubes):
            update(number / len(cubes), path.name)
            cube = open_cube(path, wavelengths, variable, divide_by, incomplete)
            scores.append(evaluate_cube(cube, engine, track, fitted=fit_gain or None))
    for one in scores:
        if one.bands_left_out:
            low, high = engine.card.wavelength_range
            note(f"{one.name}: {one.bands_left_out} good bands lie outside {low:g}-{high:g} nm and are left out.")
        if one.without_angle:
            note(f"{one.name}: the estimate of {one.without_angle} pixels is zero; the mean angle leaves them out.")
    figures = report_of(engine.name, track, scores, per_band=bands, fitted=fit_gain)
    report(scores_table(scores), figures, json, overwrite)


def compare(
    estimate: Annotated[Path, typer.Argument(metavar="ESTIMATE")],
    truth: Annotated[Path, typer.Argument(metavar="TRUTH")],
    scale: Annotated[
        str, typer.Option("--scale", help="matched: multiply by one factor, fitted over the scene; or as-is.")
    ] = "matched",
    white: Annotated[
        float, typer.Option("--white", help="The truth's value of a white surface, for mrae and psnr.")
    ] = 1.0,
    maps: Annotated[
        Path | None, typer.Option("--maps", metavar="FOLDER", help="Write error maps there, as float TIFF.")
    ] = None,
    bands: Annotated[bool, typer.Option("--bands", help="Print every band.")] = False,
    wavelengths: CubeWavelengths = None,
    divide_by: DivideBy = None,
    incomplete: Incomplete = False,
    overwrite: Overwrite = False,
    json: Json = None,
) -> None:
    """Compare an estimated cube with a measured one.

    The figures are those of 'evaluate', in the unit of TRUTH. Where the two show one field in pixels of another size,
    the finer is averaged over the pixels of the coarser.
    """
    from napari_hydra.evaluation import compare as compare_cubes
    from napari_hydra.evaluation import error_maps

    refuse_report(json, overwrite)
    if scale not in ("matched", "as-is"):
        raise HydraError(f"--scale {scale} is not understood; give matched or as-is.")
    estimated, measured = (
        open_cube(path, wavelengths, divide_by=divide_by, incomplete=incomplete) for path in (estimate, truth)
    )
    found = compare_cubes(estimated, measured, match=scale == "matched", white=white)
    figures = {key: getattr(found, key) for key in ("mrae", "rmse", "psnr", "nrmse", "sam")}
    rows = _per_band(found)
    lines = [f"{estimate} against {truth}", table([figures], dict.fromkeys(figures, ".4g"))]
    lines.append(f"{len(rows)} bands, {found.pixels} pixels, the estimate multiplied by {found.factor:.4g}")
    if found.overlay is not None:
        lines.append(found.overlay.words)
    if found.without_angle:
        lines.append(f"the estimate of {found.without_angle} pixels is zero: left out of the mean angle (sam)")
    if found.bands_left_out:
        lines.append(f"{found.bands_left_out} good bands of the truth lie outside the estimate: left out")
    if bands:
        lines.append(table(rows, {"wavelength": "g", "mrae": ".4f", "rmse": ".4g"}))
    if maps is not None:
        lines += _write_maps(maps, error_maps(estimated, measured, factor=found.factor), overwrite)
    extra = {key: getattr(found, key) for key in ("factor", "pixels", "without_angle", "bands_left_out")}
    extra["pixels_averaged"] = 1.0 if found.overlay is None else found.overlay.pixels
    paths = {"estimate": str(estimate), "truth": str(truth)}
    report("\n".join(lines), {**paths, **figures, **extra, "bands": rows}, json, overwrite)


def _per_band(found: "Figures") -> list[dict[str, Any]]:
    columns = (found.wavelengths, found.mrae_per_band, found.rmse_per_band)
    return [
        {"wavelength": float(nm), "mrae": float(relative), "rmse": float(absolute)}
        for nm, relative, absolute in zip(*columns, strict=True)
    ]


def _write_maps(folder: Path, maps: "dict[str, NDArray[np.float32]]", overwrite: bool) -> list[str]:
    import tifffile

    from napari_hydra.io.files.atomic import refuse_existing, replacing

    targets = {name: folder / f"{name}.tif" for name in maps}
    for target in targets.values():
        refuse_existing(target, overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    for name, target in targets.items():
        with replacing(target, overwrite=overwrite) as temporary:
            tifffile.imwrite(temporary, maps[name])
    return [f"wrote {target}" for target in targets.values()]
