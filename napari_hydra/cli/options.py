"""Options that several verbs share, and how their values are read."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_hydra.errors import HydraError
from napari_hydra.file_formats import names

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray

    from napari_hydra.camera import Camera

MOST_BANDS = 5000

Cubes = Annotated[list[Path], typer.Argument(metavar="CUBE", help=f"{names('cube')}.")]
AllowOutside = Annotated[
    bool,
    typer.Option("--allow-outside", help="Open files that a session names outside of its folder."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
Json = Annotated[str | None, typer.Option("--json", metavar="FILE", help="Write the figures as JSON ('-': to stdout).")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", "-m", metavar="NAME|FILE", help="See 'models'; by default chosen by wavelengths and picture."
    ),
]
Device = Annotated[str, typer.Option("--device", "-d", help="auto, cpu, cuda or mps.")]
CameraName = Annotated[
    str, typer.Option("--camera", "-c", metavar="NAME|CSV", help="A name, or a table: wavelength, R, G, B.")
]
WhiteLevel = Annotated[
    float | None, typer.Option("--white-level", help="The number at which a channel is saturated (12 bit: 4095).")
]
Illuminant = Annotated[str, typer.Option("--illuminant", help="The light on the scene: D65, A, F2, ...")]
CubeWavelengths = Annotated[
    str | None,
    typer.Option("--wavelengths", "-w", metavar="NM", help="For cubes that do not say theirs: 400:700:10 or a list."),
]
Variable = Annotated[
    str | None, typer.Option("--variable", metavar="NAME", help="Which array of a file that holds several.")
]
DivideBy = Annotated[
    float | None,
    typer.Option(
        "--divide-by", metavar="N", help="For cubes whose scale is unclear: what the stored numbers are divided by."
    ),
]
Incomplete = Annotated[
    bool, typer.Option("--incomplete", help="Open what is whole of a cube whose scan or copy stopped early.")
]


def parse_wavelengths(text: str) -> "NDArray[np.float64]":
    """Return the wavelengths in nm of ``start:stop:step`` (both ends included) or of a comma list.

    Raises
    ------
    HydraError
        If the text is neither, or gives too many or no increasing positive numbers.
    """
    import numpy as np

    def numbers(parts: Iterable[str]) -> list[float]:
        try:
            values = [float(part) for part in parts]
        except ValueError:
            raise HydraError(
                f"wavelengths {text!r} are not understood; write start:stop:step (400:700:10) or a list (450,550,650)."
            ) from None
        if not np.isfinite(values).all():
            raise HydraError(f"wavelengths {text!r} are not finite; write numbers in nm.")
        return values

    if ":" in text:
        grid = numbers(text.split(":"))
        if len(grid) != 3:
            raise HydraError(f"wavelengths {text!r} are not understood; write start:stop:step, for example 400:700:10.")
        start, stop, step = grid
        if start <= 0 or stop < start or step <= 0:
            raise HydraError(
                f"wavelengths {text!r} make no grid; start and step are positive, stop is not below start."
            )
        count = int(np.floor((stop - start) / step + 1e-6)) + 1
        if count > MOST_BANDS:
            raise HydraError(
                f"wavelengths {text!r} are {count} bands; at most {MOST_BANDS} can be made: take a larger step."
            )
        return np.asarray(start + step * np.arange(count), dtype=np.float64)
    values = np.array(numbers(part for part in text.split(",") if part.strip()))
    if values.size == 0 or (values <= 0).any() or (np.diff(values) <= 0).any():
        raise HydraError(f"wavelengths {text!r} are not an increasing list of positive numbers in nm.")
    return values


def open_cube(
    path: Path,
    wavelengths: str | None = None,
    variable: str | None = None,
    divide_by: float | None = None,
    incomplete: bool = False,
) -> "xr.DataArray":
    """Read a cube, with what the options say where its file does not."""
    from napari_hydra.io import read_cube

    given = None if wavelengths is None else parse_wavelengths(wavelengths)
    return read_cube(path, wavelengths=given, variable=variable, divide_by=divide_by, incomplete=incomplete)


def open_camera(camera: str, illuminant: str) -> "Camera":
    """Return the camera of the two options."""
    from napari_hydra.camera import get_camera

    return get_camera(camera, illuminant)


def usable_bands(cube: "xr.DataArray", span: tuple[float, float], name: str) -> "NDArray[np.bool_]":
    """Return which bands (B,) of a cube are good and in a model's range (nm), and note how many are left out."""
    from napari_hydra.cli.terminal import note
    from napari_hydra.cube import SAME_BAND_NM, good_bands

    keep = good_bands(cube, span[0] - SAME_BAND_NM, span[1] + SAME_BAND_NM)
    if not keep.any():
        raise HydraError(f"{name} has no usable band between {span[0]:g} and {span[1]:g} nm, the model's range.")
    if left_out := int(keep.size - keep.sum()):
        note(f"{left_out} of {keep.size} bands of {name} are bad or outside {span[0]:g}-{span[1]:g} nm: left out.")
    return keep
