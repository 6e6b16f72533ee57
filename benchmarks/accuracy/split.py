"""The split of the shared data: who is fitted, who chooses, and what is only scored."""

import sys
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from napari_hydra import read_cube
from napari_hydra.evaluation.protocol import TRACKS

NamedCube = tuple[str, xr.DataArray]
FITTED = "srgb, fitted"  # track srgb, one factor fitted as on track exposure: what that is to be held against
CHOOSING = ("clay", "paints", "pompoms", "thread_spools")
# docs/training.md names the same ones: nothing else may stop a training or choose between two.
CHOOSING_MANY_BANDS = (
    *CHOOSING,
    *(f"OSBS_2{i}" for i in (3, 4, 5)),
    *(f"MLBS_2{i}" for i in (3, 4, 5)),
    *(f"MLBS_4{i}" for i in (0, 3, 6)),
    "potsdam_tile_64_0",
    "potsdam_tile_128_128",
)


@dataclass(frozen=True)
class Task:
    """A range of wavelengths with its scenes.

    Attributes
    ----------
    low, high, step : float
        The grid on which rivals answer, in nm.
    training : tuple of str
        Groups of cubes that closed-form methods are fitted to.
    more : tuple of str
        Groups that networks, like HYDRA, learn from besides.
    choosing : tuple of str
        Scenes of those groups that stop and choose.
    scored : dict
        The tracks on which each group is scored.
    """

    low: float
    high: float
    step: float
    training: tuple[str, ...]
    more: tuple[str, ...]
    choosing: tuple[str, ...]
    scored: dict[str, tuple[str, ...]]


TASKS = {
    "visible": Task(400, 700, 10, ("cave-train",), (), CHOOSING, {"cave-val": (*TRACKS, FITTED)}),
    "vnir": Task(
        400,
        1000,
        5,
        ("neon-train", "enmap-train", "airborne-train", "spectra"),
        ("cave-train",),
        CHOOSING_MANY_BANDS,
        {"neon-val": ("srgb",), "enmap-val": ("srgb",), "airborne-train": ("srgb",)},
    ),
}


def read_group(data: Path, group: str) -> list[NamedCube]:
    """Return the cubes of a group with their names; ends the program where there are none."""
    paths = sorted((data / group).glob("*.hdr"))
    if not paths:
        sys.exit(f"{data / group} holds no ENVI cubes; unpack the shared data there first.")
    return [(path.stem, read_cube(path)) for path in paths]


def training_cubes(data: Path, task: Task, *, networks: bool) -> tuple[list[NamedCube], list[NamedCube]]:
    """Return the cubes to fit and those that choose."""
    groups = task.training + (task.more if networks else ())
    cubes = [named for group in groups for named in read_group(data, group)]
    choosing = [named for named in cubes if named[0] in task.choosing]
    return [named for named in cubes if named[0] not in task.choosing], choosing
