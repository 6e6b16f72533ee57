"""MATLAB files up to version 7 (level 5), read without scipy's parser, which a damaged file brings down.

Numbers and text are read, inside structures too; cells, sparse matrices and objects are passed over. Only heads are
looked at until a variable is loaded.

References
----------
MathWorks, "MAT-File Format" (level 5).
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.declared_size import DEFLATE, believe

_MATRIX, _COMPRESSED = 14, 15
_STRUCT, _CHAR = 2, 4
_NUMBERS = range(6, 16)  # classes double to uint64
_COMPLEX = 0x0800
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_TEXT = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_HEAD = 4096  # bytes in which the flags, the shape and the name of a variable stand
_DEEPEST = 16


@dataclass(frozen=True)
class Variable:
    """A variable: its name, shape and stored type; `load` gives its numbers in that shape, or its text."""

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int
    size: int
    order: str
    packed: bool
    inner: tuple[int, int] | None = None

    def load(self) -> NDArray[Any]:
        """Return the numbers, or one string a row."""
        content = _content(self.path, self.start, self.size, self.packed)
        begin, end = self.inner or (0, len(content))
        head = _Matrix.parse(self.path, memoryview(content)[begin:end], self.order)
        return head.values(self.path)


@dataclass(frozen=True)
class _Matrix:
    """The beginning of a matrix element, and where its content starts."""

    data: memoryview
    order: str
    kind: int
    is_complex: bool
    shape: tuple[int, ...]
    name: str
    at: int

    @classmethod
    def parse(cls, path: Path, data: memoryview, order: str) -> "_Matrix":
        _, flags, at = _element(path, data, 0, order)
        _, sizes, at = _element(path, data, at, order)
        _, name, at = _element(path, data, at, order)
        if len(flags) < 8 or len(sizes) % 4:
            raise _damaged(path)
        word = struct.unpack_from(order + "I", flags)[0]
        shape = struct.unpack(f"{order}{len(sizes) // 4}i", sizes)
        if min(shape, default=0) < 0 or not 2 <= len(shape) <= 32:
            raise _damaged(path)
        return cls(data, order, word & 0xFF, bool(word & _COMPLEX), shape, bytes(name).decode("latin-1"), at)

    @property
    def stored(self) -> np.dtype[Any]:
        """The stored type of the numbers."""
        return np.dtype(self.order + _TYPES.get(_tag(self.data, self.at, self.order)[1], "u1"))

    def values(self, path: Path) -> NDArray[Any]:
        kind, data, at = _element(path, self.data, self.at, self.order)
        if self.kind == _CHAR:
            text = bytes(data).decode(_TEXT.get(kind, "latin-1") + _ending(kind, self.order), "replace")
            rows = self.shape[0]
            return np.array([text[i::rows].rstrip() for i in range(rows)] if rows else [], dtype=np.str_)
        if kind not in _TYPES:
            raise _damaged(path)
        real = self._numbers(path, kind, data)
        if not self.is_complex:
            return real
        kind, data, _ = _element(path, self.data, at, self.order)
        return real + 1j * self._numbers(path, kind, data)

    def _numbers(self, path: Path, kind: int, data: memoryview) -> NDArray[Any]:
        dtype = np.dtype(self.order + _TYPES[kind])
        believe(path, self.shape, dtype, len(data))
        count = int(np.prod(self.shape, dtype=np.int64))
        return np.frombuffer(data, dtype, count).reshape(self.shape, order="F")

    def fields(self, path: Path) -> Iterator[tuple[str, int, int]]:
        """Yield the name of each field of a single structure, and where its matrix lies in `data`."""
        _, width, at = _element(path, self.data, self.at, self.order)
        _, names, at = _element(path, self.data, at, self.order)
        length = struct.unpack_from(self.order + "i", width.tobytes().ljust(4, b"\0"))[0]
        if length < 1:
            raise _damaged(path)
        for i in range(0, len(names), length):
            kind, content, after = _element(path, self.data, at, self.order)
            if kind == _MATRIX and len(content):
                end = at + 8 + len(content)
                yield bytes(names[i : i + length]).split(b"\0")[0].decode("latin-1"), at + 8, end
            at = after


def variables(path: Path) -> Iterator[Variable]:
    """Yield the variables of numbers and text.

    Raises
    ------
    HydraError
        If the file is of another version or damaged.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(128)
    if len(head) < 128 or head[126:128] not in (b"IM", b"MI"):
        raise HydraError(f"{path} is no MATLAB file of version 5 to 7.3; save it anew (save -v7), or it is damaged.")
    order = "<" if head[126:128] == b"IM" else ">"
    at = 128
    while at + 8 <= size:
        with path.open("rb") as file:
            file.seek(at)
            kind, count = struct.unpack(order + "II", file.read(8))
        if kind not in (_MATRIX, _COMPRESSED) or count < 8 or at + 8 + count > size:
            raise _damaged(path)
        yield from _top(path, at + 8, count, order, kind == _COMPRESSED)
        at += 8 + count


def _top(path: Path, start: int, count: int, order: str, packed: bool) -> Iterator[Variable]:
    beginning = _content(path, start, count, packed, _HEAD)
    matrix = _Matrix.parse(path, memoryview(beginning), order)
    if matrix.kind == _STRUCT:
        whole = _content(path, start, count, packed)
        yield from _inside(path, "", memoryview(whole), 0, len(whole), (start, count, order, packed), 0)
        return
    yield from _one(path, matrix, matrix.name, count, (start, count, order, packed), None)


def _inside(
    path: Path, name: str, data: memoryview, begin: int, end: int, place: tuple[int, int, str, bool], depth: int
) -> Iterator[Variable]:
    matrix = _Matrix.parse(path, data[begin:end], place[2])
    name = name or matrix.name
    if matrix.kind == _STRUCT and matrix.shape == (1, 1) and depth < _DEEPEST:
        for field, first, last in matrix.fields(path):
            yield from _inside(path, f"{name}/{field}", data, begin + first, begin + last, place, depth + 1)
    elif matrix.kind != _STRUCT:
        yield from _one(path, matrix, name, end - begin, place, (begin, end))


def _one(
    path: Path,
    matrix: _Matrix,
    name: str,
    there: int,
    place: tuple[int, int, str, bool],
    inner: tuple[int, int] | None,
) -> Iterator[Variable]:
    start, count, order, packed = place
    if name.startswith("__") or not (matrix.kind in _NUMBERS or matrix.kind == _CHAR):
        return
    dtype = matrix.stored if matrix.kind in _NUMBERS else np.dtype(np.str_)
    if matrix.kind in _NUMBERS:
        believe(path, matrix.shape, dtype, there, compressed=packed and inner is None)
    dtype = np.result_type(dtype, np.complex64) if matrix.is_complex else dtype
    yield Variable(
        path,
        name,
        matrix.shape if matrix.kind in _NUMBERS else matrix.shape[:1],
        dtype,
        start,
        count,
        order,
        packed,
        inner,
    )


def _content(path: Path, start: int, count: int, packed: bool, most: int = 0) -> bytes:
    """Return what a top element holds behind its tag, decompressed; with `most` only its beginning."""
    with path.open("rb") as file:
        file.seek(start)
        raw = file.read(min(count, most) if most and not packed else count)
    if not packed:
        return raw
    decoder = zlib.decompressobj()
    head = decoder.decompress(raw, 8)
    if len(head) < 8:
        raise _damaged(path)
    # Compressed elements hold one matrix, with a tag of its own, in the order of the file.
    sizes = {int.from_bytes(head[4:], order) for order in ("little", "big")}
    declared = min(sizes)
    believe(path, (declared,), np.uint8, count, compressed=True)
    wanted = min(declared, most) if most else declared
    rest = decoder.decompress(decoder.unconsumed_tail, wanted) if wanted else b""
    if len(rest) < wanted or declared > count * DEFLATE:
        raise _damaged(path)
    return rest


def _tag(data: memoryview, at: int, order: str) -> tuple[bool, int, int]:
    if at + 8 > len(data):
        return False, 0, 0
    first, second = struct.unpack_from(order + "II", data, at)
    if first >> 16:
        return True, first & 0xFFFF, first >> 16
    return False, first, second


def _element(path: Path, data: memoryview, at: int, order: str) -> tuple[int, memoryview, int]:
    """Return the type and the content of an element, and where the next begins."""
    if at + 8 > len(data):
        raise _damaged(path)
    small, kind, size = _tag(data, at, order)
    begin = at + (4 if small else 8)
    if (small and size > 4) or begin + size > len(data):
        raise _damaged(path)
    return kind, data[begin : begin + size], at + 8 if small else begin + size + (-size % 8)


def _ending(kind: int, order: str) -> str:
    return ("-le" if order == "<" else "-be") if kind in (4, 17, 18) else ""


def _damaged(path: Path) -> HydraError:
    return HydraError(f"{path} cannot be read as a MATLAB file; it is damaged or cut off, fetch it anew.")
