"""A small scene in files, reconstructed by a network that was never trained."""

import numpy as np
from cli_files import save_untrained, smooth_cube

from napari_hydra.camera import render
from napari_hydra.io import MeasuredSpectrum, read_cube, read_picture, write_cube, write_picture
from napari_hydra.io.regions.shape_masks import shape_mask
from napari_hydra.progress import drain
from napari_hydra.workbench.scene.measured_spectra import SampleSite
from napari_hydra.workbench.scene.run import run_steps
from napari_hydra.workbench.scene.run_request import RunRequest, WavelengthChoice
from napari_hydra.workbench.scene.scene import Outline, Pin, Region
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

SIZE = (24, 20)
TRIANGLE = np.array([[2.25, 3.0], [2.25, 15.5], [18.0, 9.0]])


def regions():
    """A drawn polygon and a painted area with a hole."""
    painted = np.zeros(SIZE, dtype=bool)
    painted[10:20, 2:12] = True
    painted[13:15, 5:8] = False
    outline = Outline("polygon", TRIANGLE)
    return (
        Region("leaf", "#0072b2", shape_mask("polygon", TRIANGLE, SIZE), outline=outline),
        Region("soil, wet", "#d55e00", painted, visible=False),
    )


SITES = (SampleSite(1, 2, 3), SampleSite(2, 20, 9))
MEASUREMENTS = (
    MeasuredSpectrum(5, 6, np.array([420.0, 550.5, 680.0]), np.array([0.1, 1 / 3, 0.2]), "P1", "truth"),
    MeasuredSpectrum(0, 0, np.array([400.0, 1000.0]), np.array([0.45, 0.5]), "tarp", "field.csv", used=False),
)
PINS = (Pin("P1", 5, 6, "#e69f00"), Pin("P2", 20, 3, "#56b4e9", visible=False))


def write_files(folder):
    """Write scene.hdr, scene.png and small.safetensors."""
    cube = smooth_cube()
    write_cube(cube, folder / "scene.hdr")
    write_picture(render(cube).picture, folder / "scene.png")
    save_untrained(folder / "small.safetensors")
    return folder


def scene_of(request):
    """Run a request to its end."""
    return drain(run_steps(request)).scene


def snapshot_in(folder, **changes):
    """Reconstruct the files of a folder as the window would, with pins, regions and choices."""
    request = {
        "name": "field",
        "picture": read_picture(folder / "scene.png"),
        "picture_source": str(folder / "scene.png"),
        "truth": read_cube(folder / "scene.hdr"),
        "camera": "srgb",
        "illuminant": "A",
        "model": str(folder / "small.safetensors"),
        "wavelengths": WavelengthChoice("grid", 420.0, 680.0, 20.0),
        "device": "cpu",
    } | changes
    choices = {
        "level": 0.8,
        "transform": "SNV",
        "pixel_window": 3,
        "statistic": "median",
        "band": 4,
        "encoded_truth": True,
    }
    choices |= {"arrangement": "side by side", "sites": SITES, "measurements": MEASUREMENTS}
    return ViewSnapshot(scene=scene_of(RunRequest(**request)), pins=PINS, regions=regions(), **choices)
