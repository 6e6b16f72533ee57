"""Write golden_protocol.npz anew: ``python tests/evaluation/write_golden_protocol.py PATH/TO/protocol.py``."""

import importlib.util
import sys
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).with_name("golden_protocol.npz")
TRACKS = ("srgb", "srgb-jpeg", "camera", "exposure")
SEED = 0  # of the photon noise, as `evaluate_cube` has it


def cases():
    """Yield name, wavelengths, cube and error of the estimate: full and shifted bands, some of it saturated or dark."""
    random = np.random.default_rng(0)
    for name, wavelengths in {"visible": np.arange(400.0, 701, 10), "vnir": np.linspace(423, 987, 24)}.items():
        shape = (7, 9, len(wavelengths))
        cube = 0.05 + np.abs(np.cumsum(random.normal(0, 0.05, shape), axis=-1))
        cube *= np.linspace(0.01, 3, shape[0])[:, None, None]
        yield name, wavelengths, cube.astype(np.float32), random.normal(0, 0.02, shape).astype(np.float32)


def main(path):
    spec = importlib.util.spec_from_file_location("protocol", path)
    protocol = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(protocol)
    found = {}
    for name, wavelengths, cube, error in cases():
        found |= {f"{name} wavelengths": wavelengths, f"{name} cube": cube, f"{name} error": error}
        for track in TRACKS:
            picture, target = protocol.render(cube, wavelengths, track, seed=SEED)
            estimate = np.maximum(target + error, 0) / (4 if track == "exposure" else 1)
            scores = protocol.score(estimate, target, wavelengths, picture, fit_gain=track == "exposure")
            found[f"{name} {track} picture"] = picture
            found[f"{name} {track} gain"] = target.sum(dtype=float) / cube.sum(dtype=float)
            found |= {f"{name} {track} {figure}": value for figure, value in scores.items()}
    np.savez_compressed(GOLDEN, **found)


if __name__ == "__main__":
    main(sys.argv[1])
