"""The page of results: Markdown from the raw results and a page of notes, and from nothing else."""

from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.accuracy.entries import LOSSES, Entry, MeanStd, entries_of, ratio_to
from benchmarks.accuracy.split import CHOOSING, FITTED
from benchmarks.rows import Row, known

MINUTES = (10, 30, 60)
_TITLES = {"relative": "relative error", "charbonnier": "Charbonnier"}
_GROUP, _TRACKS = "cave-val", ("srgb", "srgb-jpeg", "camera", "exposure")
_BANDS = (400, 450, 500, 550, 600, 650, 700)
_BOTH = [f"{title}: {figure}" for title in _TITLES.values() for figure in ("MRAE", "RMSE")]
_MANY = {"neon-val": "neon-val", "enmap-val": "enmap-val", "airborne-train": "airborne-train (seen in training)"}

_HEAD = """# Accuracy

Made from `benchmarks/results/accuracy.json` by `python -m benchmarks accuracy table`; `python -m benchmarks
accuracy --help` tells how to train and to score. Scored on {date}; version {version},
Python {python}, PyTorch {torch}.

{notes}
## How to read the tables

- Every method answers the same 8-bit or 12-bit picture, brought to the same exposure (99.5th percentile at 0.95) and,
  on track `camera`, to sRGB primaries; all are scored by `napari_hydra.evaluation`. MRAE: mean of
  |p - t| / max(t, 0.01).
  RMSE: in units of the picture's saturation. Both are means over scenes; ± is the standard deviation over seeds
  (networks: of weights and batches; closed forms: of the pixels drawn).
- Two columns, because the loss moves MRAE and RMSE in opposite directions: *relative error*, mean of
  |p - t| / (t + 0.01), and *Charbonnier*, mean of sqrt((p - t)² + 0.001²). For methods in closed form these are least
  squares weighted by the inverse of brightness, and plain least squares. A win counts within one column and in both
  metrics.
- Networks learn from the same scenes, patches and augmentations as HYDRA, each at its own learning rate. What stops a
  training, and chooses weights and ridges, are {choosing} of cave-train (many bands: the
  fifteen of [training.md](training.md)), never the scenes of the tables. *Scenes* says how many a method was fitted
  to: without those that choose, or with them.
- *Stopped by the clock* is a network whose validation error was not seen to stop falling: its figures are those of that
  time, not what it can reach. `train --until-converged` stops only when a quarter of the time so far (ten minutes at
  least) brought no gain of half a per cent; its rate then falls, and it ends.
"""


def page(rows: Sequence[Row], notes: str, picture: str) -> str:
    """Return the page.

    Parameters
    ----------
    rows : sequence of dict
        The raw results.
    notes : str
        Put below the first paragraph.
    picture : str
        Where the page finds the plot by wavelength.
    """
    environment = {field: known(rows, field) for field in ("date", "version", "python", "torch")}
    near, many = (entries_of(rows, span) for span in ("visible", "vnir"))
    choosing = ", ".join(CHOOSING[:-1]) + f" and {CHOOSING[-1]}"
    head = _HEAD.format(**environment, notes=notes.strip() + "\n" if notes.strip() else "", choosing=choosing)
    parts = [head.replace("\n\n\n", "\n\n"), *_equal_time(near), *_converged(near), *_wins(near)]
    parts += [*_tracks(near), *_underexposure(near), *_more_figures(near), *_by_scene(near), *_by_band(near, picture)]
    parts += _many_bands(many)
    return "\n".join(parts).rstrip() + "\n"


def _equal_time(entries: Sequence[Entry]) -> list[str]:
    timed = [
        entry
        for entry in entries
        if any(training.get("curve") and training.get("device", "cpu") == "cpu" for training in entry.training)
    ]
    lines = ["## Equal time", ""]
    if not timed:
        return [*lines, "No network has been scored yet.", ""]
    lines += [
        "Validation error (MRAE / RMSE, of the running mean of the weights at that moment) after minutes of training",
        "on the same cores (for rivals the processor's own minutes, without validation). A training that ended before",
        "keeps its last value.",
        "",
    ]
    for loss in LOSSES:
        rows = []
        for entry in timed:
            pairs = [[entry.curve_at(loss, m, column) for column in (2, 3)] for m in MINUTES]
            if any(pair[0] for pair in pairs):
                rows.append([entry.method, _training(entry, loss), *(_pair(pair) for pair in pairs)])
        lines += [f"### {_TITLES[loss].capitalize()}", ""] if rows else []
        lines += _table(["method", "training", *(f"{m} min" for m in MINUTES)], rows)
    return lines


def _converged(entries: Sequence[Entry]) -> list[str]:
    lines = ["## Converged", "", "cave-val, track `srgb`, each method as far as it was trained.", ""]
    return lines + _two_columns(entries, "srgb")


def _two_columns(entries: Iterable[Entry], track: str) -> list[str]:
    rows = []
    for entry in entries:
        pairs = [(entry.used(loss), figure) for loss in LOSSES for figure in ("mrae", "rmse")]
        cells = [_number(entry.mean_std(loss, _GROUP, track, figure)) for loss, figure in pairs]
        rows.append([_name(entry), _training(entry), str(entry.scenes or "-"), *cells])
    return _table(["method", "training", "scenes", *_BOTH], rows, heads=3)


def _wins(entries: Sequence[Entry]) -> list[str]:
    rivals = [entry for entry in entries if entry.kind in ("closed form", "network")]
    lines = []
    for ours in (entry for entry in entries if entry.kind == "HYDRA"):
        rows = [
            [f"{rival.method} ({_training(rival)})", *(_margin(ours, rival, loss) for loss in LOSSES)]
            for rival in rivals
        ]
        lines += [
            f"### {ours.method} ({ours.scenes or '?'} scenes) against each rival",
            "",
            "MRAE / RMSE above (+) or below (-) the rival's; **bold** where both are lower.",
            "",
            *_table(["rival", *(_TITLES[loss] for loss in LOSSES)], rows),
        ]
    return lines


def _margin(ours: Entry, rival: Entry, loss: str) -> str:
    changes = []
    for figure in ("mrae", "rmse"):
        pair = [entry.mean_std(loss, _GROUP, "srgb", figure) for entry in (ours, rival)]
        if pair[0] is None or pair[1] is None:
            return "-"
        changes.append(pair[0].mean / pair[1].mean - 1)
    text = " / ".join(f"{change:+.1%}" for change in changes)
    return f"**{text}**" if max(changes) < 0 else text


def _tracks(entries: Sequence[Entry]) -> list[str]:
    lines = ["## Other tracks", ""]
    for track in _TRACKS[1:]:
        lines += [f"### cave-val, track `{track}`", "", *_two_columns(entries, track)]
    return lines


def _underexposure(entries: Sequence[Entry]) -> list[str]:
    rows = []
    for entry in entries:
        cells = []
        for loss in LOSSES:
            for figure in ("mrae", "rmse"):
                pair = [entry.mean_std(loss, _GROUP, track, figure) for track in (FITTED, "exposure")]
                known = pair[0] is not None and pair[1] is not None
                cells.append(f"{pair[0].mean:.4f}, {pair[1].mean / pair[0].mean - 1:+.1%}" if known else "-")
        rows.append([_name(entry), *cells])
    return [
        "### What two stops of underexposure cost",
        "",
        "Track `exposure` is scored after one factor is fitted over the scene, and least squares set it by the bright",
        "pixels. So that the fit is not taken for the exposure, here is track `srgb` after the same fit, and how much",
        "higher the error of track `exposure` is.",
        "",
        *_table(["method", *_BOTH], rows),
    ]


def _more_figures(entries: Sequence[Entry]) -> list[str]:
    columns = (
        ("RMSE / mean", _GROUP, "nrmse", ".3f"),
        ("angle, degrees", _GROUP, "sam", ".2f"),
        ("round trip, steps", _GROUP, "rgb", ".2f"),
        ("in the 90 % interval", _GROUP, "coverage90", ".3f"),
    )
    lines = ["## Further figures", "", "cave-val, track `srgb`, means over scenes.", ""]
    return lines + _figures(entries, columns)


def _figures(entries: Iterable[Entry], columns: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """Return a table of figures, each column by its title, its group of scenes, its key and its form."""
    rows = []
    for entry in entries:
        for loss in dict.fromkeys(map(entry.used, LOSSES)):
            cells = [_number(entry.mean_std(loss, group, "srgb", key), form) for _, group, key, form in columns]
            rows.append([_name(entry), _TITLES.get(loss or "", "-"), *cells])
    return _table(["method", "loss", *(title for title, *_ in columns)], rows, heads=2)


def _by_scene(entries: Sequence[Entry]) -> list[str]:
    lines = ["## Scene by scene", "", "cave-val, track `srgb`, MRAE / RMSE, means over seeds.", ""]
    for loss in LOSSES:
        rows, names = [], []
        for entry in entries:
            scenes = [entry.scenes_of(entry.used(loss), _GROUP, "srgb", figure) for figure in ("mrae", "rmse")]
            names = list(scenes[0]) or names
            if scenes[0]:
                cells = [f"{_short(scenes[0][n])} / {_short(scenes[1][n])}" for n in scenes[0]]
                rows.append([_name(entry), *cells])
        lines += [f"### {_TITLES[loss].capitalize()}", "", *_table(["method", *names], rows)]
    return lines


def _by_band(entries: Sequence[Entry], picture: str) -> list[str]:
    lines = ["## Wavelength by wavelength", "", f"![Errors against wavelength]({picture})", ""]
    lines += ["cave-val, track `srgb`, MRAE / RMSE at some of the bands (nm); the file has all.", ""]
    for loss in LOSSES:
        rows = []
        for entry in entries:
            pair = [entry.bands(loss, _GROUP, "srgb", figure) for figure in ("mrae", "rmse")]
            if pair[0] is None or pair[1] is None:
                continue
            at = [int(np.abs(pair[0][0] - nm).argmin()) for nm in _BANDS]
            cells = [f"{_short(float(pair[0][1][i]))} / {_short(float(pair[1][1][i]))}" for i in at]
            rows.append([_name(entry), *cells])
        lines += [f"### {_TITLES[loss].capitalize()}", "", *_table(["method", *map(str, _BANDS)], rows)]
    return lines


def _many_bands(entries: Sequence[Entry]) -> list[str]:
    base = next((entry for entry in entries if entry.method == "linear"), None)
    if base is None:
        return []
    lines = [
        "## Many bands",
        "",
        "400-1000 nm at each sensor's own bands, track `srgb`. RMSE / spectral angle as ratios to the linear map",
        "(least squares), scene by scene, geometric mean over scenes: below 1 is better than the linear map. Values",
        "beyond 700 nm are not bounded by the picture's saturation, so RMSE and MRAE of different scenes are not",
        "comparable.",
        "",
    ]
    for loss in LOSSES:
        rows = []
        for entry in entries:
            cells = []
            for group in _MANY:
                ratios = [ratio_to(entry, base, entry.used(loss), group, figure) for figure in ("nrmse", "sam")]
                cells.append("-" if None in ratios else " / ".join(f"{ratio:.2f}" for ratio in ratios))
            rows.append([_name(entry), _training(entry, loss), str(entry.scenes or "-"), *cells])
        titles = ["method", "training", "scenes", *_MANY.values()]
        lines += [f"### {_TITLES[loss].capitalize()}", "", *_table(titles, rows, heads=3)]
    absolute = (("RMSE / mean", "nrmse", ".3f"), ("angle, degrees", "sam", ".2f"))
    columns = [(f"{group}: {title}", group, key, form) for group in _MANY for title, key, form in absolute]
    return [*lines, "### The figures themselves", "", "Means over scenes.", "", *_figures(entries, columns)]


def _name(entry: Entry) -> str:
    return f"*{entry.method} (upper bound)*" if entry.kind == "bound" else entry.method


def _training(entry: Entry, loss: str | None = None) -> str:
    """Return how an entry was trained, of one loss where given."""
    rows = [row for key, rows in entry.rows.items() if loss in (None, key) for row in rows]
    if entry.kind in ("bound", "closed form") or not rows:
        return "closed form"
    training = [row["training"] for row in rows]
    seconds = [fact["seconds"] for fact in training if fact.get("seconds")]
    words = [f"{np.mean(seconds) / 60:.0f} min"] if seconds else []
    if "device" in training[0]:
        on_processor = training[0]["device"] == "cpu"
        words = [*words, f"cpu, {training[0]['threads']} thread(s)"] if on_processor else [f"{np.mean(seconds):.0f} s"]
    words += [] if all(fact["converged"] for fact in training) or entry.kind == "HYDRA" else ["stopped by the clock"]
    return ", ".join([*words, _seeds(entry, loss)])


def _seeds(entry: Entry, loss: str | None) -> str:
    """Return how many seeds stand behind an entry, apart where its losses do not have as many."""
    losses = [key for key in LOSSES if key in entry.rows and loss in (None, key)] or list(entry.rows)
    counts = [len({row["seed"] for row in entry.rows[key]}) for key in losses]
    if len(set(counts)) == 1:
        return _plural(counts[0], "seed")
    return ", ".join(f"{_TITLES[key]}: {_plural(n, 'seed')}" for key, n in zip(losses, counts, strict=True))


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "s")


def _pair(pair: Sequence[MeanStd | None]) -> str:
    return " / ".join(_number(figure) for figure in pair)


def _number(figure: MeanStd | None, form: str = ".4f") -> str:
    if figure is None:
        return "-"
    text = format(figure.mean, form)
    return text if np.isnan(figure.std) else f"{text} ± {format(figure.std, form)}"


def _short(value: float) -> str:
    return f"{value:.3f}"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]], heads: int = 1) -> list[str]:
    """Return a Markdown table and an empty line, without rows that hold nothing behind their heads."""
    kept = [row for row in rows if any(cell != "-" for cell in row[heads:])]
    lines = [f"| {' | '.join(cells)} |" for cells in (titles, *kept)]
    return [lines[0], "|" + "---|" * len(titles), *lines[1:], ""] if kept else []
