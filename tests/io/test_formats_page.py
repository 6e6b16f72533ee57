"""The page of formats: its rows are the formats of the table, and the programs that it names read what we write."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io
import spectral.io.envi as spectral_envi
import tifffile
import xarray as xr
import zarr
from numpy.typing import NDArray
from PIL import Image

from napari_hydra.cube import make_cube
from napari_hydra.file_formats import FORMATS, formats
from napari_hydra.io import write_cube, write_picture

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
TITLES = {"cube": "Cubes", "picture": "Pictures", "spectra": "Spectra"}
VALUES = np.random.default_rng(0).random((6, 5, 4)).astype(np.float32)
CENTRES = np.array([450.25, 500, 560, 700])
BYTES = np.random.default_rng(1).integers(0, 256, (16, 24, 3)).astype(np.uint8)


def rows(kind: str) -> dict[str, dict[str, str]]:
    """The table of a kind, its lines by the name of the format."""
    section = PAGE.split(f"## {TITLES[kind]}\n")[1].split("\n## ")[0]
    head, _, *body = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.split("\n") if "|" in line
    )
    return {line[0]: dict(zip(head, line, strict=True)) for line in body}


def suffixes(cell: str) -> set[str]:
    return set(re.findall(r"\.\w+", cell))


def xarray_of(path: Path) -> NDArray[Any]:
    with xr.open_dataset(path, engine="zarr" if path.suffix == ".zarr" else "h5netcdf") as dataset:
        return dataset["reflectance"].transpose("y", "x", "wavelength").to_numpy()


def h5py_of(path: Path) -> NDArray[Any]:
    with h5py.File(path) as file:
        return np.moveaxis(file["reflectance"][()], 0, -1)


def tifffile_of(path: Path) -> NDArray[Any]:
    found = tifffile.imread(path)
    return found if found.shape[-1] == 3 else np.moveaxis(found, 0, -1)


READERS: dict[str, Callable[[Path], NDArray[Any]]] = {
    "spectral": lambda path: np.asarray(spectral_envi.open(str(path)).load()),
    "xarray": xarray_of,
    "zarr": lambda path: np.moveaxis(zarr.open_group(path, mode="r")["reflectance"][:], 0, -1),
    "scipy": lambda path: scipy.io.loadmat(path)["cube"],
    "tifffile": tifffile_of,
    "h5py": h5py_of,
    "numpy": lambda path: np.load(path, allow_pickle=False)["cube"],
    "Pillow": lambda path: np.asarray(Image.open(path)),
}
CLAIMS = [
    (kind, suffix, reader)
    for kind in ("cube", "picture")
    for row in rows(kind).values()
    for suffix in sorted(suffixes(row["written"]))
    for reader in row["who else reads what we write"].split(", ")
]


@pytest.mark.parametrize("kind", TITLES)
def test_rows_are_the_formats_of_the_table(kind: str) -> None:
    written = rows(kind)
    written.pop("folder of bands", None)  # no file
    assert set(written) == {one.name for one in formats(kind)}  # type: ignore[arg-type]
    for one in formats(kind):  # type: ignore[arg-type]
        row = written[one.name]
        assert suffixes(row["suffixes"]) == {*one.suffixes, *one.shared}, one.name
        assert suffixes(row.get("written", "")) == set(one.writes), one.name


def test_every_format_that_is_written_is_read_by_another_program() -> None:
    assert {(kind, suffix) for kind, suffix, _ in CLAIMS} == {(one.kind, s) for one in FORMATS for s in one.writes}


@pytest.mark.parametrize(("kind", "suffix", "reader"), CLAIMS)
def test_other_programs_read_the_same_numbers(tmp_path: Path, kind: str, suffix: str, reader: str) -> None:
    path = tmp_path / f"out{suffix}"
    if kind == "cube":
        write_cube(make_cube(VALUES, CENTRES), path)
        np.testing.assert_array_equal(READERS[reader](path), VALUES)
        return
    write_picture(BYTES, path)
    found = READERS[reader](path)
    # JPEG is read by the library that wrote it, but keeps no number exactly
    assert found.shape == BYTES.shape
    if suffix not in (".jpg", ".jpeg"):
        np.testing.assert_array_equal(found, BYTES)
