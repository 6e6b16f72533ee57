"""The verbs that tell: which models there are, and what a file is."""

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_hydra.cli.options import Incomplete, Json, Overwrite
from napari_hydra.cli.terminal import report

_LONGEST_LIST = 12  # printed whole


def models(json: Json = None, overwrite: Overwrite = False) -> None:
    """List the models that come with the package."""
    from dataclasses import asdict

    from napari_hydra.hydra import model_card, model_names

    cards = [model_card(name) for name in model_names()]
    lines = []
    for card in cards:
        low, high = card.wavelength_range
        lines.append(f"{card.name}: {low:g}-{high:g} nm")
        said = {"trained on": card.trained_on, "values": card.quantity, **card.metrics, "licence": card.licence}
        said |= {"data": card.provenance}
        said |= {"made": f"{card.date}, version {card.version}", "command": card.command}
        lines += [f"  {key:<14}{_short(value)}" for key, value in said.items() if value]
    report("\n".join(lines), {"models": [asdict(card) for card in cards]}, json, overwrite)


def benchmark(
    pictures: Annotated[
        list[Path] | None, typer.Argument(metavar="PICTURE", help="Photographs to read; by default the bundled one.")
    ] = None,
    repeats: Annotated[int, typer.Option("--repeats", help="How often each thing is done.", min=1)] = 5,
    json: Json = None,
    overwrite: Overwrite = False,
) -> None:
    """Measure how fast this machine reconstructs, beside the time to write as large a cube.

    docs/performance.md has the same figures beside those of a rival, made by 'python -m benchmarks speed'.
    """
    from dataclasses import asdict

    import numpy as np
    import torch

    from napari_hydra.evaluation.speed import measure_speed
    from napari_hydra.io import read_picture
    from napari_hydra.samples import photograph

    named: dict[str, Any] = {path.name: read_picture(path) for path in pictures or ()}
    named = named or {"bundled photograph": photograph()}
    lines, rows = [f"{torch.get_num_threads()} threads of PyTorch {torch.__version__}; medians of {repeats}"], []
    lines += [
        f"{'picture':<24}{'model':<18}{'bands':>6}{'latents':>10}{'decode':>10}{'of writing':>12}{'spectrum':>10}"
    ]
    for name, picture in named.items():
        for model, high, bands in (("visible", 700, 31), ("visible-accurate", 700, 31), ("vnir", 1000, 204)):
            speed = measure_speed(model, picture, np.linspace(400, high, bands), repeats=repeats)
            rows.append({"picture": name, **asdict(speed)})
            times = f"{speed.latents_s:>8.3f} s{speed.decode_s:>8.3f} s{speed.decode_over_write:>11.1f}x"
            lines.append(f"{name[:23]:<24}{model:<18}{bands:>6}{times}{1000 * speed.spectrum_s:>7.2f} ms")
    report("\n".join(lines), {"speed": rows}, json, overwrite)


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        if len(value) > _LONGEST_LIST:
            return f"{_short(value[0])}, {_short(value[1])}, ... {_short(value[-1])} ({len(value)} values)"
        return "; ".join(map(_short, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def info(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A cube, a picture, spectra or a model.")],
    incomplete: Incomplete = False,
    json: Json = None,
    overwrite: Overwrite = False,
) -> None:
    """Tell what a file is.

    Format, size, wavelengths, and what reading it does to the numbers.
    """
    from dataclasses import asdict

    from napari_hydra.io import describe_file

    found = describe_file(file, incomplete=incomplete)
    lines = {"file": str(file), "kind": f"{found.kind}, {found.format}"}
    if found.kind == "spectral library":
        lines["size"] = "{} spectra, {} bands".format(*found.shape)
    elif found.shape:
        height, width, depth = found.shape
        lines["size"] = f"{height} x {width} pixels, {depth} {'bands' if found.kind == 'cube' else 'channels'}"
    lines["numbers"] = found.dtype
    if found.wavelength_range is not None:
        low, high = found.wavelength_range
        lines["wavelengths"] = f"{low:g}-{high:g} nm"
    lines |= {key: _short(value) for key, value in found.details.items()}
    column = max(map(len, lines))
    text = "\n".join(f"{key.ljust(column)}  {value}".rstrip() for key, value in lines.items())
    report(text, {"file": str(file), **asdict(found)}, json, overwrite)
