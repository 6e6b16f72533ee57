"""The verbs around measured spectra: suggest where to take them, and adapt a model to them."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_hydra.cli.options import (
    CameraName,
    CubeWavelengths,
    Device,
    DivideBy,
    Illuminant,
    Incomplete,
    Json,
    Overwrite,
    Variable,
    WhiteLevel,
    open_camera,
    open_cube,
)
from napari_hydra.cli.terminal import refuse_report, report
from napari_hydra.errors import HydraError
from napari_hydra.file_formats import names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_hydra.io import MeasuredSpectrum

Picture = Annotated[Path, typer.Argument(metavar="PICTURE", help=f"{names('picture')}.")]
ModelName = Annotated[str, typer.Option("--model", "-m", metavar="NAME|FILE", help="See 'models'.")]


def suggest(
    picture: Picture,
    count: Annotated[int, typer.Option("--count", "-n", help="How many sample sites.")] = 10,
    measured: Annotated[
        Path | None,
        typer.Option("--measured", metavar="CSV", help="Spectra taken already, as for 'adapt'; others are chosen."),
    ] = None,
    model: ModelName = "visible",
    camera: CameraName = "srgb",
    illuminant: Illuminant = "D65",
    white_level: WhiteLevel = None,
    device: Device = "auto",
    overwrite: Overwrite = False,
    json: Json = None,
) -> None:
    """Say where to measure spectra so that adapting gains most: rows "number,y,x", the most useful first."""
    from napari_hydra.hydra import load_model
    from napari_hydra.io import read_picture

    refuse_report(json, overwrite)
    pixels = read_picture(picture)
    taken_by = camera if camera == "unknown" else open_camera(camera, illuminant)
    known = [] if measured is None else [spectrum.pixel for spectrum in read_spectra(measured)]
    loaded = load_model(model, device)
    sites = loaded.suggest_sites(pixels, count, camera=taken_by, white_level=white_level, measured=known)
    rows = [{"number": i, "y": y, "x": x} for i, (y, x) in enumerate(sites, 1)]
    text = "\n".join(["number,y,x", *(f"{row['number']},{row['y']},{row['x']}" for row in rows)])
    report(text, {"picture": str(picture), "model": model, "places": rows}, json, overwrite)


def adapt(
    picture: Picture,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="MODEL", help="A name ending in .safetensors.")],
    spectra: Annotated[
        Path | None,
        typer.Option("--spectra", metavar="CSV", help="A row a spectrum; header: y,x and the wavelengths in nm."),
    ] = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", metavar="CUBE", help="A measured cube of the picture's size.")
    ] = None,
    mask: Annotated[
        Path | None, typer.Option("--mask", metavar="PICTURE", help="Learn from the truth where this is not black.")
    ] = None,
    model: ModelName = "visible",
    camera: CameraName = "srgb",
    illuminant: Illuminant = "D65",
    white_level: WhiteLevel = None,
    wavelengths: CubeWavelengths = None,
    variable: Variable = None,
    divide_by: DivideBy = None,
    incomplete: Incomplete = False,
    device: Device = "auto",
    overwrite: Overwrite = False,
    json: Json = None,
) -> None:
    """Make a model that knows a scene from a few measured spectra.

    MODEL is a small file that stands on the weights it was adapted from; use it with --model. Where leaving out one
    measurement after another shows no gain, nothing is written and that is said. Given a model that is adapted
    already, it learns the new spectra beside those it knows.
    """
    from napari_hydra.hydra import load_model
    from napari_hydra.io import read_picture
    from napari_hydra.io.files.atomic import refuse_existing

    if (spectra is None) == (truth is None):
        raise HydraError("give either --spectra or --truth, and not both.")
    if mask is not None and truth is None:
        raise HydraError("--mask chooses pixels of --truth; give that too.")
    if output.suffix != ".safetensors":
        raise HydraError(f"{output} is no name for a model; let it end in .safetensors.")
    refuse_report(json, overwrite)
    refuse_existing(output, overwrite)
    pixels = read_picture(picture)
    given: dict[str, Any] = {}
    if spectra is not None:
        given["points"] = read_spectra(spectra)
    elif truth is not None:
        given["truth"] = open_cube(truth, wavelengths, variable, divide_by, incomplete)
        given["mask"] = None if mask is None else _read_mask(mask)
    taken_by = camera if camera == "unknown" else open_camera(camera, illuminant)
    adapted = load_model(model, device).adapt(pixels, camera=taken_by, white_level=white_level, **given)
    if adapted.adaptation is None:
        raise HydraError(
            f"adapting {model} to these spectra brings nothing (each is predicted no better from the others); "
            "measure other materials, or see 'napari-hydra suggest'."
        )
    adapted.save(output, overwrite=overwrite)
    before, after = adapted.adaptation.left_out
    count = adapted.adaptation.count
    gained = f"the error of a spectrum left out fell by {1 - after / before:.0%}"
    text = f"{output}: {model} adapted to {count} spectra; {gained}"
    figures = {"model": str(output), "base": model, "spectra": count, "left_out": {"before": before, "after": after}}
    report(text, figures, json, overwrite)


def read_spectra(path: Path) -> "list[MeasuredSpectrum]":
    """Read spectra and their pixels from a CSV file.

    Raises
    ------
    HydraError
        Naming the line that cannot be read, or the spectrum that has no pixel.
    """
    from napari_hydra.io import read_measured_spectra

    found = read_measured_spectra(path)
    for spectrum in found:
        if spectrum.y is None or spectrum.x is None:
            raise HydraError(
                f"{path} does not say the pixel of its spectrum {spectrum.name!r}; "
                "give a row a spectrum under the header 'y,x,400,410,...'."
            )
    return found


def _read_mask(path: Path) -> "NDArray[np.bool_]":
    import numpy as np

    from napari_hydra.io import PictureNotice, read_picture

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PictureNotice)  # a mask is grey on purpose
        picture = read_picture(path)
    marked: NDArray[np.bool_] = np.any(picture > 0, axis=-1)
    return marked
