"""The speed table: seconds and memory of a reconstruction, with ratios measured in the same run.

    python -m benchmarks.speed [--size 482 512] [--threads N] [--repeats 5]

Each figure is the median of the repeats after a warm-up. "write" is the time to allocate and fill the decoded array,
the floor that no full decode can beat. MST++ reads the same picture (with random weights, which are as slow as trained
ones); beyond 31 bands it has its trunk as published and its head widened, its fastest form.
"""

import argparse
import json
import resource
import statistics
import sys
import time

import numpy as np
import torch

from benchmarks.accuracy.rivals.mst import MultiStageTransformer
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs=2, default=(482, 512), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    picture = picture_of(*arguments.size)
    rows = [
        measure(name, np.linspace(400, high, bands), picture, arguments.repeats)
        for name, high, bands in (
            ("visible", 700, 31),
            ("visible-accurate", 700, 31),
            ("vnir", 1000, 204),
            ("vnir-accurate", 1000, 204),
        )
    ]
    if arguments.json:
        json.dump(rows, sys.stdout, indent=1)
        return
    print(f"{arguments.threads} threads, torch {torch.__version__}; median of {arguments.repeats}")
    for key in rows[0]:
        values = [row[key] for row in rows]
        print(f"{key:18s}", *[f"{v:>17.3f}" if isinstance(v, float) else f"{v:>17}" for v in values])


if __name__ == "__main__":
    main()
