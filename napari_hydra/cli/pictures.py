"""The verbs between pictures and cubes: reconstruct and simulate."""

import time
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
    Model,
    Overwrite,
    Variable,
    WhiteLevel,
    open_camera,
    open_cube,
    parse_wavelengths,
    usable_bands,
)
from napari_hydra.cli.terminal import note, progress, refuse_report, report
from napari_hydra.errors import HydraError
from napari_hydra.file_formats import either, names, writable

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from napari_hydra.hydra import HydraModel, LatentCube


def reconstruct(
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE", help=f"{names('picture')}.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help=f"A name ending in {either(writable('cube'))}; a folder for several pictures.",
        ),
    ],
    model: Model = None,
    wavelengths: Annotated[
        str | None,
        typer.Option("--wavelengths", "-w", metavar="NM", help="start:stop:step or a comma list; the model's own."),
    ] = None,
    like: Annotated[
        Path | None, typer.Option("--like", metavar="CUBE", help="Take the wavelengths of this cube's good bands.")
    ] = None,
    camera: CameraName = "srgb",
    illuminant: Illuminant = "D65",
    white_level: WhiteLevel = None,
    scale: Annotated[
        str,
        typer.Option("--scale", help="as-is (1 = saturation), matched (one factor, fitted to --like), or a number."),
    ] = "as-is",
    suffix: Annotated[str, typer.Option("--format", help="Suffix of the cubes in a folder.")] = ".hdr",
    device: Device = "auto",
    divide_by: DivideBy = None,
    incomplete: Incomplete = False,
    overwrite: Overwrite = False,
    json: Json = None,
) -> None:
    """Reconstruct a cube from each picture.

    The camera "unknown" is for pictures that were edited: colours then need not be met exactly.
    """
    from napari_hydra.cube import good_bands, select_bands
    from napari_hydra.hydra import default_model, load_model, model_card
    from napari_hydra.io import read_picture, write_cube

    if wavelengths is not None and like is not None:
        raise HydraError("--wavelengths and --like were both given; give one of them.")
    refuse_report(json, overwrite)
    factor = _parse_scale(scale, like)
    targets = _targets(pictures, output, suffix, overwrite)
    taken_by = camera if camera == "unknown" else open_camera(camera, illuminant)
    wanted = None if wavelengths is None else parse_wavelengths(wavelengths)
    truth = None if like is None else open_cube(like, divide_by=divide_by, incomplete=incomplete)
    asked = wanted if truth is None else truth["wavelength"].values[good_bands(truth)]
    engines: dict[str, HydraModel] = {}

    def engine_for(picture: "NDArray[Any]") -> "tuple[HydraModel, str]":
        chosen = None if model else default_model(asked, picture, partly=truth is not None)
        name, reason = (model, "") if chosen is None else (chosen.name, chosen.reason)
        assert name is not None
        if name not in engines:
            engines[name] = load_model(name, device)
        return engines[name], reason

    if truth is not None:
        span = model_card(model or default_model(asked, partly=True).name).wavelength_range
        keep = usable_bands(truth, span, str(like))
        wanted, truth = truth["wavelength"].values[keep], select_bands(truth, keep)
    done = []
    for source, target in zip(pictures, targets, strict=True):
        started = time.perf_counter()
        with progress(source.name) as update:
            picture = read_picture(source)
            engine, reason = engine_for(picture)
            latent = engine.reconstruct(picture, wanted, taken_by, white_level, device, update)
            applied = _match(latent, truth, source) if factor is None else factor
            latent = latent.scaled(applied) if applied != 1 else latent
            latent.attrs["picture"] = source.name
            if factor is None and truth is not None:
                latent.attrs["cube_quantity"] = truth.attrs["quantity"]
            if target.parent == output:
                output.mkdir(parents=True, exist_ok=True)
            write_cube(latent, target, overwrite=overwrite, progress=update)
        summary = _summary(source, target, latent, applied, time.perf_counter() - started)
        done.append(summary | {"model_reason": reason})
    lines = [
        "{file}: {bands} bands {first:g}-{last:g} nm, {height} x {width}, model {model}, {seconds:.1f} s".format(
            **entry
        )
        + (f"; {entry['model_reason']}" if entry["model_reason"] else "")
        + (f"; multiplied by {entry['factor']:.4g}" if entry["factor"] != 1 else "")
        + (f"; {entry['saturated']:.1%} saturated" if entry["saturated"] else "")
        + (f"; {entry['unfamiliar']:.1%} of colours unlike the training data" if entry["unfamiliar"] else "")
        for entry in done
    ]
    report(
        "\n".join(lines),
        {"model": ", ".join(dict.fromkeys(entry["model"] for entry in done)), "pictures": done},
        json,
        overwrite,
    )


def _parse_scale(text: str, like: Path | None) -> float | None:
    """Return the factor, or None where it is to be fitted."""
    if text == "matched":
        if like is None:
            raise HydraError("--scale matched needs the cube to match; give it with --like.")
        return None
    try:
        factor = 1.0 if text == "as-is" else float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise HydraError(f"--scale {text} is not understood; give as-is, matched or a positive number.")
    return factor


def _match(latent: "LatentCube", truth: "xr.DataArray | None", picture: Path) -> float:
    """Return the factor that brings a reconstruction nearest to the truth, by least squares over the scene."""
    from napari_hydra.evaluation import fitted_factor
    from napari_hydra.evaluation.averaging import on_one_grid
    from napari_hydra.evaluation.overlay import overlay_of_cubes

    assert truth is not None  # see _parse_scale
    words = {"what": str(picture), "which": "the cube of --like", "remedy": "--scale matched needs the same scene"}
    return fitted_factor(*on_one_grid(latent, truth, overlay_of_cubes(latent, truth, **words)))


def _targets(pictures: list[Path], output: Path, suffix: str, overwrite: bool) -> list[Path]:
    """Return where each cube goes, refused before anything is computed."""
    from napari_hydra.io import WRITABLE
    from napari_hydra.io.files.atomic import refuse_existing

    if output.suffix.lower() in WRITABLE and not (output.is_dir() and output.suffix.lower() != ".zarr"):
        if len(pictures) > 1:
            raise HydraError(f"{len(pictures)} pictures cannot all become {output}; give a folder.")
        if not output.absolute().parent.is_dir():
            raise HydraError(f"{output} cannot be written: its folder does not exist; make it first.")
        targets = [output]
    elif output.suffix and not output.is_dir() and len(pictures) == 1:
        raise HydraError(f"{output} cannot be written as a cube; end its name in one of {', '.join(WRITABLE)}.")
    else:
        ending = suffix if suffix.startswith(".") else f".{suffix}"
        if ending.lower() not in WRITABLE:
            raise HydraError(f"--format {suffix} is not known; take one of {', '.join(WRITABLE)}.")
        if output.exists() and not output.is_dir():
            raise HydraError(f"{output} is a file; give a folder, or a name ending in one of {', '.join(WRITABLE)}.")
        targets = [output / f"{picture.stem}{ending}" for picture in pictures]
        if len(set(targets)) < len(targets):
            raise HydraError("two pictures have the same name, so their cubes would too; reconstruct them apart.")
    for target in targets:
        refuse_existing(target, overwrite)
    return targets


def _summary(source: Path, target: Path, latent: "LatentCube", factor: float, seconds: float) -> dict[str, Any]:
    from napari_hydra.hydra.latent.latent_cube import BLACK, SATURATED, UNFAMILIAR

    marks = {"saturated": SATURATED, "black": BLACK, "unfamiliar": UNFAMILIAR}
    return {
        "picture": str(source),
        "file": str(target),
        "model": latent.attrs["model"],
        "bands": latent.shape[0],
        "first": float(latent.wavelengths[0]),
        "last": float(latent.wavelengths[-1]),
        "height": latent.shape[1],
        "width": latent.shape[2],
        "factor": factor,
        "quantity": latent.attrs["quantity"],
        "seconds": seconds,
        **{name: float(((latent.flags & bit) != 0).mean()) for name, bit in marks.items()},
    }


def simulate(
    cube: Annotated[Path, typer.Argument(metavar="CUBE")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="PICTURE", help=f"Ending in {either(writable('picture'))}.")
    ],
    camera: CameraName = "srgb",
    illuminant: Illuminant = "D65",
    exposure: Annotated[
        str, typer.Option("--exposure", help="auto (99.5 % of pixels below 95 % of saturation), or a factor.")
    ] = "auto",
    noise: Annotated[
        float | None, typer.Option("--noise", metavar="ELECTRONS", help="Photon noise of this full well.")
    ] = None,
    jpeg: Annotated[int | None, typer.Option("--jpeg", metavar="QUALITY", help="Pass through JPEG.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the noise.")] = 0,
    wavelengths: CubeWavelengths = None,
    variable: Variable = None,
    divide_by: DivideBy = None,
    incomplete: Incomplete = False,
    overwrite: Overwrite = False,
    json: Json = None,
) -> None:
    """Take the picture of a cube that a camera would."""
    from napari_hydra.camera import render
    from napari_hydra.io import write_picture
    from napari_hydra.io.files.atomic import refuse_existing

    refuse_existing(output, overwrite)
    refuse_report(json, overwrite)
    try:
        gain: Any = exposure if exposure == "auto" else float(exposure)
    except ValueError:
        raise HydraError(f"--exposure {exposure} is not understood; give auto or a positive number.") from None
    rendering = render(
        open_cube(cube, wavelengths, variable, divide_by, incomplete),
        open_camera(camera, illuminant),
        exposure=gain,
        noise_electrons=noise,
        jpeg_quality=jpeg,
        seed=seed,
    )
    write_picture(rendering.picture, output, overwrite=overwrite)
    height, width = rendering.picture.shape[:2]
    figures = {
        "file": str(output),
        "height": height,
        "width": width,
        "gain": rendering.gain,
        "white_level": rendering.white_level,
        "clipped": float(rendering.clipped.mean()),
    }
    text = f"{output}: {height} x {width}, exposure {rendering.gain:.4g}, {figures['clipped']:.1%} of pixels saturated"
    if rendering.white_level not in (255, 65535):
        note(f"{output} is saturated at {rendering.white_level}; tell 'reconstruct' with --white-level.")
    report(text, figures, json, overwrite)
