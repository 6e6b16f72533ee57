"""The verb from counts to reflectance: calibrate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from napari_hydra.cli.options import Coordinates, CubeWavelengths, Json, Overwrite, Variable, open_cube
from napari_hydra.cli.terminal import note, progress, refuse_report, report
from napari_hydra.errors import HydraError
from napari_hydra.file_formats import either, names, writable

if TYPE_CHECKING:
    import xarray as xr

    from napari_hydra.io import FileRegion, SpectralLibrary
    from napari_hydra.reflectance import Calibrated, Reference
    from napari_hydra.reflectance.references import Per


def calibrate(
    scene: Annotated[Path, typer.Argument(metavar="CUBE", help=f"Counts: {names('cube')}.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help=f"A name ending in {either(writable('cube'))}.")
    ],
    white: Annotated[
        Path | None, typer.Option("--white", metavar="CUBE", help="The white panel, as a cube of its own.")
    ] = None,
    white_region: Annotated[
        str | None, typer.Option("--white-region", metavar="NAME", help="The region of --regions that is the panel.")
    ] = None,
    white_after: Annotated[
        Path | None,
        typer.Option("--white-after", metavar="CUBE", help="The panel again, after the scene; the drift is stated."),
    ] = None,
    dark: Annotated[Path | None, typer.Option("--dark", metavar="CUBE", help="Counts with the shutter closed.")] = None,
    panel: Annotated[
        Path | None, typer.Option("--panel", metavar="TABLE", help="The panel's own reflectance; 1 by default.")
    ] = None,
    regions: Annotated[
        Path | None, typer.Option("--regions", metavar="FILE", help=f"Regions of the scene: {names('regions')}.")
    ] = None,
    spectra: Annotated[
        Path | None,
        typer.Option(
            "--spectra", metavar="TABLE", help="Empirical line: known reflectances of two --regions or more, by name."
        ),
    ] = None,
    coordinates: Coordinates = "auto",
    per: Annotated[
        str,
        typer.Option(
            "--per", help="One reference a column, a pixel, or the mean; auto: a column where the widths agree."
        ),
    ] = "auto",
    saturation: Annotated[
        float | None, typer.Option("--saturation", metavar="COUNTS", help="The counts at which the sensor saturates.")
    ] = None,
    wavelengths: CubeWavelengths = None,
    variable: Variable = None,
    overwrite: Overwrite = False,
    json: Json = None,
) -> None:
    """Turn counts into reflectance, by a white panel and a dark frame or by an empirical line.

    A white panel is a cube (--white) or a region of the scene (--regions, --white-region). Saturated panels are
    refused; values that would be divided by nearly zero are masked and counted.
    """
    from napari_hydra.io import write_cube
    from napari_hydra.io.files.atomic import refuse_existing

    _check(white, white_region, white_after, dark, panel, regions, spectra, per)
    refuse_existing(output, overwrite)
    refuse_report(json, overwrite)
    counts = open_cube(scene, wavelengths, variable)
    drawn = {} if regions is None else _read_regions(regions, counts, coordinates)

    def reference(path: Path) -> "Reference":
        from napari_hydra.reflectance import read_reference

        cube = open_cube(path, wavelengths, variable)
        wanted = ("column" if cube.shape[1] == counts.shape[1] else "mean") if per == "auto" else per
        return read_reference(cube, per=cast("Per", wanted), saturation=saturation, name=_named(path, wanted))

    if spectra is not None:
        found = _by_line(counts, drawn, spectra, saturation)
    else:
        given = _region_reference(counts, drawn, white_region, saturation) if white is None else reference(white)
        found = _by_panel(
            counts,
            given,
            dark=None if dark is None else reference(dark),
            after=None if white_after is None else reference(white_after),
            panel=panel,
            saturation=saturation,
        )
    with progress(output.name) as update:
        write_cube(found.cube, output, overwrite=overwrite, progress=update)
    said = found.cube.attrs["history"][len(counts.attrs["history"]) :]
    height, width, bands = found.cube.shape
    figures = {"scene": str(scene), "file": str(output), "history": list(said), **found.record}
    report("\n".join([f"{output}: {height} x {width}, {bands} bands of reflectance", *said]), figures, json, overwrite)


def _check(white: Any, region: Any, after: Any, dark: Any, panel: Any, regions: Any, spectra: Any, per: str) -> None:
    if (white is not None) + (region is not None) + (spectra is not None) != 1:
        raise HydraError("give the white panel as --white or --white-region, or --spectra for an empirical line.")
    if (region is not None or spectra is not None) and regions is None:
        raise HydraError("--white-region and --spectra name regions of the scene; give their file with --regions.")
    if spectra is not None and any(one is not None for one in (after, dark, panel)):
        raise HydraError("an empirical line takes no --dark, --panel or --white-after; leave them out.")
    if per not in ("auto", "mean", "column", "pixel"):
        raise HydraError(f"--per {per} is not known; say auto, mean, column or pixel.")


def _named(path: Path, per: str) -> str:
    return path.name if per == "mean" else f"{path.name} ({per} by {per})"


def _read_regions(path: Path, counts: "xr.DataArray", coordinates: str) -> "dict[str, FileRegion]":
    from napari_hydra.io import read_regions

    found = read_regions(path, counts, coordinates=cast("Any", coordinates))
    for sentence in (*found.history, *found.left_out):
        note(f"{path.name}: {sentence}.")
    return {region.name: region for region in found.regions}


def _region_reference(
    counts: "xr.DataArray", drawn: "dict[str, FileRegion]", name: str | None, saturation: float | None
) -> "Reference":
    from napari_hydra.reflectance import read_reference

    if name not in drawn:
        raise HydraError(f"--regions holds no region {name!r} on the scene; it holds {', '.join(drawn) or 'none'}.")
    region = drawn[name]
    words = f"the region {name} ({int(region.mask.sum())} pixels)"
    return read_reference(counts, region.mask, saturation=saturation, name=words)


def _by_panel(
    counts: "xr.DataArray",
    white: "Reference",
    *,
    dark: "Reference | None",
    after: "Reference | None",
    panel: Path | None,
    saturation: float | None,
) -> "Calibrated":
    from napari_hydra.reflectance import spectrum_on_bands, to_reflectance

    own: Any = 1.0
    if panel is not None:
        library = _library(panel)
        if len(library) > 1:
            note(f"{panel} holds {len(library)} spectra; the panel is taken to be {library.names[0]!r}.")
        own = spectrum_on_bands(library, library.names[0], counts)
    return to_reflectance(counts, white, dark, panel=own, white_after=after, saturation=saturation)


def _by_line(
    counts: "xr.DataArray", drawn: "dict[str, FileRegion]", path: Path, saturation: float | None
) -> "Calibrated":
    from napari_hydra.reflectance import (
        apply_empirical_line,
        fit_empirical_line,
        read_reference,
        spectrum_on_bands,
    )

    library = _library(path)
    shared = [name for name in drawn if name in library.names]
    if len(shared) < 2:
        raise HydraError(
            f"{path} knows the spectra of {', '.join(library.names[:8])}, and --regions holds {', '.join(drawn)}; two "
            "regions or more need a spectrum of the same name."
        )
    means = [read_reference(counts, drawn[name].mask, saturation=saturation, name=name).values for name in shared]
    known = [spectrum_on_bands(library, name, counts) for name in shared]
    return apply_empirical_line(counts, fit_empirical_line(means, known, shared), saturation=saturation)


def _library(path: Path) -> "SpectralLibrary":
    from napari_hydra.io import read_library

    return read_library(path)
