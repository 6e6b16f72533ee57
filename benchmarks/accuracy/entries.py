"""Rows of the results file put together over their seeds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from benchmarks.rows import Row

LOSSES = ("relative", "charbonnier")
_LATE = 30.0  # seconds by which a validation may come late, because a step or a validation lasts
_ORDER = ("closed form", "network", "HYDRA", "bound")


class MeanStd(NamedTuple):
    """Mean and standard deviation over seeds; NaN for the latter where there is one seed."""

    mean: float
    std: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "MeanStd | None":
        """Return those of one value a seed; None without any."""
        if not values:
            return None
        return cls(float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else np.nan)


@dataclass(frozen=True)
class Entry:
    """A method as it was trained, one row for each seed; the same line of a table for both losses.

    Attributes
    ----------
    method, kind, comparison : str
    scenes : int or None
        Trained on.
    rows : dict
        Loss (None for bounds) to rows.
    """

    method: str
    kind: str
    comparison: str
    scenes: int | None
    rows: dict[str | None, list[Row]]

    @property
    def training(self) -> list[dict[str, Any]]:
        """What is known of the training of every row."""
        return [row["training"] for rows in self.rows.values() for row in rows]

    def used(self, loss: str) -> str | None:
        """Return the loss under which the rows of a column stand: that of the column, but bounds have none."""
        return None if self.kind == "bound" else loss

    def _scores(self, loss: str | None, group: str, track: str) -> list[dict[str, Any]]:
        """Return the scores of each row of a loss; empty where it was not scored."""
        return [row["scores"].get(group, {}).get(track, {}) for row in self.rows.get(loss, ())]

    def scenes_of(self, loss: str | None, group: str, track: str, figure: str) -> dict[str, float]:
        """Return the mean over seeds for each scene; empty where it was not scored."""
        found: dict[str, list[float]] = {}
        for scores in self._scores(loss, group, track):
            for name, figures in scores.get("scenes", {}).items():
                found.setdefault(name, []).append(np.nan if figures[figure] is None else figures[figure])
        return {name: float(np.mean(values)) for name, values in found.items()}

    def mean_std(self, loss: str | None, group: str, track: str, figure: str) -> MeanStd | None:
        """Return the mean over scenes, and its standard deviation over seeds."""
        means = []
        for scores in self._scores(loss, group, track):
            values = [figures[figure] for figures in scores.get("scenes", {}).values()]
            if values and None not in values:
                means.append(float(np.mean(values)))
        return MeanStd.of(means)

    def bands(self, loss: str | None, group: str, track: str, figure: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Return wavelengths in nm and the mean over scenes and seeds at each."""
        kept = [bands for scores in self._scores(loss, group, track) if (bands := scores.get("bands"))]
        if not kept:
            return None
        return np.array(kept[0]["nm"]), np.mean([bands[figure] for bands in kept], axis=0)

    def curve_at(self, loss: str, minutes: float, column: int) -> MeanStd | None:
        """Return a validation figure (column 2 MRAE, 3 RMSE) after some minutes of training.

        A run that ended before keeps its last; one that has no point yet does not count.
        """
        values = []
        for row in self.rows.get(loss, ()):
            points = [p for p in row["training"].get("curve", ()) if p[0] <= minutes * 60 + _LATE]
            if points:
                values.append(points[-1][column])
        return MeanStd.of(values)


def entries_of(rows: Iterable[Row], span: str) -> list[Entry]:
    """Return the entries of a range of wavelengths: closed form, networks, HYDRA, bounds, each in the file's order."""
    found: dict[tuple[Any, ...], Entry] = {}
    for row in rows:
        if row["span"] != span:
            continue
        key = (row["method"], row["comparison"], row["scenes"])
        entry = found.setdefault(key, Entry(row["method"], row["kind"], row["comparison"], row["scenes"], {}))
        entry.rows.setdefault(row["loss"], []).append(row)
    return sorted(found.values(), key=lambda entry: _ORDER.index(entry.kind))


def ratio_to(entry: Entry, base: Entry, loss: str | None, group: str, figure: str) -> float | None:
    """Return the geometric mean over scenes of a figure divided by that of the base's least-squares fit."""
    ours = entry.scenes_of(loss, group, "srgb", figure)
    theirs = base.scenes_of("charbonnier", group, "srgb", figure)
    if not ours or set(ours) - set(theirs):
        return None
    return float(np.exp(np.mean([np.log(ours[name] / theirs[name]) for name in ours])))
