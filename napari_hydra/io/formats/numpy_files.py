"""NumPy's .npy (one array) and .npz (several by name). Nothing is ever unpickled."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from napari_hydra.io.files.atomic import replacing
from napari_hydra.io.files.declared_size import believe
from napari_hydra.io.formats.array_entries import METADATA_NAME, Entry
from napari_hydra.io.formats.arrays import choose, says_wavelengths
from napari_hydra.io.numbers.raw_cube import RawCube
from napari_hydra.io.writing.cube_source import CubeSource, to_json


def matches(path: Path) -> bool:
    """Whether the file holds a cube and its wavelengths; a bare .npy may be anything and does not count."""
    if path.suffix.lower() == ".npy":
        return False
    with _entries(path) as entries:
        return says_wavelengths(path, entries)


def read(path: Path, wavelengths: NDArray[np.float64] | None, variable: str | None) -> RawCube:
    """Read a cube from .npz or .npy; the latter stays memory-mapped."""
    if path.suffix.lower() == ".npy":
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        return choose(path, "NumPy", [Entry.held("array", array)], wavelengths, None)
    with _entries(path) as entries:
        return choose(path, "NumPy", entries, wavelengths, variable)


def write(cube: CubeSource, path: Path, *, overwrite: bool) -> None:
    """Write ``cube`` (y, x, band), ``wavelengths`` and metadata as JSON, not compressed."""
    with (
        replacing(path, overwrite=overwrite, needed=cube.nbytes) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name, array in (("wavelengths", cube.wavelengths), (METADATA_NAME, np.array(to_json(cube.metadata)))):
            with archive.open(f"{name}.npy", "w") as member:
                npy_format.write_array(member, array, allow_pickle=False)
        with archive.open("cube.npy", "w", force_zip64=True) as member:
            header = {"descr": "<f4", "fortran_order": False, "shape": cube.shape}
            npy_format.write_array_header_1_0(member, header)
            for _, block in cube.rows():
                member.write(np.ascontiguousarray(block, dtype="<f4").data)


@contextmanager
def _entries(path: Path) -> Iterator[list[Entry]]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        yield [entry for name in names if (entry := _entry(path, archive, name)).dtype.kind != "O"]


def _entry(path: Path, archive: zipfile.ZipFile, name: str) -> Entry:
    with archive.open(name) as member:
        major, _ = npy_format.read_magic(member)
        read_header = npy_format.read_array_header_1_0 if major == 1 else npy_format.read_array_header_2_0
        shape, _, dtype = read_header(member)

    info = archive.getinfo(name)
    kind = info.compress_type
    stored = min(info.compress_size, archive.fp.seek(0, 2) if archive.fp else 0)
    believe(
        path,
        shape,
        dtype,
        stored,
        compressed=kind != zipfile.ZIP_STORED,
        unbounded=kind not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
    )

    def load() -> Any:
        with archive.open(name) as member:
            return npy_format.read_array(member, allow_pickle=False)

    return Entry(name=name.removesuffix(".npy"), shape=shape, dtype=dtype, load=load)
