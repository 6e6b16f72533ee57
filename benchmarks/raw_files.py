"""How quickly a band and a spectrum of a large raw cube are read by position, beside a memory map.

A file of ENVI numbers (2 GB unless said otherwise) is written for each interleave into a temporary folder, opened, and
its bands are shown one after the other, as the slider does, and spectra at random pixels, as the pointer does. The same
is done with a memory map, which would end the process if the file were cut off. Both read from the system's memory. The
two take turns, and the median of the repeats counts.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from typing import Any

import dask.array as da
import numpy as np

from napari_hydra import read_cube

_ORDERS = {"bsq": (1, 2, 0), "bil": (0, 2, 1), "bip": (0, 1, 2)}
BANDS, WIDTH = 200, 1600


class _Mapped:
    """A memory map as the numbers of a cube were before: converted where they are read."""

    dtype, ndim = np.dtype(np.float32), 3

    def __init__(self, values: Any) -> None:
        self.values, self.shape = values, values.shape

    def __getitem__(self, key: Any) -> Any:
        return np.array(self.values[key], dtype=np.float32, order="C")


def _write(folder: Path, interleave: str, height: int) -> Path:
    shape = (height, WIDTH, BANDS)
    stored = [shape[axis] for axis in np.argsort(_ORDERS[interleave])]
    block = np.random.default_rng(0).random(stored[1:], dtype=np.float32)
    with (folder / f"c.{interleave}").open("wb") as file:
        for _ in range(stored[0]):
            file.write(block.data)
    header = folder / "c.hdr"
    header.write_text(
        f"ENVI\nsamples = {WIDTH}\nlines = {height}\nbands = {BANDS}\nheader offset = 0\ndata type = 4\n"
        f"interleave = {interleave}\nbyte order = 0\nwavelength units = nm\n"
        f"wavelength = {{ {', '.join(f'{one:g}' for one in np.linspace(400, 1000, BANDS))} }}\n"
    )
    return header


def _seconds(action: Callable[[], Any]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def run(options: argparse.Namespace) -> None:
    """Measure and print a row for each interleave."""
    height = int(options.gigabytes * 1e9 / (WIDTH * BANDS * 4))
    pixels = np.random.default_rng(1).integers(0, (height, WIDTH), (options.repeats * 40, 2))
    print(f"{options.gigabytes:g} GB: {height} x {WIDTH} x {BANDS} float32; milliseconds, by position / mapped")
    for interleave, order in _ORDERS.items():
        with tempfile.TemporaryDirectory() as folder:
            header = _write(Path(folder), interleave, height)
            ours = read_cube(header).data
            stored = tuple((height, WIDTH, BANDS)[axis] for axis in np.argsort(order))
            numbers = np.memmap(header.with_suffix(f".{interleave}"), np.float32, "r", 0, stored).transpose(order)
            mapped = da.from_array(_Mapped(numbers), chunks=ours.chunks, name="mapped", asarray=False)
            both = {"position": ours, "mapped": mapped}
            slide: dict[str, list[float]] = {name: [] for name in both}
            hover: dict[str, list[float]] = {name: [] for name in both}
            for cube in both.values():  # so that neither pays for the first look at the file
                np.asarray(cube[:, :, 0])
            for number in range(options.repeats):
                for name, cube in both.items():
                    bands = range(8 + 16 * number, 24 + 16 * number)
                    slide[name].append(mean(_seconds(lambda b=b, c=cube: np.asarray(c[:, :, b])) for b in bands))
                    there = pixels[40 * number : 40 * number + 40]
                    hover[name].append(mean(_seconds(lambda p=p, c=cube: np.asarray(c[p[0], p[1]])) for p in there))
            del numbers, mapped, both
            words = [
                f"{what} {1000 * median(one['position']):7.2f} / {1000 * median(one['mapped']):7.2f}"
                for what, one in (("band", slide), ("spectrum", hover))
            ]
            print(interleave, *words, sep="   ", flush=True)
