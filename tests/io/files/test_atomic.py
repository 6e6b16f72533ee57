"""A write that fails leaves the folder as it was."""

import errno
import threading
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from napari_hydra.cube import make_cube
from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.io import WRITABLE, write_cube
from napari_hydra.io.writing.cube_source import CubeSource


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("suffix", WRITABLE)
def test_full_disk_midway(
    tmp_path: Path, cube: xr.DataArray, monkeypatch: pytest.MonkeyPatch, suffix: str, overwrite: bool
) -> None:
    if overwrite:
        write_cube(cube, tmp_path / f"out{suffix}")
    before = contents(tmp_path)
    real = CubeSource.step

    def step(self: CubeSource, fraction: float) -> None:
        real(self, fraction)
        if fraction == 1:
            no_space()

    monkeypatch.setattr(CubeSource, "step", step)
    with pytest.raises(HydraError, match="no space left on device"):
        write_cube(cube, tmp_path / f"out{suffix}", overwrite=overwrite)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("suffix", WRITABLE)
def test_disk_that_takes_no_more(tmp_path: Path, suffix: str) -> None:
    """The kernel itself refuses, wherever the format's library happens to be writing."""
    resource = pytest.importorskip("resource")
    values = np.random.default_rng(0).random((300, 300, 20), dtype=np.float32)
    cube = make_cube(values, np.linspace(400, 700, 20))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(HydraError, match=rf"out\{suffix}|out\.img") as caught:
            write_cube(cube, tmp_path / f"out{suffix}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "could not be written" in str(caught.value)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("suffix", WRITABLE)
def test_cancelled_midway(tmp_path: Path, cube: xr.DataArray, suffix: str) -> None:
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        write_cube(cube, tmp_path / f"out{suffix}", progress=lambda *_: cancel.set(), cancel=cancel)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("suffix", WRITABLE)
def test_disk_too_small_is_refused_before_any_work(
    tmp_path: Path, cube: xr.DataArray, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    asked: list[float] = []
    with pytest.raises(HydraError, match=f"out{suffix}.* could not be written .no space left|no space left"):
        write_cube(cube, tmp_path / f"out{suffix}", progress=lambda fraction, _: asked.append(fraction))
    assert asked == []
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("suffix", WRITABLE)
def test_folder_that_cannot_be_written(cube: xr.DataArray, suffix: str) -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("needs /proc, which refuses even root")
    with pytest.raises(HydraError, match=r"could not be written|cannot be written"):
        write_cube(cube, f"/proc/self/out{suffix}")


@pytest.mark.parametrize("suffix", WRITABLE)
def test_existing_target_and_absent_folder(tmp_path: Path, cube: xr.DataArray, suffix: str) -> None:
    (tmp_path / f"out{suffix}").write_text("precious")
    with pytest.raises(HydraError, match="exists already"):
        write_cube(cube, tmp_path / f"out{suffix}")
    with pytest.raises(HydraError, match="is not a folder"):
        write_cube(cube, tmp_path / f"out{suffix}" / f"deeper{suffix}")
    assert contents(tmp_path) == {f"out{suffix}": b"precious"}


def test_unknown_suffix_and_things_that_are_no_cubes(tmp_path: Path, cube: xr.DataArray) -> None:
    with pytest.raises(HydraError, match=r"end its name in one of .*\.hdr"):
        write_cube(cube, tmp_path / "out.xyz")
    with pytest.raises(HydraError, match="ndarray cannot be written as a cube"):
        write_cube(np.zeros((3, 3, 3)), tmp_path / "out.hdr")
    with pytest.raises(HydraError, match="make_cube"):
        write_cube(xr.DataArray(np.zeros((3, 3)), dims=("y", "x")), tmp_path / "out.hdr")
    assert contents(tmp_path) == {}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
