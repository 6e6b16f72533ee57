"""An estimate and its interval: as variables of one file where the format has them, as files beside it otherwise."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

from napari_hydra.errors import HydraError
from napari_hydra.io.files.atomic import refuse_existing
from napari_hydra.io.files.cube_source import CubeSource
from napari_hydra.io.files.interval import BOUNDS, cubes_with_bounds


def write_with_interval(writer: ModuleType, cube: CubeSource, path: Path, *, overwrite: bool) -> None:
    """Write a cube that has an interval.

    Raises
    ------
    HydraError
        If the format cannot hold it, or a file is there already.
    """
    assert cube.interval is not None
    said = {**cube.metadata, **cube.interval.attributes}
    if getattr(writer, "HOLDS_INTERVAL", False):
        writer.write(replace(cube, metadata=said), path, overwrite=overwrite)
        return
    if not hasattr(writer, "write_flags"):
        raise HydraError(f"{path} cannot hold an interval; end its name in .zarr, .nc, .hdr or .tif.")
    paths = {name: path.with_name(f"{path.stem}_{name}{path.suffix}") for name in (*BOUNDS, "flags")} | {"": path}
    for one in paths.values():
        refuse_existing(one, overwrite)
    made: list[Path] = []
    try:
        writer.write_flags(cube.interval, paths["flags"], overwrite=overwrite)
        made.append(paths["flags"])
        for name, part in cubes_with_bounds(cube):
            words = {"bound": cube.interval.long_name(name)} if name else {}
            writer.write(replace(part, metadata={**said, **words}), paths[name], overwrite=overwrite)
            made.append(paths[name])
    except BaseException:
        for one in made:
            one.unlink(missing_ok=True)
            if one.suffix.lower() == ".hdr":
                one.with_suffix(".img").unlink(missing_ok=True)
        raise
