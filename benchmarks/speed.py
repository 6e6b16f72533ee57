"""How fast a reconstruction is: beside MST++, and beside the time that writing as large a cube takes.

MST++ reads the same picture (with random weights, which are as slow as trained ones). Beyond 31 bands it has its trunk
as published and its head widened, its fastest form; or it is as wide as the answer throughout, timed on a sixteenth of
the pixels, because its time grows in proportion to them.
"""

import argparse
import platform
import resource
import sys
from dataclasses import asdict
from statistics import median

import numpy as np
import torch

from benchmarks.accuracy.rivals.mst import MultiStageTransformer
from benchmarks.rows import keep_row, provenance, read_rows
from benchmarks.speed_page import page
from napari_hydra import read_picture
from napari_hydra.evaluation.speed import measure_speed, timed
from napari_hydra.samples import photograph

KEY = ("what", "picture", "model", "bands", "height", "threads")
SIZE = (482, 512)
LARGE = (3000, 4000)
RANGES = {"visible": (700, (31,)), "vnir": (1000, (100, 204, 400))}
NOISE = "noise"


def tiled(picture, height, width):
    """Return the picture, beside itself as often as it takes, cut to a size."""
    repeats = (-(-height // picture.shape[0]), -(-width // picture.shape[1]), 1)
    return np.ascontiguousarray(np.tile(picture, repeats)[:height, :width])


def pictures_of(paths):
    """Return the bundled photograph, those at the paths, and one of noise, all of one size."""
    named = {"bundled photograph": photograph()} | {path.stem: np.asarray(read_picture(path)) for path in paths}
    found = {name: tiled(picture, *SIZE) for name, picture in named.items()}
    return found | {NOISE: np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)}


def rival_seconds(bands, picture, width=31):
    """Return the seconds of MST++ on a picture; the second of two readings, for it is slow."""
    rival = MultiStageTransformer(bands, width).eval()
    linear = torch.from_numpy(picture.transpose(2, 0, 1)[None] / np.float32(255))
    with torch.inference_mode():
        return median(timed({"rival": lambda: rival(linear)}, 1)["rival"])


def measure(options: argparse.Namespace) -> None:
    """Time everything and keep the rows."""
    made = provenance(options.command) | {"machine": machine()}

    def keep(what, name, speed, **more):
        row = {"what": what, "picture": name, **speed, **more}
        keep_row(options.results, made | row, KEY)
        print(
            what, name, speed["model"], speed["bands"], f"{row.get('seconds', row.get('latents_s')):.3f} s", flush=True
        )

    pictures = pictures_of(options.pictures)
    for name, picture in pictures.items():
        for model, (high, counts) in RANGES.items():
            for bands in counts if name in ("bundled photograph", NOISE) else counts[:2][-1:]:
                for preset in (model, f"{model}-accurate"):
                    wavelengths = np.linspace(400, high, bands)
                    speed = measure_speed(preset, picture, wavelengths, repeats=options.repeats)
                    keep("hydra", name, asdict(speed))
    for share in (4, 2):  # noise, for the exponent in pixels
        part = pictures[NOISE][::share, ::share]
        keep("hydra", NOISE, asdict(measure_speed("visible", part, np.linspace(400, 700, 31), repeats=options.repeats)))
    large = tiled(pictures[min(pictures)] if len(pictures) < 3 else list(pictures.values())[1], *LARGE)
    speed = measure_speed("visible", large, np.linspace(400, 700, 31), repeats=1)
    keep("hydra", "12 megapixels", asdict(speed), peak_mb=peak_mb())
    picture = pictures["bundled photograph"]
    height, width = SIZE
    for bands, trunk, step in ((31, 31, 1), (204, 31, 1), (204, 204, 4)):
        seconds = rival_seconds(bands, picture[::step, ::step], trunk) * step**2
        form = "MST++" if bands == 31 else "MST++, wide head" if trunk == 31 else "MST++, full width"
        rival = {"model": form, "bands": bands, "height": height, "width": width, "seconds": seconds}
        keep("rival", "bundled photograph", rival)


def machine() -> str:
    """Return the name of the processor."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def peak_mb() -> float:
    """Return the most memory that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1024


def table(options: argparse.Namespace) -> None:
    """Make the page from the raw results alone."""
    options.page.write_text(page(read_rows(options.results)), encoding="utf-8")
