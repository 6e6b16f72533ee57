"""The speed table: seconds and memory of a reconstruction, with ratios measured in the same run.

Each figure is the median of the repeats after a warm-up. "write" is the time to allocate and fill the decoded array,
the floor that no full decode can beat. MST++ reads the same picture (with random weights, which are as slow as trained
ones); beyond 31 bands it has its trunk as published and its head widened, its fastest form.
"""

import argparse
import resource
import statistics
import time

import numpy as np
import torch

from benchmarks.accuracy.rivals.mst import MultiStageTransformer
from benchmarks.rows import keep_row, provenance
from napari_hydra import load_model
from napari_hydra.samples import photograph


def median_seconds(action, repeats):
    action()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def picture_of(height, width):
    tile = photograph()
    repeats = (-(-height // tile.shape[0]), -(-width // tile.shape[1]), 1)
    return np.ascontiguousarray(np.tile(tile, repeats)[:height, :width])


def rival_seconds(bands, picture):
    """Return the seconds of MST++; once only, it is slow."""
    rival = MultiStageTransformer(bands).eval()
    linear = torch.from_numpy(picture.transpose(2, 0, 1)[None] / np.float32(255))
    with torch.inference_mode():
        return median_seconds(lambda: rival(linear), 1)


def measure(name, wavelengths, picture, repeats):
    model = load_model(name, "cpu")
    latent = model.reconstruct(picture, wavelengths)
    height, width = picture.shape[:2]
    shape = (len(wavelengths), height, width)
    latents = median_seconds(lambda: model.reconstruct(picture, wavelengths), repeats)
    write = median_seconds(lambda: np.full(shape, 0.5, np.float32), repeats)
    decode = median_seconds(lambda: np.asarray(latent), repeats)
    return {
        "model": name,
        "bands": len(wavelengths),
        "picture": f"{height} x {width}",
        "codes_s": latents,
        "decode_s": decode,
        "total_s": latents + decode,
        "mstpp_s": (rival := rival_seconds(len(wavelengths), picture)),
        "mstpp_over_total": rival / (latents + decode),
        "write_s": write,
        "decode_over_write": decode / write,
        "one_band_ms": 1000 * median_seconds(lambda: latent.band(len(wavelengths) // 2), repeats),
        "one_spectrum_ms": 1000 * median_seconds(lambda: latent.interval(height // 2, width // 2), 50),
        "codes_mb": (latent.latents.nbytes + latent.uncertainty.nbytes) / 1e6,
        "decoded_mb": latent.nbytes / 1e6,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run(options: argparse.Namespace) -> None:
    """Time every shipped model, keep the rows and print them as a table."""
    picture = picture_of(*options.size)
    rows = [
        measure(name, np.linspace(400, high, bands), picture, options.repeats)
        for name, high, bands in (
            ("visible", 700, 31),
            ("visible-accurate", 700, 31),
            ("vnir", 1000, 204),
            ("vnir-accurate", 1000, 204),
        )
    ]
    for row in rows:
        keep_row(options.results, provenance(options.command) | row, ("model", "picture", "threads"))
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}; median of {options.repeats}")
    for key in rows[0]:
        values = [row[key] for row in rows]
        print(f"{key:18s}", *[f"{v:>17.3f}" if isinstance(v, float) else f"{v:>17}" for v in values])
