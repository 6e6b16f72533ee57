"""One folder with everything that pins and regions say: spectra, sub-cubes, masks, plots, figures and a manifest.

Nothing that exists is replaced unless asked, and nothing is left half written: the folder gets its name when it is
complete.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tifffile

from napari_hydra.errors import HydraError
from napari_hydra.io import write_cube
from napari_hydra.io.files.atomic import refuse_existing, replacing
from napari_hydra.io.files.map_info import map_info_of
from napari_hydra.progress import ProgressCallback, check_cancelled, sub_progress
from napari_hydra.workbench.export.file_names import distinct_stems
from napari_hydra.workbench.export.manifest import manifest
from napari_hydra.workbench.export.metrics_table import error_rows, metrics_table
from napari_hydra.workbench.export.region_cube import RegionCube
from napari_hydra.workbench.export.region_polygons import regions_geojson
from napari_hydra.workbench.export.roi_list import all_visible, roi_spectra
from napari_hydra.workbench.export.spectra_tables import long_table, provenance, wide_table
from napari_hydra.workbench.export.spectral_libraries import write_libraries
from napari_hydra.workbench.plot.plot_state import is_drawable, resolve
from napari_hydra.workbench.plot.plots import PLOT_SUFFIXES, export_plot
from napari_hydra.workbench.scene.scene import Region, Scene
from napari_hydra.workbench.scene.view_settings import ViewSettings
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot
from napari_hydra.workbench.session.reopening import reconstruct_session
from napari_hydra.workbench.session.session import Session

CubeFormat = Literal["envi", "zarr"]
_SUFFIX: dict[str, str] = {"envi": ".hdr", "zarr": ".zarr"}
_RECONSTRUCTING, _CUBES = 0.5, 0.8  # where in the progress of a session these parts end


def export_regions(
    what: ViewSnapshot | Session | str | Path,
    folder: str | Path,
    *,
    transform: str | None = None,
    cube_format: CubeFormat = "envi",
    device: str = "auto",
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Write the spectra, sub-cubes, masks, plots and figures of pins and regions into one new folder.

    =====================  ==========================================================================================
    ``spectra/``           ``wide.csv`` (a row a wavelength) and ``long.csv`` (a row a wavelength of a spectrum), as
                           measured; ``shown_wide.csv`` and ``shown_long.csv`` where a transform is shown; ENVI
                           libraries ``estimate.sli`` and ``truth.sli``, and where they are drawn
                           ``teacher-coding.sli`` and ``cube-<name>.sli`` of further cubes
    ``cubes/``             estimate and truth of each region: its bounding box, NaN outside of it
    ``masks/``             a TIFF of the whole picture for each region; ``regions.geojson`` in pixels, and
                           ``regions_map.geojson`` where the truth has map coordinates
    ``plots/``             the plot as PNG, SVG and PDF
    ``metrics.csv``        errors of the scene, pins and regions
    ``manifest.json``      versions, model, inputs, settings, and the SHA-256 of every file
    =====================  ==========================================================================================

    Parameters
    ----------
    what : ViewSnapshot, Session or path of a session
        A session is reconstructed first.
    folder : str or Path
        To be made; its parent exists.
    transform : str, optional
        How spectra are shown; that of the bench where not given.
    cube_format : "envi" or "zarr"
        Of the cubes of regions.
    device : str
        Where a session is reconstructed.
    overwrite : bool
        Whether an existing folder that an export wrote is replaced, whole.
    progress : callable, optional
        ``progress(fraction, stage)``.
    cancel : threading.Event, optional
        Set it to stop; nothing is left behind.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    HydraError
        If there is no pin or region, the folder exists, or something cannot be written.
    Cancelled
        If `cancel` was set.
    """
    target = Path(folder)
    if cube_format not in _SUFFIX:
        raise HydraError(f"Cubes cannot be written as {cube_format!r}; choose envi or zarr.")
    if transform is not None:
        ViewSettings(transform=transform)  # refuses one that there is not, before anything is reconstructed
    refuse_foreign_folder(target, overwrite)
    snapshot, rest = snapshot_of(what, device, progress, cancel)
    if transform is not None:
        snapshot = replace(snapshot, transform=transform)
    found = list(roi_spectra(snapshot))
    if not found:
        raise HydraError(
            f"{snapshot.scene.name} has no pins or regions to export; click a pixel or draw a region first."
        )
    regions = [region for region in snapshot.regions if is_drawable(snapshot.scene, region)]
    with replacing(target, overwrite=overwrite) as staging:
        for name in ("spectra", "cubes", "masks", "plots"):
            (staging / name).mkdir(parents=True)
        _write_spectra(staging / "spectra", snapshot)
        _write_regions(staging, snapshot.scene, regions, cube_format, sub_progress(rest, 0.0, _CUBES), cancel)
        state = resolve(all_visible(snapshot))
        for suffix in PLOT_SUFFIXES:
            export_plot(staging / "plots" / f"spectra{suffix}", state)
        rows = error_rows(snapshot, sub_progress(rest, _CUBES, 1.0), cancel)
        _write_text(staging / "metrics.csv", metrics_table(rows))
        for name in ("cubes", "masks"):
            if not regions:
                (staging / name).rmdir()
        contents = manifest(snapshot, staging, {"cube_format": cube_format})
        _write_text(staging / "manifest.json", json.dumps(contents, indent=1, ensure_ascii=False) + "\n")
        check_cancelled(cancel)
    return target


def refuse_foreign_folder(target: Path, overwrite: bool) -> None:
    """Refuse to replace a folder unless asked, and any that an export did not write.

    Raises
    ------
    HydraError
        If it may not be replaced.
    """
    refuse_existing(target, overwrite)
    if target.exists() and not (target / "manifest.json").is_file():
        raise HydraError(f"{target} was not written by an export and is not replaced; choose another name.")


def export_cube(
    path: str | Path,
    scene: Scene,
    *,
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Write the whole reconstruction, piece by piece; the suffix chooses the format (see `write_cube`)."""
    estimate = replace(scene.estimate, attrs={**scene.estimate.attrs, **_scene_attrs(scene)})
    return write_cube(estimate, path, overwrite=overwrite, progress=progress, cancel=cancel)


def snapshot_of(
    what: ViewSnapshot | Session | str | Path,
    device: str,
    progress: ProgressCallback | None,
    cancel: threading.Event | None,
) -> tuple[ViewSnapshot, ProgressCallback | None]:
    """Return the bench, reconstructed where there is only a session, and the progress of what is left."""
    if isinstance(what, ViewSnapshot):
        return what, progress
    first = sub_progress(progress, 0.0, _RECONSTRUCTING)
    return reconstruct_session(what, device=device, progress=first, cancel=cancel), sub_progress(
        progress, _RECONSTRUCTING, 1.0
    )


def _write_spectra(folder: Path, snapshot: ViewSnapshot) -> None:
    _write_text(folder / "wide.csv", wide_table(snapshot))
    _write_text(folder / "long.csv", long_table(snapshot))
    if snapshot.transform != "as measured":
        _write_text(folder / "shown_wide.csv", wide_table(snapshot, transformed=True))
        _write_text(folder / "shown_long.csv", long_table(snapshot, transformed=True))
    write_libraries(folder, list(roi_spectra(snapshot)), "; ".join(provenance(snapshot.scene, snapshot.level)))


def _write_regions(
    folder: Path,
    scene: Scene,
    regions: Sequence[Region],
    cube_format: CubeFormat,
    progress: ProgressCallback | None,
    cancel: threading.Event | None,
) -> None:
    cubes = [(what, cube) for what, cube in (("estimate", scene.estimate), ("truth", scene.truth)) if cube is not None]
    count = len(regions) * len(cubes)
    for index, (region, stem) in enumerate(
        zip(regions, distinct_stems(region.name for region in regions), strict=True)
    ):
        attrs = {**_scene_attrs(scene), "region": region.name}
        for number, (what, cube) in enumerate(cubes):
            if what == "truth" and scene.coarse_truth is not None and scene.overlay is not None:
                attrs["repeated"] = f"Each pixel of the truth is repeated over {scene.overlay.size} of the picture's."
            done = index * len(cubes) + number
            path = folder / "cubes" / f"{stem}_{what}{_SUFFIX[cube_format]}"
            part = sub_progress(progress, done / count, (done + 1) / count, f"writing {region.name}")
            write_cube(RegionCube.of(cube, region.mask, attrs), path, progress=part, cancel=cancel)
        mask = region.mask.astype(np.uint8) * 255
        tifffile.imwrite(folder / "masks" / f"{stem}.tif", mask, photometric="minisblack")
    if regions:
        _write_json(folder / "masks" / "regions.geojson", regions_geojson(regions))
        grid = None if scene.truth is None else map_info_of(scene.truth.attrs, scene.truth.shape)
        if grid is not None:
            _write_json(folder / "masks" / "regions_map.geojson", regions_geojson(regions, grid))


def _scene_attrs(scene: Scene) -> dict[str, Any]:
    return {
        "factor": scene.factor,
        "matched": scene.matched,
        "unit": scene.quantity,
        **{str(key): value for key, value in scene.settings.items() if value is not None},
    }


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _write_json(path: Path, found: dict[str, Any]) -> None:
    _write_text(path, json.dumps(found, ensure_ascii=False) + "\n")
