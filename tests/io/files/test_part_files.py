"""Who writes a file stands in its temporary name; what a writer that is gone left behind is removed, and no more."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from napari_hydra.errors import HydraError
from napari_hydra.io.files import atomic, part_files
from napari_hydra.io.files.atomic import is_reserved, refuse_existing, replacing


def written(target: Path) -> None:
    with replacing(target, overwrite=True) as temporary:
        temporary.write_text("new")


def left_behind(target: Path, host: str, process: int, seconds_ago: int = 10) -> Path:
    start = int(part_files.time.time()) - seconds_ago
    path = target.parent / f".{target.name}.{host}.{process}.{start}.0123abcd.part"
    path.write_text("half")
    return path


def ended_process() -> int:
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(os.name == "nt", reason="asking may end a process there")
def test_only_what_nobody_writes_any_more_is_removed(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    here = part_files.part_name(target).name.removeprefix(".out.csv.").split(".")[0]
    gone = left_behind(target, here, ended_process())
    old = left_behind(target, "elsewhere", 1, seconds_ago=90_000)
    kept = [
        left_behind(target, here, os.getpid()),
        left_behind(target, "elsewhere", ended_process()),
        left_behind(tmp_path / "other.csv", here, ended_process()),
    ]
    written(target)
    assert target.read_text() == "new"
    assert not gone.exists()
    assert not old.exists()
    assert all(path.exists() for path in kept)


def test_a_long_name_that_is_allowed_is_written_and_a_longer_one_refused(tmp_path: Path) -> None:
    target = tmp_path / ("é" * 120 + ".csv")
    written(target)
    assert target.read_text() == "new"
    with pytest.raises(HydraError, match="its name is too long; choose a shorter one"):
        refuse_existing(tmp_path / ("x" * 260), overwrite=False)


def test_a_folder_that_may_not_be_written_to_is_told_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_existing(tmp_path / "made later" / "out.csv", overwrite=False)
    monkeypatch.setattr(atomic.os, "access", lambda path, mode: Path(path) != tmp_path)
    for target in (tmp_path / "out.csv", tmp_path / "made later" / "out.csv"):
        with pytest.raises(HydraError, match="its folder may not be written to; choose another"):
            refuse_existing(target, overwrite=False)


@pytest.mark.parametrize("name", ["CON", "nul.csv", "com1.tar.gz", "notes.", "notes "])
def test_names_that_windows_keeps(name: str) -> None:
    assert is_reserved(name)


@pytest.mark.parametrize("name", ["console.csv", "com.csv", ".hidden", "a.nul", "com10.csv"])
def test_names_that_windows_takes(name: str) -> None:
    assert not is_reserved(name)
