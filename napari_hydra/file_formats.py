"""The table of file formats: readers, writers, file dialogs, help texts and the manifest follow from it.

A further format is a module in `napari_hydra.io`, one entry here, and its suffixes in ``napari.yaml``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Literal

Kind = Literal["cube", "picture", "spectra", "regions"]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format.

    Attributes
    ----------
    kind : str
        "cube", "picture", "spectra" or "regions".
    name : str
        For people.
    module : str
        Within `napari_hydra.io`, with ``read``, ``matches`` and, where `writes` names any suffix, ``write``.
    suffixes : tuple of str
        That no other format of its kind has.
    shared : tuple of str
        Of files that have this format where their head says so.
    by_head : bool
        Whether files with none of these suffixes may have it too.
    writes : tuple of str
        Suffixes under which it is written.
    """

    kind: Kind
    name: str
    module: str
    suffixes: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    by_head: bool = False
    writes: tuple[str, ...] = ()

    def load(self) -> ModuleType:
        """Import its module."""
        return import_module(f"napari_hydra.io.{self.module}")


def _cube(name: str, module: str, *suffixes: str, writes: tuple[str, ...] = ()) -> Format:
    return Format(kind="cube", name=name, module=f"formats.{module}", suffixes=suffixes, writes=writes)


def _picture(name: str, *suffixes: str) -> Format:
    return Format(kind="picture", name=name, module="pictures.reader", suffixes=suffixes, writes=suffixes)


def _spectra(name: str, module: str, *suffixes: str, shared: tuple[str, ...] = ()) -> Format:
    return Format(
        kind="spectra", name=name, module=f"libraries.{module}", suffixes=suffixes, shared=shared, by_head=True
    )


def _regions(name: str, module: str, *suffixes: str, shared: tuple[str, ...] = ()) -> Format:
    return Format(
        kind="regions", name=name, module=f"regions.{module}", suffixes=suffixes, shared=shared, by_head=bool(shared)
    )


FORMATS = (
    Format(
        kind="cube",
        name="ENVI",
        module="formats.envi",
        suffixes=(".hdr",),
        shared=(".bsq", ".bil", ".bip"),
        by_head=True,
        writes=(".hdr",),
    ),
    _cube("Zarr", "gridded", ".zarr", writes=(".zarr",)),
    _cube("MATLAB", "matlab", ".mat", writes=(".mat",)),
    _cube("TIFF", "tiff", ".tif", ".tiff", writes=(".tif", ".tiff")),
    _cube("NetCDF", "gridded", ".nc", ".nc4", writes=(".nc",)),
    _cube("NumPy", "numpy_files", ".npz", ".npy", writes=(".npz",)),
    _cube("HDF5", "matlab", ".h5", ".hdf5", ".he5"),
    _picture("PNG", ".png"),
    _picture("JPEG", ".jpg", ".jpeg"),
    _picture("TIFF", ".tif", ".tiff"),
    _picture("BMP", ".bmp"),
    Format(
        kind="picture",
        name="raw photograph",
        module="pictures.reader",
        suffixes=(".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".pef"),
    ),
    # Heads are read in this order; a table may be any text.
    _spectra("ECOSTRESS", "ecostress", shared=(".txt",)),
    _spectra("USGS", "usgs", shared=(".txt", ".asc")),
    _spectra("ASD", "asd", ".asd"),
    _spectra("SVC", "svc", ".sig"),
    _spectra("Spectral Evolution", "spectral_evolution", ".sed"),
    _spectra("JCAMP-DX", "jcamp", ".jdx", ".dx"),
    _spectra("text", "table", ".csv", ".tsv", ".ttt", ".trt", ".jaz", ".jazirrad", shared=(".txt", ".asc")),
    _spectra("ENVI", "envi_library", ".sli", ".hdr"),
    _regions("GeoJSON", "geojson", ".geojson", shared=(".json",)),
    _regions("ENVI ROI text", "envi_roi", shared=(".txt", ".roi")),
    _regions("ImageJ ROI", "imagej", shared=(".roi", ".zip")),
    _regions("mask", "label_mask", ".tif", ".tiff", ".png"),
)


def formats(kind: Kind) -> list[Format]:
    """Return the formats of a kind."""
    return [one for one in FORMATS if one.kind == kind]


def readable(kind: Kind) -> tuple[str, ...]:
    """Return the suffixes of files that may be read as a kind."""
    return tuple(dict.fromkeys(suffix for one in formats(kind) for suffix in one.suffixes + one.shared))


def writable(kind: Kind) -> tuple[str, ...]:
    """Return the suffixes under which a kind is written."""
    return tuple(suffix for one in formats(kind) for suffix in one.writes)


def by_suffix(kind: Kind, path: Path) -> Format | None:
    """Return the format that a suffix alone decides, None where it does not."""
    suffix = path.suffix.lower()
    return next((one for one in formats(kind) if suffix in one.suffixes), None)


def format_of(kind: Kind, path: Path) -> Format | None:
    """Return the format of a file: by its suffix, or else by its head; None if it has none of a kind."""
    heads = (one for one in formats(kind) if one.by_head and one.load().matches(path))
    return by_suffix(kind, path) or next(heads, None)


def names(kind: Kind) -> str:
    """Return the names of the formats of a kind as words: "PNG, JPEG, TIFF or BMP"."""
    return either([one.name for one in formats(kind)])


def either(words: Sequence[str]) -> str:
    """Join words: "a, b or c"."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
