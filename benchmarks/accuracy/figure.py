"""Errors against wavelength, as a picture."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from benchmarks.accuracy.entries import entries_of
from benchmarks.rows import Row

_PANELS = (
    ("visible", "cave-val", "mrae", "relative", "cave-val: MRAE, relative loss"),
    ("visible", "cave-val", "rmse", "charbonnier", "cave-val: RMSE, Charbonnier or least squares"),
    ("vnir", "neon-val", "rmse", "relative", "neon-val: RMSE, relative loss"),
    ("vnir", "enmap-val", "rmse", "relative", "enmap-val: RMSE, relative loss"),
)
_LEFT_OUT = ("mean spectrum",)  # would set the scale for all others


def draw_bands(rows: Sequence[Row], path: Path) -> None:
    """Write the picture as SVG, the same bytes for the same rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(row["method"] for row in rows if row["kind"] != "bound"))
    colours = dict(zip(names, matplotlib.colormaps["tab20"].colors * 2, strict=False))
    with matplotlib.rc_context({"svg.hashsalt": "accuracy", "svg.fonttype": "path", "font.size": 9}):
        figure = Figure(figsize=(10, 7.5), layout="constrained")
        shown = {}
        for axes, (span, group, key, loss, title) in zip(figure.subplots(2, 2).flat, _PANELS, strict=True):
            for entry in entries_of(rows, span):
                curve = entry.bands(loss, group, "srgb", key)
                if curve is None or entry.method in _LEFT_OUT:
                    continue
                ours = entry.kind == "HYDRA"
                style = {"color": "black" if ours else colours[entry.method], "linewidth": 2 if ours else 1}
                style["linestyle"] = "--" if ours and "fast" in entry.method else "-"
                (shown[entry.method],) = axes.plot(*curve, **style)
            axes.set_title(title, fontsize=9)
            axes.set_xlabel("wavelength, nm")
            axes.set_yscale("log")
            axes.grid(alpha=0.3)
        figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=5, frameon=False)
        figure.savefig(path, metadata={"Date": None})
