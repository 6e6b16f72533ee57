"""Raw numbers of a file, read by position where one asks for them.

A memory map would be as lazy, but a mapped file that another program cuts off ends the process. Here it is an error,
and so is a file that has been written or replaced since it was opened: half of it would be of another scene.
"""

import math
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from copy import copy
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from napari_hydra.errors import HydraError

_SKIPPED = 4096  # bytes that are read as quickly as a further call to the system is made
_PIECE = 2**20  # bytes read at once where most of them are left out: they stay in the processor's cache
_TALL = 16  # pieces of a block
_DEPTH = 16  # bands kept when one is picked out of pixels: the next ones are asked for next
_MANY = 2**16  # pixels
_Box = tuple[tuple[int, int], ...]


class _Blocks:
    """Blocks read lately, of all files together; the oldest are forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit, self._held, self._lock = limit, 0, threading.Lock()
        self._blocks: OrderedDict[Any, NDArray[Any]] = OrderedDict()

    def find(self, key: Any) -> NDArray[Any] | None:
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
            return self._blocks.get(key)

    def keep(self, key: Any, block: NDArray[Any]) -> None:
        with self._lock:
            if key in self._blocks:
                return
            self._blocks[key] = block
            self._held += block.nbytes
            while self._held > self._limit:
                self._held -= self._blocks.popitem(last=False)[1].nbytes


_CACHE_BYTES = 384 * 2**20
_CACHE = _Blocks(_CACHE_BYTES)


class RawNumbers:
    """An array of three axes in a file.

    Parameters
    ----------
    path : Path
    dtype : dtype
    offset : int
        Bytes before the first number.
    stored : (int, int, int)
        Lengths of the axes as they lie in the file.
    order : (int, int, int)
        Which of them is the first, second and third axis of this array.

    Examples
    --------
    >>> np.arange(24, dtype="<i2").tofile("bands.bsq")
    >>> numbers = RawNumbers(Path("bands.bsq"), "<i2", 0, (2, 3, 4), (1, 2, 0))
    >>> numbers.shape, numbers[1, 2].tolist()
    ((3, 4, 2), [6, 18])
    """

    ndim = 3

    def __init__(self, path: Path, dtype: DTypeLike, offset: int, stored: Sequence[int], order: Sequence[int]) -> None:
        self.path, self.dtype, self.offset = path, np.dtype(dtype), offset
        self.stored = tuple(int(n) for n in stored)
        self.order = tuple(order)
        self.shape = tuple(self.stored[axis] for axis in order)
        self.size = math.prod(self.shape)
        self.nbytes = self.size * self.dtype.itemsize
        self._first_band = 0
        self._opened = _state_of(path.stat())

    def part(self, bands: slice) -> "RawNumbers":
        """Return some successive bands (of the third axis), not read yet."""
        other = copy(self)
        start, stop, _ = bands.indices(self.shape[2])
        other.shape, other._first_band = (*self.shape[:2], stop - start), self._first_band + start
        other.size = math.prod(other.shape)
        other.nbytes = other.size * self.dtype.itemsize
        return other

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        found = self[:]
        return found if dtype is None else found.astype(dtype, copy=False)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """Read what NumPy would return for the key.

        Raises
        ------
        HydraError
            If the file is gone, cut off, or not the one that was opened.
        """
        parts = key if isinstance(key, tuple) else (key,)
        if any(part is None or part is Ellipsis for part in parts):
            return self[:][key]
        parts += (slice(None),) * (3 - len(parts))
        lines = parts[0]
        if isinstance(lines, slice) and lines.step not in (None, 1) and len(range(*lines.indices(len(self)))) > 1:
            # what lies between them is not read
            taken = [self[(slice(line, line + 1), *parts[1:])] for line in range(*lines.indices(len(self)))]
            return np.concatenate(taken)
        spans, rest = zip(*(_span(part, n) for part, n in zip(parts, self.shape, strict=True)), strict=True)
        if any(stop <= start for start, stop in spans):
            return np.empty([stop - start for start, stop in spans], self.dtype)[rest]
        box: list[tuple[int, int]] = [(0, 0)] * 3
        shifts = (0, 0, self._first_band)
        for axis, (start, stop), shift in zip(self.order, spans, shifts, strict=True):
            box[axis] = (start + shift, stop + shift)
        return self._read(tuple(box)).transpose(self.order)[rest]

    def _read(self, box: _Box) -> NDArray[Any]:
        try:
            with FileIO(self.path) as file:
                if _state_of(os.fstat(file.fileno())) != self._opened:
                    raise HydraError(f"{self.path} has been changed since it was opened; open it again.")
                (first, last), (low, high), (left, right) = box
                wide = (last - first) * (high - low)
                if self.order == (0, 1, 2) and right - left <= _DEPTH < self.stored[2] and wide >= _MANY:
                    return self._bands_of_pixels(file, box)
                return self._box(file, box)
        except OSError as error:
            raise HydraError(f"{self.path} cannot be read ({error.strerror}); put it back and open it anew.") from error

    def _box(self, file: FileIO, box: _Box) -> NDArray[Any]:
        """Read a part in as few pieces as may be, without reading much that is not asked for."""
        (first, last), (low, high), (left, right) = box
        _, rows, row = self.stored
        out = np.empty([stop - start for start, stop in box], self.dtype)
        if right - left == row and (high - low == rows or last - first == 1):
            self._fill(file, (first * rows + low) * row, out)
        elif right - left == row:
            self._fill_each(file, [(number * rows + low) * row for number in range(first, last)], out)
        elif high - low > 1 and row * self.dtype.itemsize <= _SKIPPED:
            whole = np.empty((high - low, row), self.dtype)
            for number in range(first, last):
                self._fill(file, (number * rows + low) * row, whole)
                out[number - first] = whole[:, left:right]
        else:
            lines = [number * rows + line for number in range(first, last) for line in range(low, high)]
            self._fill_each(file, [line * row + left for line in lines], out)
        return out

    def _bands_of_pixels(self, file: FileIO, box: _Box) -> NDArray[Any]:
        """Pick a few bands out of whole pixels; their neighbours are kept, for all had to be read."""
        (first, last), (low, high), (left, right) = box
        lines, samples, bands = self.stored
        depth = max(1, min(_DEPTH, _CACHE_BYTES // (2 * lines * samples * self.dtype.itemsize)))
        step = max(1, _PIECE // (samples * bands * self.dtype.itemsize))
        out = np.empty((right - left, last - first, high - low), self.dtype)
        piece = np.empty((step, samples, bands), self.dtype)
        for top in range(first // (_TALL * step) * _TALL * step, last, _TALL * step):
            bottom = min(top + _TALL * step, lines)
            here = slice(max(top, first) - top, min(bottom, last) - top)
            there = slice(max(top, first) - first, min(bottom, last) - first)
            for start in range(left // depth * depth, right, depth):
                stop = min(start + depth, bands)
                key = (self.path, self._opened, self.offset, top, start, stop)
                block = _CACHE.find(key)
                if block is None:
                    block = np.empty((stop - start, bottom - top, samples), self.dtype)
                    for line in range(top, bottom, step):
                        part = piece[: min(step, bottom - line)]
                        self._fill(file, line * samples * bands, part)
                        block[:, line - top : line - top + len(part)] = part[:, :, start:stop].transpose(2, 0, 1)
                    _CACHE.keep(key, block)
                one, other = max(start, left), min(stop, right)
                out[one - left : other - left, there] = block[one - start : other - start, here, low:high]
        return out.transpose(1, 2, 0)

    def _fill(self, file: FileIO, number: int, out: NDArray[Any]) -> None:
        """Fill a contiguous array with the numbers from one on."""
        self._fill_each(file, [number], out)

    def _fill_each(self, file: FileIO, numbers: Sequence[int], out: NDArray[Any]) -> None:
        """Fill a contiguous array in as many equal parts as there are numbers, each with those from that one on."""
        into = memoryview(out.view(np.uint8).reshape(-1))  # type: ignore[arg-type]  # before NumPy 2.1 it is not said
        step, size = len(into) // len(numbers), self.dtype.itemsize
        for place, number in enumerate(numbers):
            rest = into[place * step : (place + 1) * step]
            file.seek(self.offset + number * size)
            count = file.readinto(rest)
            while count != len(rest):
                if not count:
                    raise HydraError(f"{self.path} was cut off while it was read; open it again when it is whole.")
                rest = rest[count:]
                count = file.readinto(rest)


def _span(part: Any, length: int) -> tuple[tuple[int, int], Any]:
    """Return which part of an axis to read, and how to index that."""
    if isinstance(part, int | np.integer) and -length <= part < length:
        start = int(part) % length
        return (start, start + 1), 0
    if isinstance(part, slice):
        taken = range(*part.indices(length))
        if not taken:
            return (0, 0), slice(0, 0)
        start, stop = min(taken[0], taken[-1]), max(taken[0], taken[-1]) + 1
        return (start, stop), slice(None, None, part.step)
    index = np.asarray(part)
    if index.dtype == bool:
        index = np.flatnonzero(index)
    if index.size and (index.min() < -length or index.max() >= length):
        raise IndexError(f"index {part} is out of bounds for an axis of length {length}")
    if not index.size:
        return (0, 0), index.astype(np.intp)
    index = np.where(index < 0, index + length, index)
    start = int(index.min())
    return (start, int(index.max()) + 1), index[()] - start


def _state_of(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns
